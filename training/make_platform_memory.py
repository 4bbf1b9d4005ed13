"""Make the memory of the examples that come with TaskMatrix for a platform (`mcfm/embedded/learning/known/`).

    python training/make_platform_memory.py home_assistant DATA/planning/home_dev

The second argument is a folder with the documents of the APIs (`apis.jsonl`): they stand against the examples,
and what parameters there are tells what is left out. No case of it is read.
"""

import argparse
import sys
from pathlib import Path

from cross_rows import read_set

from taskmatrix.mcfm.embedded.learning.keeping import to_bytes
from taskmatrix.mcfm.embedded.learning.memory import remember
from taskmatrix.mcfm.embedded.learning.platforms import FOLDER, PLATFORMS, platform_examples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("platform", choices=sorted(PLATFORMS))
    parser.add_argument("documents", type=Path)
    given = parser.parse_args()
    views = read_set(given.documents)[0].views
    documents = {name: view.document for name, view in views.items()}
    examples = platform_examples(documents, frozenset((given.platform,)))
    if not examples:
        sys.exit(f"no document in {given.documents} is of the package {given.platform}")
    file = FOLDER / f"{given.platform}.npz"
    file.write_bytes(to_bytes(remember(examples, documents)))
    print(f"{file.name}: {len(examples)} examples, {file.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
