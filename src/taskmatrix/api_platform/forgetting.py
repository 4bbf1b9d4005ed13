"""Undoing an import: its APIs, and what was kept for calling them."""

from typing import Protocol

from taskmatrix.api_platform.mcp_servers import McpServers
from taskmatrix.api_platform.publishing.actors import OPERATOR
from taskmatrix.api_platform.publishing.records import Records
from taskmatrix.api_platform.registry import ApiRegistry
from taskmatrix.store import AuditLog


class Forgetful(Protocol):
    """What keeps credentials and can drop them."""

    def remove(self, package: str) -> int:
        """Forget the credentials of a package; return how many there were."""
        ...


def forget_source(registry: ApiRegistry, identity: str, credentials: Forgetful) -> int:
    """Remove a source with its APIs, its MCP server and that server's credentials; return how many APIs.

    Raises NotFoundError, StoreError, CredentialError.
    """
    records = Records(AuditLog(registry.database), registry.database)
    with records.written(OPERATOR, "forget", identity) as record:
        count = registry.catalogue.remove_source(identity)
        record.note(f"{count} APIs removed")
        McpServers(registry.database).forget(identity)
    if identity.startswith("mcp:"):
        credentials.remove(identity)
    return count
