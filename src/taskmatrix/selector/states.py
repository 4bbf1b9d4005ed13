"""How far an index has followed the catalogue, and what is raised where it cannot be read."""

from dataclasses import dataclass


class IndexDamagedError(Exception):
    """The folder holds no index of ours, or one that cannot be read. It is derived data: build it again."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far the index has followed the catalogue, and which API the last change was about."""

    change: int = 0
    package: str = ""
    name: str = ""
