"""Schedules, runs that wait for a worker, and bytes that several machines reach."""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Integer, LargeBinary, String, Text

revision = "0005"
down_revision = "0004"

_KEY = Text().with_variant(Text(collation="C"), "postgresql")
_RUN = String(32).with_variant(String(32, collation="C"), "postgresql")
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Add the three tables."""
    op.create_table(
        "blobs",
        Column("digest", String(64), primary_key=True),
        Column("part", Integer, primary_key=True, autoincrement=False),
        Column("data", LargeBinary, nullable=False),
    )
    op.create_table(
        "orders",
        Column("number", _SERIAL, primary_key=True),
        Column("run_id", _RUN, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, unique=True),
        Column("tenant", _KEY, nullable=False),
        Column("state", String(16), nullable=False),
        Column("body", Text, nullable=False),
    )
    op.create_index("orders_by_tenant", "orders", ["state", "tenant", "number"])
    op.create_table(
        "schedules",
        Column("id", _RUN, primary_key=True),
        Column("name", _KEY, nullable=False, unique=True),
        Column("state", String(16), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("key", _KEY, nullable=False),
        Column("host", _KEY, nullable=False),
        Column("due", DateTime),
        Column("seen", Text, nullable=False),
        Column("fired", Integer, nullable=False),
        Column("last", DateTime),
        Column("last_run", _RUN),
        Column("body", Text, nullable=False),
    )
    op.create_index("schedules_by_due", "schedules", ["state", "due"])
    op.create_index("schedules_by_key", "schedules", ["kind", "key"])
