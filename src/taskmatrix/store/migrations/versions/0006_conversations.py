"""Conversations, and which run is which turn of one."""

from alembic import op
from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, Text

revision = "0006"
down_revision = "0005"

_ID = String(32).with_variant(String(32, collation="C"), "postgresql")


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "conversations",
        Column("id", _ID, primary_key=True),
        Column("title", Text, nullable=False),
        Column("directory", Text, nullable=False),
        Column("created", DateTime, nullable=False),
        Column("updated", DateTime, nullable=False),
        Column("summary", Text, nullable=False),
        Column("summarized", Integer, nullable=False),
    )
    op.create_index("conversations_by_update", "conversations", ["updated"])
    op.create_table(
        "turns",
        Column("conversation", _ID, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
        Column("turn", Integer, primary_key=True, autoincrement=False),
        Column("run_id", _ID, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, unique=True),
    )
