"""API-Bank's third training level: chains of calls written by language models, mostly on health and insurance.

Searches for tools are taken out; their results are the documents. `chain` is the whole plan with references where a
value is a whole field of an earlier result; `first-step` and `step` are the next call, so never the whole plan. The
request's own APIs and four of other requests are on offer. Every parameter is required: the source has no such mark.
"""

import ast
import json
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from public_sets.checkouts import Checkout
from public_sets.gathering import Gatherer, Message, Offered, written_call
from public_sets.planning_set import Document, PlanningSet, plain
from public_sets.type_names import as_parameter_name, read_type

CALL = re.compile(r"^API-Request: \[(\w+)\((.*?)\)\](?:->(.*))?$", re.DOTALL)
RESULT_LENGTH = 1_200
"""Characters of a result that are kept."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the source, and its result where it has one."""

    name: str
    arguments: dict[str, Any]
    result: Any


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asked for, and the calls that did it."""

    said: str
    offered: Offered
    steps: list[Step]


def convert(checkout: Checkout) -> PlanningSet:
    gatherer, requests = Gatherer(), []
    for said, texts in read_chains(checkout).items():
        offered = Offered(gatherer, "apibank3")
        steps, whole = read_steps(texts, offered)
        if steps:
            requests.append(Request(said, offered, steps))
        gatherer.dropped["chain not readable"] += not whole
    every = sorted(gatherer.documents)
    for number, request in enumerate(requests):
        put_cases(f"apibank3-{number}", request, with_others(request, every))
    return gatherer.finish()


def read_chains(checkout: Checkout) -> dict[str, list[str]]:
    """Return request → the calls of the longest row that has it."""
    chains: dict[str, list[str]] = {}
    for row in json.loads(checkout.data("api-bank/training-data/lv3-api-train.json")):
        _, user, body = row["input"].partition("\nUser: ")
        if not user:
            continue
        said, *calls = re.split(r"(?=API-Request: \[)", body.replace("Generate API Request: ", "").strip())
        said = re.sub(r"\s*TIME: ", "\nTIME: ", said.strip())
        texts = [call.strip() for call in calls] + [row["output"].strip()]
        if said not in chains or len(texts) > len(chains[said]):
            chains[said] = texts
    return chains


def read_steps(texts: list[str], offered: Offered) -> tuple[list[Step], bool]:
    """Return the calls up to the first that cannot be read, and whether there was none such."""
    steps: list[Step] = []
    for text in texts:
        found = CALL.match(text)
        try:
            arguments = read_arguments(found.group(2)) if found else None
        except (ValueError, SyntaxError, AttributeError, TypeError):
            arguments = None
        if found is None or arguments is None:
            return steps, False
        name, result = found.group(1), read_literal(found.group(3).strip()) if found.group(3) else None
        if name == "ToolSearcher":
            for tool in result if isinstance(result, list) else [result]:
                add_document(tool, offered)
        elif name in offered.identities:
            steps.append(Step(name, arguments, result))
        else:
            return steps, False
    return steps, True


def read_arguments(text: str) -> dict[str, Any]:
    call = ast.parse(f"f({text})", mode="eval").body
    assert isinstance(call, ast.Call)
    return {str(item.arg): ast.literal_eval(item.value) for item in call.keywords}


def read_literal(text: str) -> Any:
    with suppress(ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return ast.literal_eval(text)
    return text


def add_document(tool: Any, offered: Offered) -> None:
    if not isinstance(tool, dict) or "name" not in tool:
        return
    inputs, outputs = tool.get("input_parameters") or {}, tool.get("output_parameters") or {}
    if not isinstance(inputs, dict) or not isinstance(outputs, dict):
        return
    parameters = [
        {
            "name": as_parameter_name(name),
            "description": found.get("description", ""),
            "required": True,
            "schema": read_type(found.get("type")).schema,
        }
        for name, found in inputs.items()
        if isinstance(found, dict)
    ]
    fields = {name: found for name, found in outputs.items() if isinstance(found, dict)}
    about = "; ".join(f"{name}: {found.get('description', '')}" for name, found in fields.items())
    properties = {name: read_type(found.get("type")).schema for name, found in fields.items()}
    returns = {"description": about, "schema": {"type": "object", "properties": properties}}
    offered.add(tool["name"], tool.get("description", ""), parameters, returns=returns)


def with_others(request: Request, every: list[str]) -> list[str]:
    """Return the request's APIs and four others, which depend on its words alone."""
    apis, start, number = request.offered.apis, zlib.crc32(request.said.encode()), 0
    while len(apis) < len(request.offered.identities) + 4:
        other = every[(start * 31 + number * 7919) % len(every)]
        number += 1
        if other not in apis:
            apis.append(other)
    return sorted(apis)


def put_cases(name: str, request: Request, apis: list[str]) -> None:
    """Add a case for each next call, and one for the whole chain or its first call."""
    offered, gatherer, steps = request.offered, request.offered.gatherer, request.steps
    messages: list[Message] = [{"role": "user", "content": request.said}]
    for position, step in enumerate(steps):
        if position or len(steps) == 1:
            gold = offered.call(step.name, step.arguments)
            gatherer.put(f"{name}-{position}", messages, apis, [gold], split="step")
        messages.append({"role": "assistant", "content": written_call(step.name, step.arguments)})
        if step.result is None:
            break
        messages.append({"role": "tool", "content": as_text(step.result)[:RESULT_LENGTH]})
    if len(steps) > 1:
        chain = chain_calls(request)
        if chain is None:
            first = offered.call(steps[0].name, steps[0].arguments)
            gatherer.put(f"{name}-0", messages[:1], apis, [first], split="first-step")
        elif len(chain) == len(steps):
            gatherer.put(name, messages[:1], apis, chain, split="chain")
            gatherer.cases[-1]["order"] = "dag"


def as_text(result: Any) -> str:
    return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str)


def chain_calls(request: Request) -> list[Document] | None:
    """Return the calls with values that were said and references to earlier results; None where a value is neither.

    Calls end with the first that has no result.
    """
    chain, earlier, said = [], list[tuple[str, Any]](), plain(request.said)
    for number, step in enumerate(request.steps):
        arguments = {}
        for key, value in step.arguments.items():
            reference = next(
                (found for call, result in reversed(earlier) if (found := find(value, call, result))), None
            )
            if plain(value) and plain(value) in said:
                arguments[as_parameter_name(key)] = [request.offered.value(step.name, key, value)]
            elif reference:
                arguments[as_parameter_name(key)] = [reference]
            else:
                return None
        chain.append({"id": f"c{number}", "api": request.offered.identities[step.name], "arguments": arguments})
        earlier.append((f"c{number}", step.result))
        if step.result is None:
            break
    return chain


def find(value: Any, call: str, result: Any) -> dict[str, str] | None:
    """Return a reference to the field of an earlier result that is this value."""
    fields = result.items() if isinstance(result, dict) else ()
    known = str(value) not in ("", "True", "False")
    return next(({"$ref": call, "field": name} for name, found in fields if found == value and known), None)
