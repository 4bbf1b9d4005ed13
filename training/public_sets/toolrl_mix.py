"""ToolRL: a mixture of ToolACE, xLAM and xLAM with masked names (`cUihaDtoq`, which teach to read descriptions).

480 rows. Which parameters are required is lost in the source and guessed. ToolACE's role play ("Inquirer: …") is
unrolled to messages; thoughts are not used. Needs pyarrow.
"""

import io
import json
import re
from typing import Any

from public_sets.checkouts import Checkout
from public_sets.gathering import Gatherer, Message, Offered, named_parameters, written_call
from public_sets.planning_set import Document, PlanningSet

TAGS = re.compile(r"<(user|tool_call|obs|response|think)>(.*?)</\1>", re.DOTALL)
TOOLS = re.compile(
    r"^\d+\. Name: (.*?)\nDescription: (.*?)\nParameters: (\{.*?\})\s*(?=^\d+\. Name: |\Z)", re.DOTALL | re.MULTILINE
)
TURNS = re.compile(
    r"^(Inquirer|Response assistant): (.*?)"
    r"(?=^Inquirer: |^Response assistant: |^\s*Please continue your answer|\Z)",
    re.DOTALL | re.MULTILINE,
)
RESULT_LENGTH = 1_500
"""Characters of a tool's result that are kept."""


class UnusableError(Exception):
    """The row cannot be read; the text says why."""


def convert(checkout: Checkout) -> PlanningSet:
    gatherer = Gatherer()
    for number, (prompt, history, answer) in enumerate(read_rows(checkout)):
        offered, messages = read_tools(prompt, gatherer), read_messages(history)
        try:
            calls = read_calls(answer, offered)
        except UnusableError as error:
            gatherer.dropped[str(error)] += 1
            continue
        if not offered.identities or not messages or messages[-1]["role"] == "assistant":
            gatherer.dropped["no tools or no turn"] += 1
            continue
        gatherer.put(f"toolrl-{number}", messages, offered.apis, calls)
    return gatherer.finish(relax=True)


def read_rows(checkout: Checkout) -> list[tuple[str, str, str]]:
    """Return (system prompt, dialogue, gold answer) of each row."""
    import pyarrow.parquet

    rows = json.loads(checkout.data("dataset/rlla_4k_raw/rlla_sft.json"))
    held = pyarrow.parquet.read_table(io.BytesIO(checkout.data("dataset/rlla_4k/test.parquet"))).to_pylist()
    return [(row["instruction"], row["input"], row["output"]) for row in rows] + [
        (row["prompt"][0]["content"], row["prompt"][1]["content"], row["reward_model"]["ground_truth"]) for row in held
    ]


def read_tools(prompt: str, gatherer: Gatherer) -> Offered:
    offered = Offered(gatherer, "toolrl")
    body = prompt.split("**Available Tools**", 1)[1].split("**Steps for Each Turn**", 1)[0]
    for name, description, parameters in TOOLS.findall(body):
        try:
            properties = json.loads(parameters)
        except ValueError:
            gatherer.dropped["tool not readable"] += 1
            continue
        offered.add(name.strip(), description.strip(), named_parameters(properties))
    return offered


def read_messages(history: str) -> list[Message]:
    messages: list[Message] = []
    for tag, content in TAGS.findall(history):
        text = content.strip()
        if tag == "user" and "Historical dialog data is as follows" in text:
            for speaker, said in TURNS.findall(text):
                role = "user" if speaker == "Inquirer" else "assistant"
                messages.append({"role": role, "content": said.strip()})
        elif tag != "think":
            text = {"tool_call": write_calls, "obs": cut}.get(tag, str)(text)
            messages.append({"role": {"user": "user", "obs": "tool"}.get(tag, "assistant"), "content": text})
    return messages


def cut(text: str) -> str:
    return text[:RESULT_LENGTH]


def write_calls(text: str) -> str:
    """Return calls given as JSON, one a line, as they stand in messages; other text as it is."""
    try:
        calls: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines() if line.strip()]
        return "; ".join(written_call(call["name"], call.get("parameters") or {}) for call in calls)
    except (ValueError, KeyError, TypeError, AttributeError):
        return text


def read_calls(answer: str, offered: Offered) -> list[Document]:
    """Return the gold calls. UnusableError where one cannot be read or calls what is not on offer."""
    found, calls = re.search(r"<tool_call>(.*?)</tool_call>", answer, re.DOTALL), []
    for line in found.group(1).strip().splitlines() if found else ():
        if line.strip():
            try:
                call = json.loads(line)
            except ValueError:
                raise UnusableError("call not readable") from None
            if call["name"] not in offered.identities:
                raise UnusableError("call of an API not on offer")
            calls.append(offered.call(call["name"], call.get("parameters") or {}))
    return calls
