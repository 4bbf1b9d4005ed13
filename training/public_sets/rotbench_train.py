"""RoTBench's training half: requests that GPT-4 wrote for 90 groups of tools, and solved step by step.

One call a case: `first` (the request alone, whose plan may go on) or `later` (after earlier calls and their
results). On offer are the functions of the group, which are near to each other. Almost every parameter is a string
in the documents. Its test queries are not read. `optional` marks paging, sorting, language, unit or key arguments
that nobody said.
"""

import json
import re
from typing import Any

from public_sets.checkouts import Checkout
from public_sets.gathering import Gatherer, Message, Offered, schema_parameters, written_call
from public_sets.planning_set import Document, PlanningSet, plain
from public_sets.type_names import as_parameter_name

SKIPPED = {"finish", "ask_to_user"}
LEFT_OUT = {"API_BASKETBALL", "Ergast_F1", "Yahoo_Finance_stock", "EngineSearch", "Hotels", "Fitness_Calculator"}
"""Groups with files of over four megabytes, and one whose file is that of another group."""

FAILED = re.compile(
    r"(?i)\b(error|exception|traceback|invalid|failed|not found|unauthorized|forbidden|missing 1 required"
    r"|unexpected keyword|rate limit|api key)\b"
)
UNSAID = re.compile(r"(?i)limit|page|size|offset|count|num|sort|order|key|lang|format|max|start|token|unit")
RESULT_LENGTH = 1_200
"""Characters of a tool's result that are kept."""


def convert(checkout: Checkout) -> PlanningSet:
    gatherer, number = Gatherer(), 0
    paths = checkout.paths(r"Code/Inference/Tools_gpt4/[^/]+/[^/]+/train_gpt4\.jsonl")
    for path, content in checkout.read(path for path in paths if path.split("/")[-2] not in LEFT_OUT).items():
        domain = as_parameter_name(path.split("/")[-2].lower())
        for line in content.decode().splitlines():
            number += 1
            turns = json.loads(line)["conversations"]
            offered = read_tools(turns[0]["value"], domain, gatherer)
            if offered.identities:
                follow(f"rot-{domain}-{number}", turns, offered)
    return gatherer.finish()


def read_tools(prompt: str, domain: str, gatherer: Gatherer) -> Offered:
    offered = Offered(gatherer, f"rot.{domain}")
    try:
        tools = json.JSONDecoder().raw_decode(prompt[prompt.find('[{"name"') :])[0]
    except ValueError:
        gatherer.dropped["tool list not readable"] += 1
        return offered
    for tool in tools:
        if tool["name"] not in SKIPPED:
            inputs = tool.get("parameters") or {}
            required = set(tool.get("required") or inputs.get("required") or [])
            properties = {
                name: found | {"description": found.get("description") or found.get("desciption") or ""}
                for name, found in (inputs.get("properties") or {}).items()
                if isinstance(found, dict)
            }
            offered.add(tool["name"], tool.get("description", ""), schema_parameters(properties, required))
    return offered


def follow(name: str, turns: list[dict[str, Any]], offered: Offered) -> None:
    """Add one case for each step, up to the first that failed or cannot be read."""
    messages: list[Message] = []
    for position, turn in enumerate(turns[1:], 1):
        text = turn["value"].strip()
        if turn["from"] == "user":
            messages.append({"role": "user", "content": re.sub(r"\s*Begin!\s*$", "", text)})
        elif turn["from"] == "assistant":
            following = turns[position + 1] if position + 1 < len(turns) else {}
            result = following["value"] if following.get("from") == "function" else ""
            written = step(f"{name}-{position}", text, result, messages, offered)
            if written is None:
                return
            messages.append({"role": "assistant", "content": written})
        else:
            messages.append({"role": "tool", "content": text[:RESULT_LENGTH]})


def step(name: str, text: str, result: str, messages: list[Message], offered: Offered) -> str | None:
    """Add the case of one action and return its call as written; None where the dialogue must end."""
    dropped = offered.gatherer.dropped
    action = re.search(r"Action:\s*(\S+)\s*\n\s*Action Input:\s*(.*)$", text, re.DOTALL)
    if not action or action.group(1).strip() in SKIPPED:
        return None
    api = action.group(1).strip()
    try:
        arguments = json.loads(action.group(2).strip())
    except ValueError:
        dropped["arguments not JSON"] += 1
        return None
    if api not in offered.identities or not isinstance(arguments, dict):
        dropped["call of an API not on offer"] += 1
        return None
    call = offered.call(api, {key: value for key, value in arguments.items() if value not in (None, "")})
    if unsaid := find_unsaid(call, messages, offered):
        call["optional"] = unsaid
    if result and FAILED.search(result[:300]):
        dropped["call answered with an error"] += 1
        return None
    split = "first" if len(messages) == 1 else "later"
    offered.gatherer.put(name, messages, offered.apis, [call], split=split)
    return written_call(api, arguments)


def find_unsaid(call: Document, messages: list[Message], offered: Offered) -> list[str]:
    """Return optional arguments of a technical name whose value nobody said."""
    said = plain(" ".join(message["content"] for message in messages))
    parameters = offered.gatherer.documents[call["api"]]["parameters"]
    required = {item["name"] for item in parameters if item["required"]}
    return [
        name
        for name, values in call["arguments"].items()
        if name not in required and plain(values[0]) not in said and UNSAID.search(name)
    ]
