"""What a dry run tells: the files that the program would open, make and change, and which of them are not there."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from glob import escape
from pathlib import Path

from taskmatrix.core.events import RunFinished
from taskmatrix.core.programs import CheckReport, PlannedFile

_LONGEST_CODE = 60


def dry_run_ending(report: CheckReport | None, directory: Path) -> RunFinished:
    """Return the ending of a run whose program is not to be run; relative paths start at `directory`."""
    lines = ["Not run: this was a dry run. The program passed its check."]
    lines += _told(report.files if report is not None else (), directory)
    return RunFinished(status="done", answer="\n".join(lines))


def _told(files: Sequence[PlannedFile], directory: Path) -> Iterator[str]:
    missing = _missing(files, directory)
    opened = [file.path for file in files if file.way == "read" and file.path]
    written = [file for file in files if file.way == "write" and file.path]
    sure = list(dict.fromkeys(file.path for file in written if file.stated))
    perhaps = [path for path in dict.fromkeys(file.path for file in written) if path not in sure]
    claimed = dict.fromkeys((*sure, *perhaps, *(file.path for file in files if file.way == "name" and file.path)))
    there = [path for path in claimed if path not in opened and _is_there(directory, path)]
    told = (
        ("It would open", [f"{path} (which is not there)" if path in missing else path for path in opened]),
        ("It would change", [path for path in sure if path in opened and path not in missing]),
        ("It would make", [path for path in sure if path not in opened and path not in there]),
        ("It may write", [path for path in perhaps if path not in there]),
        ("Already there, so it would ask before it replaces", there),
    )
    yield from (f"{what}: {', '.join(dict.fromkeys(paths))}" for what, paths in told if paths)
    if not any(file.way == "write" for file in files):
        yield "No call of it names a file to write."
    for file in files:
        if not file.path and file.way != "name":
            code = file.code if len(file.code) <= _LONGEST_CODE else file.code[:_LONGEST_CODE] + "…"
            which = f"the file `{code}`" if code else "the file"
            verb = "read" if file.way == "read" else "written" if file.stated else "perhaps written"
            yield f"Known only when it runs: {which} {verb} by {file.api} in line {file.line}"


def _missing(files: Sequence[PlannedFile], directory: Path) -> frozenset[str]:
    """Return the files to open that are not there, and that no earlier call of the program writes.

    An API may add an ending to a name without one: such a name stands for any file that differs only in its ending.
    """
    made: list[Path] = []
    missing: set[str] = set()
    for file in files:
        with suppress(OSError, ValueError, RuntimeError):  # too long, or no path at all: running will say so
            path = (directory / file.path).expanduser()
            if file.way == "write" and file.path:
                made.append(path)
            elif file.way == "read" and file.path and not path.exists():
                near = made if path.suffix else [*made, *path.parent.glob(f"{escape(path.name)}.*")]
                if not any(_may_be(path, other) for other in near):
                    missing.add(file.path)
    return frozenset(missing)


def _may_be(path: Path, other: Path) -> bool:
    same = path.name == other.name if path.suffix and other.suffix else path.stem == other.stem
    return same and path.parent == other.parent


def _is_there(directory: Path, path: str) -> bool:
    try:
        return (directory / path).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # too long, or no path at all: running will say so
        return False
