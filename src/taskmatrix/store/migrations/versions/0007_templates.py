"""Templates."""

from alembic import op
from sqlalchemy import Column, DateTime, Integer, Text

revision = "0007"
down_revision = "0006"

_KEY = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "templates",
        Column("name", _KEY, primary_key=True),
        Column("created", DateTime, nullable=False),
        Column("used", Integer, nullable=False),
        Column("last", DateTime),
        Column("body", Text, nullable=False),
    )
