"""Moving what may be a credential out of a server's settings, with a reference left in its place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from taskmatrix.api_platform.callers.mcp.references import REFERENCE
from taskmatrix.api_platform.callers.mcp.sensitivity import looks_random, looks_secret, sounds_secret
from taskmatrix.policy.credentials import Secret

_SCHEME = re.compile(r"(?:Bearer|Basic|Token|ApiKey)?\s*", re.IGNORECASE)
_ASSIGNED = re.compile(r"(-{0,2}[A-Za-z][\w.-]*)\s*[=:]\s*(.*)", re.DOTALL)


@dataclass(slots=True)
class Concealer:
    """Collects the values it moves away in `secrets`, by the KEY of the reference `${vault:KEY}` it leaves."""

    secrets: dict[str, Secret] = field(default_factory=dict[str, Secret])

    def settings(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return environment variables or headers: every literal value is moved away."""
        return {
            name: value if not value.strip() or only_references(value) else self._move(name, value)
            for name, value in values.items()
        }

    def arguments(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        """Return a command's arguments: those that are credentials by their flag, name or form are moved away."""
        kept: list[str] = []
        flag = ""
        for number, argument in enumerate(arguments):
            assigned = _ASSIGNED.fullmatch(argument)
            name, value = (assigned[1], assigned[2]) if assigned and "//" not in assigned[1] else (flag, argument)
            hidden = number > 0 and not only_references(value) and _is_secret_argument(name, value)
            if hidden and assigned and value == assigned[2]:
                kept.append(argument[: assigned.start(2)] + self._move(f"argument {number}", value))
            else:
                kept.append(self._move(f"argument {number}", argument) if hidden else argument)
            flag = argument if argument.startswith("-") and not assigned else ""
        return tuple(kept)

    def address(self, url: str) -> str:
        """Return an address: its password and the parts of path and query that are credentials are moved away."""
        parts = urlsplit(url)
        user, at, host = parts.netloc.rpartition("@")
        if at and not only_references(user):
            user = self._move("user", user)
        path = "/".join(
            self._move(f"path {number}", part) if looks_random(part) or looks_secret(part) else part
            for number, part in enumerate(parts.path.split("/"))
        )
        query = parts.query
        if query and not only_references(query):
            pairs = parse_qsl(query, keep_blank_values=True)
            if any(_is_secret_argument(name, value) for name, value in pairs if not only_references(value)):
                query = self._move("query", query)
        return urlunsplit((parts.scheme, user + at + host, path, query, ""))

    def _move(self, key: str, value: str) -> str:
        self.secrets[key] = Secret(value)
        return f"${{vault:{key}}}"


def only_references(text: str) -> bool:
    """Say whether a text holds nothing that could be a credential besides references."""
    if any(":-" in match.group() for match in REFERENCE.finditer(text)):
        return False
    rest = REFERENCE.sub("", text)
    return rest != text and _SCHEME.fullmatch(rest) is not None


def _is_secret_argument(name: str, value: str) -> bool:
    if not value or value.startswith("-"):
        return False
    return sounds_secret(name) or looks_secret(value) or looks_random(value)
