"""Owners, sources, revisions, pending changes, quarantine, checks and the audit log."""

from datetime import UTC, datetime

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Float, Integer, String, Text, text

revision = "0002"
down_revision = "0001"

_KEY = Text().with_variant(Text(collation="C"), "postgresql")
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Add columns to the tables there are, and the new tables."""
    _extend_catalogue()
    _create_history()
    _create_people()
    _create_checks()


def _extend_catalogue() -> None:
    op.add_column("packages", Column("owner", Text))
    op.add_column("packages", Column("skeleton", Text, nullable=False, server_default=""))
    op.add_column("packages", Column("source_id", Integer))
    op.create_index("packages_by_skeleton", "packages", ["skeleton"])
    op.create_index("packages_by_source", "packages", ["source_id"])
    op.add_column("apis", Column("revision", Integer, nullable=False, server_default="1"))
    op.add_column("apis", Column("author", Text, nullable=False, server_default=""))
    op.add_column("apis", Column("owner", Text))
    op.add_column("apis", Column("source_id", Integer))
    op.add_column("apis", Column("quarantined", Text))
    op.create_index("apis_by_source", "apis", ["source_id"])
    is_quarantined = text("quarantined IS NOT NULL")
    op.create_index(
        "apis_in_quarantine", "apis", ["package"], sqlite_where=is_quarantined, postgresql_where=is_quarantined
    )
    op.add_column("removed", Column("owner", Text))
    op.add_column("removed", Column("at", DateTime, nullable=False, server_default="1970-01-01 00:00:00"))
    op.add_column("removed", Column("revision", Integer, nullable=False, server_default="1"))
    # When they were freed is not known; from now on is the safe side.
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    op.execute(f"UPDATE removed SET at = '{now}'")
    op.create_table(
        "sources",
        Column("id", Integer, primary_key=True),
        Column("identity", Text, nullable=False, unique=True),
        Column("kind", Text, nullable=False),
        Column("location", Text, nullable=False),
        Column("options", Text, nullable=False),
        Column("imported", DateTime),
        Column("apis", Integer, nullable=False),
    )


def _create_history() -> None:
    op.create_table(
        "revisions",
        Column("package", _KEY, primary_key=True),
        Column("name", _KEY, primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("document", Text, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("at", DateTime, nullable=False),
        Column("author", Text, nullable=False),
    )
    op.create_table(
        "pending",
        Column("package", _KEY, primary_key=True),
        Column("name", _KEY, primary_key=True),
        Column("document", Text, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("reason", Text, nullable=False),
        Column("at", DateTime, nullable=False),
        Column("author", Text, nullable=False),
        Column("source_id", Integer),
    )


def _create_people() -> None:
    op.create_table(
        "owners",
        Column("name", _KEY, primary_key=True),
        Column("key_hash", String(64), nullable=False, unique=True),
        Column("role", String(16), nullable=False),
        Column("created", DateTime, nullable=False),
        Column("revoked", DateTime),
    )
    op.create_table(
        "idempotency",
        Column("owner", _KEY, primary_key=True),
        Column("key", _KEY, primary_key=True),
        Column("digest", String(64), nullable=False),
        Column("answer", Text, nullable=False),
        Column("at", DateTime, nullable=False),
    )
    op.create_table(
        "audit",
        Column("number", _SERIAL, primary_key=True),
        Column("at", DateTime, nullable=False),
        Column("actor", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("target", Text, nullable=False),
        Column("outcome", String(16), nullable=False),
        Column("code", Text),
        Column("detail", Text, nullable=False),
    )
    op.create_index("audit_by_target", "audit", ["target", "number"])


def _create_checks() -> None:
    op.create_table(
        "checks",
        Column("number", _SERIAL, primary_key=True),
        Column("package", _KEY, nullable=False),
        Column("name", _KEY, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("at", DateTime, nullable=False),
        Column("passed", Boolean, nullable=False),
        Column("seconds", Float),
        Column("shape", Text),
        Column("problem", Text),
    )
    op.create_index("checks_by_api", "checks", ["package", "name", "number"])
