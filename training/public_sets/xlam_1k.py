"""xLAM: requests written by a language model over RapidAPI and Python functions, often several calls.

The first 1,000 rows of xlam-function-calling-60k. No refusals, no references, no dialogues. Some "parallel" cases list
one call several times; some gold arguments state defaults. Needs pyarrow.
"""

import io
import json

from public_sets.checkouts import Checkout
from public_sets.gathering import Gatherer, Offered, named_parameters
from public_sets.planning_set import PlanningSet


def convert(checkout: Checkout) -> PlanningSet:
    import pyarrow

    content = checkout.data("data/xlam-function-calling-60k_train_1000examples/data-00000-of-00001.arrow")
    gatherer = Gatherer()
    for row in pyarrow.ipc.open_stream(io.BytesIO(content)).read_all().to_pylist():
        offered, answers = Offered(gatherer, "xlam"), json.loads(row["answers"])
        for tool in json.loads(row["tools"]):
            offered.add(tool["name"], tool.get("description", ""), named_parameters(tool.get("parameters", {})))
        if any(answer["name"] not in offered.identities for answer in answers):
            gatherer.dropped["call of an API not on offer"] += 1
            continue
        calls = [offered.call(answer["name"], answer["arguments"]) for answer in answers]
        gatherer.put(f"xlam-{row['id']}", [{"content": row["query"]}], offered.apis, calls)
    return gatherer.finish(relax=True)
