"""What this user may call: told of a document without calling anything, and without running code that it names."""

import os
from collections.abc import Mapping, Set
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from pydantic import JsonValue

from taskmatrix.api_platform import entry_points
from taskmatrix.api_platform.callers.mcp.endpoints import endpoint_of
from taskmatrix.api_platform.http_sources import HttpSource, http_source
from taskmatrix.api_platform.mcp_servers import McpServer, McpServers
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiNotCallableError, CredentialError
from taskmatrix.core.protocols import Policy
from taskmatrix.policy.credentials import CredentialKind
from taskmatrix.policy.origins import origin_of
from taskmatrix.policy.vault import Vault
from taskmatrix.store import Database

_AWS_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN")
_AWS_CONTAINER = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")


class Callability:
    """Tells whether an API can be called now: the policy does not refuse it, something here makes such calls, and
    the credentials it needs were given. Looks at files and settings as they are when it is made.
    """

    def __init__(self, database: Database, credentials: Vault, policy: Policy) -> None:
        self._database = database
        self._credentials = credentials
        self._policy = policy

    def __call__(self, document: ApiDocument) -> bool:
        """Whether the API can be called."""
        return self._policy.decide(document, {}).verdict != "refuse" and self._has_caller(document)

    def _has_caller(self, document: ApiDocument) -> bool:
        extra = document.source.model_extra or {}
        match document.source.kind:
            case "http":
                return self._http(document)
            case "mcp":
                return extra.get("server") in self._servers
            case "aws":
                return self._aws
            case "entry-point":
                return (_text(extra, "package") or document.package) in self._installed
            case "python":
                return _is_there(extra)
            case "template":  # it is offered only as long as it can be run
                return True
            case _:
                return False

    def _http(self, document: ApiDocument) -> bool:
        try:
            source = http_source(document)
        except ApiNotCallableError:
            return False
        origin = origin_of(source.server or "")
        return origin is not None and self._is_open_to_us(document.package, source, origin)

    def _is_open_to_us(self, package: str, source: HttpSource, origin: str) -> bool:
        """Whether all credentials of one of the alternatives are there."""
        if not source.security:
            return True
        return any(all((package, scheme, origin) in self._given for scheme in used) for used in source.security)

    @cached_property
    def _given(self) -> Set[tuple[str, str, str]]:
        """The credentials that are there, as package, scheme and host. An OAuth client fetches what is presented."""
        kinds: tuple[CredentialKind, ...] = ("value", "client", "tokens")
        try:
            kept = [one for one in self._credentials.list() if one.present and one.kind in kinds]
        except CredentialError:
            return frozenset()
        return frozenset((one.package, one.scheme, host) for one in kept for host in one.hosts)

    @cached_property
    def _servers(self) -> Set[str]:
        """The MCP servers that were imported here and lack no credential."""
        return frozenset(s.identity for s in McpServers(self._database).all() if self._is_complete(s))

    def _is_complete(self, server: McpServer) -> bool:
        try:
            endpoint_of(server, self._credentials)
        except CredentialError:
            return False
        return True

    @cached_property
    def _installed(self) -> Set[str]:
        return frozenset(entry_points.discover().points)

    @cached_property
    def _aws(self) -> bool:
        """Whether botocore is installed and finds credentials without asking the network."""
        if find_spec("botocore") is None:
            return False
        files = (os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials", "~/.aws/config")
        named = any(os.environ.get(name) for name in (*_AWS_VARIABLES, *_AWS_CONTAINER))
        return named or any(Path(file).expanduser().is_file() for file in files)


def _is_there(extra: Mapping[str, JsonValue]) -> bool:
    """Whether the file of a function is there, or the first part of its module: nothing is imported to see it."""
    path, module = _text(extra, "path"), _text(extra, "module")
    if path:
        return Path(path).is_file()
    if not module:
        return False
    root, first = _text(extra, "root"), module.partition(".")[0]
    if root and ((Path(root) / first).is_dir() or (Path(root) / f"{first}.py").is_file()):
        return True
    try:
        return find_spec(first) is not None
    except (ImportError, ValueError):
        return False


def _text(extra: Mapping[str, JsonValue], key: str) -> str | None:
    value = extra.get(key)
    return value if isinstance(value, str) and value else None
