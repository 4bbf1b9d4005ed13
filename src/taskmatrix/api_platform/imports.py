"""Importing whatever a user names: find out what it is, read it, take it in."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from taskmatrix.api_platform.importers.detect import Detected, detect, split_command
from taskmatrix.api_platform.importers.jsonl import read_jsonl
from taskmatrix.api_platform.importers.python import read_file, read_functions, read_module
from taskmatrix.api_platform.importers.reading import ImportOptions, Reading
from taskmatrix.api_platform.importers.reports import ImportReport, Progress
from taskmatrix.api_platform.importers.texts import is_address, without_query
from taskmatrix.api_platform.intake import take_in
from taskmatrix.api_platform.mcp_servers import McpLaunch, McpServers
from taskmatrix.api_platform.publishing import OPERATOR, Actor
from taskmatrix.api_platform.registry import ApiRegistry
from taskmatrix.api_platform.upkeep import restore
from taskmatrix.core.errors import ImportRefusedError, StoreError, TaskMatrixError, UsageError
from taskmatrix.store import AuditLog

if TYPE_CHECKING:
    from taskmatrix.api_platform.importers.mcp import McpReading
    from taskmatrix.policy.credentials import Credentials


def import_apis(
    registry: ApiRegistry,
    source: str,
    *,
    package: str | None = None,
    server: str | None = None,
    skip_invalid: bool = False,
    credentials: "Credentials | None" = None,
    actor: Actor = OPERATOR,
    on_progress: Progress | None = None,
) -> Iterator[ImportReport]:
    """Import a file, folder, address, module, command, collection or installed package; report on each piece.

    Each piece is imported as a whole or not at all. `credentials` is where those found in MCP settings go. A refusal
    leaves the registry as it was, and one line in the audit log. Raises ImportRefusedError, ForbiddenError,
    StoreError.
    """
    options = ImportOptions(package=package, server=server, skip_invalid=skip_invalid)
    importer = _Importer(registry, options, credentials, actor, on_progress or _ignore)
    with importer.auditing(source):
        found = detect(source)
    for one in found:
        with importer.auditing(source if one.kind == "mcp-command" else one.value or source):
            yield from importer.take(one)


@dataclass(frozen=True, slots=True)
class _Importer:
    registry: ApiRegistry
    options: ImportOptions
    credentials: "Credentials | None"
    actor: Actor
    tell: Progress

    @contextmanager
    def auditing(self, target: str) -> Generator[None, None, None]:
        """Note a refusal, whichever part it came from."""
        try:
            yield
        except StoreError:
            raise
        except TaskMatrixError as error:
            # What the registry itself wrote went with the transaction that was undone.
            log = AuditLog(self.registry.database)
            log.write(self.actor.name, "import", _shown(target), "refused", error.code, error.message)
            raise

    def take(self, found: Detected) -> Iterator[ImportReport]:
        """Read one piece and take it in."""
        if found.kind == "package":
            yield ImportReport(found.value, "package", restore(self.registry, found.value), (found.value,))
        elif found.kind in ("mcp-command", "mcp-config"):
            yield from self._servers(found)
        elif found.kind == "url":
            yield from self._address(found.value)
        else:
            yield self._take_in(self._read(found))

    def _read(self, found: Detected) -> Reading:
        """Read what needs nothing but itself. Heavy formats are imported when they are met."""
        path = Path(found.value).expanduser()
        names = [name for name in found.value.split(",") if name]
        match found.kind:
            case "python-file":
                return read_file(path, self.options)
            case "module":
                return read_module(found.value, self.options, root=found.root)
            case "functions":
                module, _, function = found.value.partition(":")
                return read_functions(module, function, root=found.root, options=self.options)
            case "jsonl":
                return read_jsonl(path, self.options, self.tell)
            case "discovery":
                from taskmatrix.api_platform.importers.google import read_discovery

                return read_discovery(path, self.options)
            case "google":
                from taskmatrix.api_platform.importers.google import read_google

                return read_google(names, self.options)
            case "aws":
                from taskmatrix.api_platform.importers.aws import read_aws

                return read_aws(names, self.options)
            case _:
                from taskmatrix.api_platform.importers.openapi import read_openapi

                return read_openapi(found.value, self.options, self.tell)

    def _address(self, url: str) -> Iterator[ImportReport]:
        """Take what an address gives: an API document, or else what an MCP server there offers."""
        from taskmatrix.api_platform.importers.mcp import read_mcp_url, speaks_mcp

        def ask() -> ImportReport:
            return self._take_server(read_mcp_url(url, self._known, self._vault, options=self.options))

        if url.rstrip("/").endswith(("/mcp", "/sse")) and speaks_mcp(url):
            yield ask()
            return
        try:
            reading = self._read(Detected("openapi", url))
        except ImportRefusedError:
            if not speaks_mcp(url):
                raise
            yield ask()
            return
        yield self._take_in(reading)

    def _servers(self, found: Detected) -> Iterator[ImportReport]:
        from taskmatrix.api_platform.importers.mcp import read_mcp_command, read_mcp_config, read_mcp_url

        if found.kind == "mcp-command" and found.value.startswith(("http://", "https://")):
            yield self._take_server(read_mcp_url(found.value, self._known, self._vault, options=self.options))
            return
        if found.kind == "mcp-command":
            command = split_command(found.value)
            yield self._take_server(read_mcp_command(command, self._known, self._vault, options=self.options))
            return
        config = read_mcp_config(Path(found.value), self._known, self._vault, options=self.options)
        for server in config.servers:
            yield self._take_server(server)
        if config.refused:
            why = "; ".join(f"{name}: {error.message}" for name, error in config.refused.items())
            first = next(iter(config.refused.values()))
            raise ImportRefusedError(f"of the servers in {found.value}, {why}", code=first.code, hint=first.hint)

    def _take_server(self, read: "McpReading") -> ImportReport:
        return self._take_in(read.reading, read.launch)

    def _take_in(self, reading: Reading, launch: McpLaunch | None = None) -> ImportReport:
        def remember() -> None:
            # In the same transaction: a tool is never in the registry without the server that it is called at.
            if launch is not None:
                self._known.remember(launch, self._vault)

        return take_in(
            self.registry, reading, self.options, actor=self.actor, tell=self.tell, beside=remember if launch else None
        )

    @property
    def _known(self) -> McpServers:
        return McpServers(self.registry.database)

    @property
    def _vault(self) -> "Credentials":
        if self.credentials is None:
            raise UsageError("importing an MCP server needs a place for its credentials", hint="give credentials=")
        return self.credentials


def _shown(target: str) -> str:
    """Return what was to be imported as it may be kept: addresses and command lines hold keys."""
    command = target.removeprefix("mcp:")
    if command != target and not is_address(command):
        return f"mcp:{command.split()[0]}" if command.split() else target
    return without_query(target) if is_address(target) else target


def _ignore(_what: str, _done: int, _total: int) -> None:
    pass
