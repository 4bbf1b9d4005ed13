"""References in the texts of a server's settings: what they look like, and their values.

The forms are those of `mcp_servers`; `${NAME}` and `${NAME:-default}` mean environment variables, as in the files of
Claude Code.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from taskmatrix.api_platform.callers.mcp.sensitivity import is_secret, secret_parts
from taskmatrix.core.errors import CredentialError
from taskmatrix.policy.credentials import Credentials

REFERENCE = re.compile(r"\$(\$\{)|\$\{(?:(env|vault|input):)?([^}]*)\}")


@dataclass(slots=True)
class Resolver:
    """Puts values in the place of references; `secrets` collects those that must not be shown.

    `host` is where the values will go, if they go anywhere.
    """

    identity: str
    credentials: Credentials
    environ: Mapping[str, str]
    host: str | None = None
    secrets: list[str] = field(default_factory=list[str], repr=False)

    def resolve(self, text: str, *, hidden: bool = False) -> str:
        """Return a text with its references replaced. Raises CredentialError for one that has no value.

        `hidden` says that what is stored was moved there because it looks secret, so it counts as such.
        """
        return self._replace(text, stored=True, hidden=hidden)

    def _replace(self, text: str, *, stored: bool, hidden: bool = False) -> str:
        def value(match: re.Match[str]) -> str:
            if match.group(1):
                return "${"
            kind, name = match.group(2) or "env", match.group(3)
            found = self._environment(name) if kind == "env" else self._stored(kind, name, stored=stored)
            self.note(name, found)
            if hidden and kind == "vault":
                self.secrets += secret_parts(found)
            return found

        return REFERENCE.sub(value, text)

    def note(self, name: str, value: str) -> None:
        """Remember a value, if it is one that must not be shown."""
        if is_secret(name, value):
            self.secrets.append(value)

    def _environment(self, name: str) -> str:
        variable, given, default = name.partition(":-")
        value = self.environ.get(variable)
        if value is not None and (value or not given):
            return value
        if given:
            return default
        raise CredentialError(
            f"the MCP server {self.identity!r} needs the environment variable {variable!r}",
            hint=f"set {variable} before you start taskmatrix",
        )

    def _stored(self, kind: str, name: str, *, stored: bool) -> str:
        scheme = name if kind == "vault" else f"input:{name}"
        # A stored value may refer to the environment, but not to another stored value.
        secret = self.credentials.get(self.identity, scheme, self.host) if stored else None
        if secret is None:
            what = "the value of" if kind == "vault" else "an answer to"
            raise CredentialError(
                f"the MCP server {self.identity!r} needs {what} {name!r}, which is not stored",
                hint=f"store it as the credential {scheme!r} of {self.identity!r},"
                " or write ${env:NAME} in its place and set that variable",
            )
        return self._replace(secret.reveal(), stored=False)


def map_references(text: str, change: Callable[[str | None, str], str]) -> str:
    """Rewrite each reference of a text: `change` is given its kind, or None, and what stands after it."""
    return REFERENCE.sub(lambda m: m.group() if m.group(1) else change(m.group(2), m.group(3)), text)
