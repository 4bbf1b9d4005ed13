"""The answer of a run, in words: what the program gave, or what was made."""

import json
from collections.abc import Mapping, Sequence, Set

from pydantic import JsonValue

from taskmatrix.core.artifacts import Artifact

_EMPTY: tuple[JsonValue, ...] = (None, "", [], {})

LONGEST_ANSWER = 20_000
"""Characters; the whole value is in the journal with the call that gave it."""


def answer_text(value: JsonValue, artifacts: Sequence[Artifact], calls: int, opened: Set[str] = frozenset()) -> str:
    """Say what came out of a run: its value, else the files it made or changed, else that it is done.

    `opened` are the paths of the files that the run read before it wrote them.
    """
    told = _cut(describe(value))
    if told and not any(value in (artifact.path, artifact.name) for artifact in artifacts):
        return told
    if artifacts:
        return _told_files(artifacts, opened)
    return f"Done, with {calls} {'call' if calls == 1 else 'calls'}." if calls else "Done; nothing was called."


def describe(value: JsonValue) -> str:
    """Write a value as a person reads it: texts as they are, lists as lines, mappings as `key: value`."""
    if value is None or value == [] or value == {}:
        return "" if value is None else "nothing"
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "\n".join(_entry(key, item) for key, item in value.items() if item not in _EMPTY)
    if isinstance(value, list):
        return "\n".join(f"- {_inline(item)}" for item in value)
    return _inline(value)


def _entry(key: str, item: JsonValue) -> str:
    if isinstance(item, str) and "\n" in item:
        return f"{key}:\n" + "\n".join(f"  {line}" for line in item.splitlines())
    if isinstance(item, list) and item and all(isinstance(i, str | int | float) for i in item):
        return f"{key}:\n" + "\n".join(f"  - {_inline(i)}" for i in item)
    return f"{key}: {_inline(item)}"


def _inline(value: JsonValue) -> str:
    if isinstance(value, str):
        return value.replace("\n", " ")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, Mapping) and not any(isinstance(item, dict | list) for item in value.values()):
        return ", ".join(f"{key} {_inline(item)}" for key, item in value.items() if item is not None)
    return json.dumps(value, ensure_ascii=False) if value is not None else "nothing"


def _told_files(artifacts: Sequence[Artifact], opened: Set[str]) -> str:
    changed = list(dict.fromkeys(a.name for a in artifacts if a.path in opened))
    made = list(dict.fromkeys(a.name for a in artifacts if a.path not in opened))
    sentences = [("Changed", changed), ("Made", made)]
    return " ".join(f"{verb} {_enumerate(names)}." for verb, names in sentences if names)


def _enumerate(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _cut(text: str) -> str:
    if len(text) <= LONGEST_ANSWER:
        return text
    return text[:LONGEST_ANSWER] + f"\n… {len(text) - LONGEST_ANSWER:,} more characters"
