"""The first tables."""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Integer, String, Text

revision = "0001"
down_revision = None

_KEY = Text().with_variant(Text(collation="C"), "postgresql")
_RUN_ID = String(32).with_variant(String(32, collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    _create_catalogue()
    _create_journal()
    op.create_table(
        "meta",
        Column("key", _KEY, primary_key=True),
        Column("value", Text, nullable=False),
    )


def _create_catalogue() -> None:
    op.create_table(
        "packages",
        Column("name", _KEY, primary_key=True),
        Column("document", Text, nullable=False),
    )
    op.create_table(
        "apis",
        Column("package", _KEY, primary_key=True),
        Column("name", _KEY, primary_key=True),
        Column("id", _KEY, nullable=False),
        Column("document", Text, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("change", BigInteger, nullable=False),
        Column("updated", DateTime, nullable=False),
    )
    op.create_index("apis_by_id", "apis", ["id"])
    op.create_index("apis_by_change", "apis", ["change"], unique=True)
    op.create_table(
        "removed",
        Column("package", _KEY, primary_key=True),
        Column("name", _KEY, primary_key=True),
        Column("change", BigInteger, nullable=False),
    )
    op.create_index("removed_by_change", "removed", ["change"], unique=True)


def _create_journal() -> None:
    op.create_table(
        "runs",
        Column("id", _RUN_ID, primary_key=True),
        Column("instruction", Text, nullable=False),
        Column("status", String(16), nullable=False),
        Column("started", DateTime, nullable=False),
        Column("finished", DateTime),
        Column("model", Text, nullable=False),
        Column("directory", Text, nullable=False),
    )
    op.create_table(
        "events",
        Column("run_id", _RUN_ID, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        Column("seq", Integer, primary_key=True),
        Column("at", DateTime, nullable=False),
        Column("type", String(32), nullable=False),
        Column("body", Text, nullable=False),
    )
    op.create_table(
        "feedback",
        Column("number", Integer, primary_key=True),
        Column("run_id", _RUN_ID, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
        Column("verdict", String(16), nullable=False),
        Column("text", Text, nullable=False),
        Column("at", DateTime, nullable=False),
    )
    op.create_index("ix_feedback_run_id", "feedback", ["run_id"])
