"""Examples that come with TaskMatrix, for platforms whose documents do not say what their parameters take.

Home Assistant's say "Domain of devices/entities", not that lights are `domain="light"` and that an open window is a
`binary_sensor` that is `on`. `known/NAME.jsonl` has what people say and the right calls; `known/NAME.npz` is made of
it (`training/make_platform_memory.py`). What a user teaches of such APIs is learned together with these examples.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from taskmatrix.core.documents import ApiDocument
from taskmatrix.mcfm.embedded.learning.examples import Example, RightCall
from taskmatrix.mcfm.embedded.learning.keeping import from_bytes
from taskmatrix.mcfm.embedded.learning.memory import Memory

FOLDER = Path(__file__).parent / "known"


@dataclass(frozen=True, slots=True)
class Platform:
    """What tells the APIs of a platform: how their names begin. Their package is called as whoever imports them likes;
    under a name that is usual for it they are on offer whatever the search finds, which one of them (`api`) shows.
    """

    begins: str
    packages: tuple[str, ...]
    api: str


PLATFORMS = {"home_assistant": Platform("Hass", ("home_assistant", "homeassistant", "hass", "ha"), "HassTurnOn")}
"""By the name of their files."""


def platform_memories(documents: Iterable[ApiDocument], without: frozenset[str] = frozenset()) -> list[Memory]:
    """Return what is known of the platforms of documents, but for packages whose memory knows it already."""
    return [
        _memory(name, package) for package, name in sorted(_platforms(documents).items()) if package not in without
    ]


def registered_memories(registered: Callable[[str], bool], without: frozenset[str] = frozenset()) -> list[Memory]:
    """Return what is known of the platforms that are registered under a name that is usual for them."""
    return [
        _memory(name, package)
        for name, platform in PLATFORMS.items()
        for package in platform.packages
        if package not in without and registered(f"{package}.{platform.api}")
    ]


def platform_examples(documents: Mapping[str, ApiDocument], packages: frozenset[str]) -> list[Example]:
    """Return the examples that are known of packages, as far as the documents have their APIs and parameters."""
    found = _platforms(d for d in documents.values() if d.package in packages)
    return [
        example
        for package, name in sorted(found.items())
        for example in examples_of_platform(name, package)
        if all(_takes(documents.get(call.api), call) for call in example.calls)
    ]


@lru_cache(maxsize=8)
def examples_of_platform(name: str, package: str) -> tuple[Example, ...]:
    """Return the examples of a platform as if its APIs were in `package`."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(_example(json.loads(line), package) for line in lines)


def _example(line: dict[str, str | list[tuple[str, dict[str, str | int | float]]]], package: str) -> Example:
    say, calls = str(line["say"]), line["calls"]
    assert isinstance(calls, list)
    return Example(
        say, tuple(RightCall(f"{package}.{api}", {n: (v,) for n, v in given.items()}) for api, given in calls)
    )


def _platforms(documents: Iterable[ApiDocument]) -> dict[str, str]:
    """The packages that hold APIs of a platform, and its file."""
    return {d.package: name for d in documents for name, p in PLATFORMS.items() if d.name.startswith(p.begins)}


def _takes(document: ApiDocument | None, call: RightCall) -> bool:
    return document is not None and {*call.arguments} <= {p.name for p in document.parameters}


@lru_cache(maxsize=8)
def _memory(name: str, package: str) -> Memory:
    return from_bytes((FOLDER / f"{name}.npz").read_bytes(), renamed={name: package})
