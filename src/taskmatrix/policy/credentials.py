"""Credentials by reference: what an API's document never holds.

A document names its security schemes; the value comes from here, looked up by package and scheme at the moment of
the call. A value is an environment variable's, or it lies encrypted in a file of the home folder (`Vault`). It is
bound to the hosts it was given for: a document that changes cannot carry it elsewhere.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

CredentialKind = Literal["value", "client", "tokens"]
"""`value` is presented as it is (a key, a bearer token, `USER:PASSWORD`), `client` is an OAuth client (`ID:SECRET`,
or `ID` alone), `tokens` is what an OAuth server gave out (JSON)."""


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

    def get(
        self, package: str, scheme: str, host: str | None = None, *, kind: CredentialKind = "value"
    ) -> Secret | None:
        """Return the value, or None where the user has given none.

        `host` is where it will be presented, as `https://name:port`; None only where no document has a say in
        that. Raises CredentialError for a value that is bound to other hosts, or that cannot be read.
        """
        ...

    def set_value(
        self,
        package: str,
        scheme: str,
        secret: Secret,
        *,
        hosts: Sequence[str],
        kind: CredentialKind = "value",
        beside: bool = False,
    ) -> None:
        """Keep a value for these hosts; `beside` leaves the values for other hosts. Raises CredentialError."""
        ...
