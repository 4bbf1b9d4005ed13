"""Rules of the policy, and calls that are not asked about again."""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, Integer, String, Text

revision = "0004"
down_revision = "0003"

_KEY = Text().with_variant(Text(collation="C"), "postgresql")
_RUN_ID = String(32).with_variant(String(32, collation="C"), "postgresql")
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "rules",
        Column("number", _SERIAL, primary_key=True),
        Column("place", Integer, nullable=False),
        Column("body", Text, nullable=False),
        Column("at", DateTime, nullable=False),
        Column("author", Text, nullable=False),
    )
    op.create_index("ix_rules_place", "rules", ["place"])
    op.create_table(
        "permits",
        Column("number", _SERIAL, primary_key=True),
        Column("package", _KEY, nullable=False),
        Column("name", _KEY, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("call", String(64), nullable=False),
        Column("directory", Text, nullable=False),
        Column("arguments", Text, nullable=False),
        Column("run_id", _RUN_ID, nullable=False),
        Column("at", DateTime, nullable=False),
        Column("author", Text, nullable=False),
    )
    op.create_index("permits_by_call", "permits", ["call"], unique=True)
