"""The tables. A change here needs a migration of its own in `migrations/versions`."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: aware outside, UTC without a zone inside, since SQLite keeps none."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the value as it is stored."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return a stored value with its zone."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

packages = Table(
    "packages",
    metadata,
    Column("name", Text, primary_key=True),
    Column("document", Text, nullable=False),
)

# `id` is `package.name`. It is not unique: both parts may hold dots.
apis = Table(
    "apis",
    metadata,
    Column("package", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("change", BigInteger, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    Index("apis_by_id", "id"),
    Index("apis_by_change", "change", unique=True),
)

# What is gone, so that an index that follows the change feed can drop it too.
removed = Table(
    "removed",
    metadata,
    Column("package", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("change", BigInteger, nullable=False),
    Index("removed_by_change", "change", unique=True),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("instruction", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("started", UtcDateTime, nullable=False),
    Column("finished", UtcDateTime),
    Column("model", Text, nullable=False),
    Column("directory", Text, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("run_id", String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("type", String(32), nullable=False),
    Column("body", Text, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("run_id", String(32), ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("verdict", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
