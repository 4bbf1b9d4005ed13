"""Credentials by reference: what an API's document never holds.

A document names its security schemes; the value comes from here, looked up by package and scheme at the moment of
the call. A value is an environment variable's, or it lies encrypted in a file of the home folder.
"""

from typing import Protocol


class Secret:
    """A value that shows itself to nobody: `repr`, `str`, formatting and pickling give `***`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, to be handed to the API it is for and to nothing else."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return Secret, ("***",)


class Credentials(Protocol):
    """Looks up credentials by package and by the name of a security scheme."""

    def get(self, package: str, scheme: str) -> Secret | None:
        """Return the value, or None where the user has given none."""
        ...
