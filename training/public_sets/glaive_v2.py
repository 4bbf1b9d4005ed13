"""Glaive: dialogues written by a language model with one or two functions on offer, from three partial copies.

Every move of the assistant is one case: a call, or nothing (`split`: refuse, ask, chat). Repetitive: many texts
recur. Words before a call ("let me do that") and answers that promise an action are left out; thanks are thinned to
one in ten.
"""

import hashlib
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from public_sets.checkouts import Checkout
from public_sets.gathering import Gatherer, Message, Offered, schema_parameters, written_call
from public_sets.planning_set import PlanningSet, plain

PROMISE = re.compile(
    r"(?i)\b(let me|please wait|one moment|just a moment|hold on|i'll|i will|i am going to|fetching|searching"
    r"|calculating)\b"
)
REFUSAL = re.compile(r"\b(sorry|unable|can't|cannot|don't have|do not have|not able)\b")
THANKS = re.compile(r"(?i)^\W*(thanks|thank you|great|awesome|perfect|ok|okay|that'?s|bye|no)\b")
QUOTED_CALL = re.compile(r"""^\{\s*"name"\s*:\s*"([^"]+)"\s*,\s*"arguments"\s*:\s*'(.*)'\s*\}$""", re.DOTALL)
RESULT_LENGTH = 1_200
"""Characters of a tool's result that are kept."""

LEFT_OUT = {
    "qwen_validation_2300",
    "qwen_validation_2300_relabeled",
    "qwen_validation_isothermal_remaining",
    "toolbench_1000",
    "toolbench_1000_relabeled",
    "validation_set",
    "validation_set_2300",
    "validation_set_2300_relabeled",
    "validation_set_relabeled",
}
"""Files of over four megabytes."""

ROLES = {"tool_call": "call", "tool_response": "tool"}
SPEAKERS = {"function_call": "call", "observation": "tool", "human": "user", "gpt": "assistant"}


class UnreadableError(Exception):
    """A call cannot be read or calls what is not on offer."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said; `role` is user, assistant, call or tool."""

    role: str
    text: str


def convert(sample: Checkout, demonstration: Checkout, answers: Checkout) -> PlanningSet:
    gatherer, number = Gatherer(), 0
    path = "data/glaive-function-calling-v2-ms-swift/glaive-ms-swift-sample-1000.jsonl"
    for number, line in enumerate(sample.data(path).decode().splitlines(), 1):
        row = json.loads(line)
        turns = [Turn(ROLES.get(said["role"], said["role"]), said["content"].strip()) for said in row["messages"]]
        turns = [turn for turn in turns if turn.role != "system"]
        Dialogue(gatherer, f"glaive-a{number}", json.loads(row.get("tools") or "[]")).follow(turns)
    for row in json.loads(demonstration.data("data/glaive_toolcall_en_demo.json")):
        number += 1
        turns = [Turn(SPEAKERS[said["from"]], said["value"].strip()) for said in row["conversations"]]
        Dialogue(gatherer, f"glaive-l{number}", json.loads(row.get("tools") or "[]")).follow(turns)
    for functions, turns in read_answers(answers, gatherer.dropped):
        number += 1
        Dialogue(gatherer, f"glaive-b{number}", functions).follow(turns)
    return gatherer.finish()


class Dialogue:
    """One dialogue with its functions, turned into cases."""

    def __init__(self, gatherer: Gatherer, name: str, functions: list[dict[str, Any]]) -> None:
        self.gatherer, self.name = gatherer, name
        self.offered, self.messages = Offered(gatherer, "glaive"), list[Message]()
        try:
            self._read_functions(functions)
        except (KeyError, TypeError, AttributeError):
            gatherer.dropped["tool not readable"] += 1
            self.offered.identities.clear()

    def _read_functions(self, functions: list[dict[str, Any]]) -> None:
        for found in functions:
            function = found.get("function", found)
            inputs = function.get("parameters") or {}
            required = set(inputs.get("required") or function.get("required") or [])
            properties = inputs.get("properties")
            properties = {
                name: inner | {"description": str(inner.get("description", ""))}
                for name, inner in (properties if isinstance(properties, dict) else {}).items()
                if isinstance(inner, dict)
            }
            parameters = schema_parameters(properties, required)
            self.offered.add(function["name"], function.get("description", ""), parameters)

    def follow(self, turns: list[Turn]) -> None:
        """Add a case for every move of the assistant, up to the first call that cannot be read."""
        position = 0
        while position < len(turns) and self.offered.identities:
            turn, following = turns[position], turns[position + 1] if position + 1 < len(turns) else None
            if turn.role == "call":
                last = position
                while last < len(turns) and turns[last].role == "call":
                    last += 1
                try:
                    self._call([read_call(each.text) for each in turns[position:last]], last - 1)
                except UnreadableError:
                    self.gatherer.dropped["call not readable or not on offer"] += 1
                    return
                position = last - 1
            elif turn.role in ("user", "tool"):
                text = turn.text if turn.role == "user" else turn.text[:RESULT_LENGTH]
                self.messages.append({"role": turn.role, "content": text})
            elif following is None or following.role != "call":
                self._answer(turn.text, position)
            position += 1

    def _call(self, calls: list[tuple[str, dict[str, Any]]], position: int) -> None:
        if any(name not in self.offered.identities for name, _ in calls):
            raise UnreadableError
        expected = [
            self.offered.call(name, {key: value for key, value in given.items() if value is not None})
            for name, given in calls
        ]
        self._put(position, expected, "call")
        written = "; ".join(written_call(name, given) for name, given in calls)
        self.messages.append({"role": "assistant", "content": written})

    def _answer(self, text: str, position: int) -> None:
        """Add an answer in words as a case without a call, where it follows the user's turn and promises nothing."""
        said = self.messages[-1]["content"] if self.messages and self.messages[-1]["role"] == "user" else None
        if said is not None and not PROMISE.search(text.split("?")[0]):
            kind = "refuse" if REFUSAL.search(text.lower()) else "ask" if "?" in text else "chat"
            thanks = THANKS.match(said) and len(said) < 90
            if kind != "chat" or not thanks or zlib.crc32(said.encode()) % 10 == 0:
                self._put(position, [], kind)
            else:
                self.gatherer.dropped["thanks and small talk, thinned"] += 1
        self.messages.append({"role": "assistant", "content": text})

    def _put(self, position: int, expected: list[dict[str, Any]], split: str) -> None:
        roles = [message["role"] for message in self.messages]
        if "user" in roles and roles[-1] != "assistant":
            messages, apis = [dict(message) for message in self.messages], self.offered.apis
            self.gatherer.put(f"{self.name}-{position}", messages, apis, expected, split=split)


def read_call(text: str) -> tuple[str, dict[str, Any]]:
    """Return name and arguments of `{"name": …, "arguments": {…} or '{…}'}`. UnreadableError for anything else."""
    text = text.strip()
    try:
        found = json.loads(text)
        name, arguments = found.get("name"), found.get("arguments", {})
    except ValueError:
        if not (quoted := QUOTED_CALL.match(text)):
            raise UnreadableError from None
        name, arguments = quoted.group(1), quoted.group(2).replace("\\'", "'")
    if isinstance(arguments, str):
        with suppress(ValueError):
            arguments = json.loads(arguments)
    if name is None or not isinstance(arguments, dict):
        raise UnreadableError
    return name, arguments


def read_answers(checkout: Checkout, dropped: Counter[str]) -> Iterator[tuple[list[dict[str, Any]], list[Turn]]]:
    """Yield functions and turns of the longest copy of each dialogue, in the order of what they begin with."""
    for _, messages in sorted(longest_dialogues(checkout).items()):
        try:
            functions = read_objects(messages[0]["content"])
        except ValueError:
            dropped["tool not readable"] += 1
            continue
        if not functions:
            dropped["no functions on offer"] += 1
            continue
        turns = []
        for message in messages[1:]:
            text = (message["content"] or "").replace("<|endoftext|>", "").strip()
            if message["role"] == "assistant" and "<functioncall>" in text:
                turns.append(Turn("call", text.split("<functioncall>", 1)[1].strip()))
            else:
                turns.append(Turn(message["role"], text))
        yield functions, turns


def longest_dialogues(checkout: Checkout) -> dict[tuple[str, str], list[Message]]:
    longest: dict[tuple[str, str], list[Message]] = {}
    paths = [path for path in checkout.paths(r"data/.*\.jsonl") if path[5:-6] not in LEFT_OUT]
    contents = sorted(checkout.read(paths).values(), key=blob_name)
    for row in (row for content in contents for row in read_rows(content)):
        gold = [{"role": "assistant", "content": row["ground_truth"]}] if row["ground_truth"] else []
        messages = row["input_messages"] + gold
        said = [message["content"] for message in messages if message["role"] == "user"]
        if said:
            key = (plain(messages[0]["content"]), plain(said[0]))
            if key not in longest or len(messages) > len(longest[key]):
                longest[key] = messages
    return longest


def blob_name(content: bytes) -> str:
    """Return git's name of a file's content: an order that no path changes, for copies of one dialogue."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def read_rows(content: bytes) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file that hold a dialogue of this source."""
    for line in content.decode(errors="replace").splitlines():
        with suppress(ValueError):
            row = json.loads(line)
            if isinstance(row, dict) and "input_messages" in row and "ground_truth" in row:
                system = str(row["input_messages"][0].get("content"))
                if "functioncall" in str(row["ground_truth"]) or "SYSTEM:" in system:
                    yield row


def read_objects(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects that stand in a text. ValueError where one is broken."""
    decoder, found, start = json.JSONDecoder(), [], text.find("{")
    while start >= 0:
        item, end = decoder.raw_decode(text, start)
        found.append(item)
        start = text.find("{", end)
    return found
