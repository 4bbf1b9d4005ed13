"""Instructions that were confirmed for an API, and steps that no API does."""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, Integer, String, Text

revision = "0003"
down_revision = "0002"

_KEY = Text().with_variant(Text(collation="C"), "postgresql")
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "confirmed",
        Column("number", _SERIAL, primary_key=True),
        Column("package", _KEY, nullable=False),
        Column("name", _KEY, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("instruction", Text, nullable=False),
        Column("at", DateTime, nullable=False),
        Column("author", Text, nullable=False),
    )
    op.create_index("confirmed_by_api", "confirmed", ["package", "name", "digest"], unique=True)
    op.create_table(
        "unmet",
        Column("digest", String(64), primary_key=True),
        Column("text", Text, nullable=False),
        Column("first", DateTime, nullable=False),
        Column("last", DateTime, nullable=False),
        Column("times", Integer, nullable=False),
        Column("nearest", Text, nullable=False),
        Column("origin", String(16), nullable=False),
    )
    op.create_index("unmet_by_times", "unmet", ["times", "last"])
