"""The tables. A change here needs a migration of its own in `migrations/versions`."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
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


# Ordered by code points in both databases: pages of a listing go on after a name.
Key = Text().with_variant(Text(collation="C"), "postgresql")
RunId = String(32).with_variant(String(32, collation="C"), "postgresql")
# Only an INTEGER counts up by itself in SQLite.
Serial = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

KEYS_AT_ONCE = 400
"""Keys asked for in one statement: SQLite takes 32,766 parameters, old builds 999."""

# `skeleton` is the form that names which look alike share; empty in rows that are older than it.
packages = Table(
    "packages",
    metadata,
    Column("name", Key, primary_key=True),
    Column("document", Text, nullable=False),
    Column("owner", Text),
    Column("skeleton", Text, nullable=False, server_default=""),
    Column("source_id", Integer),
    Index("packages_by_skeleton", "skeleton"),
    Index("packages_by_source", "source_id"),
)

# `id` is `package.name`. It is not unique: both parts may hold dots.
# `owner` is null where the API belongs to the package's owner, `author` empty in rows that are older than it,
# `quarantined` the reason where the API is not offered.
apis = Table(
    "apis",
    metadata,
    Column("package", Key, primary_key=True),
    Column("name", Key, primary_key=True),
    Column("id", Key, nullable=False),
    Column("document", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("change", BigInteger, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("author", Text, nullable=False, server_default=""),
    Column("owner", Text),
    Column("source_id", Integer),
    Column("quarantined", Text),
    Index("apis_by_id", "id"),
    Index("apis_by_change", "change", unique=True),
    Index("apis_by_source", "source_id"),
    Index(
        "apis_in_quarantine",
        "package",
        sqlite_where=text("quarantined IS NOT NULL"),
        postgresql_where=text("quarantined IS NOT NULL"),
    ),
)

# What is gone, so that an index that follows the change feed can drop it too, and nobody grabs the name.
removed = Table(
    "removed",
    metadata,
    Column("package", Key, primary_key=True),
    Column("name", Key, primary_key=True),
    Column("change", BigInteger, nullable=False),
    Column("owner", Text),
    Column("at", UtcDateTime, nullable=False, server_default="1970-01-01 00:00:00"),
    Column("revision", Integer, nullable=False, server_default="1"),
    Index("removed_by_change", "change", unique=True),
)

# Where imported APIs come from, by an identity that stays the same from one import to the next.
sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identity", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("imported", UtcDateTime),
    Column("apis", Integer, nullable=False),
)

# Documents that were replaced or removed. Rows are never changed.
revisions = Table(
    "revisions",
    metadata,
    Column("package", Key, primary_key=True),
    Column("name", Key, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("author", Text, nullable=False),
)

# Changes that wait for the operator, while the document they would replace is served.
pending = Table(
    "pending",
    metadata,
    Column("package", Key, primary_key=True),
    Column("name", Key, primary_key=True),
    Column("document", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Column("source_id", Integer),
)

owners = Table(
    "owners",
    metadata,
    Column("name", Key, primary_key=True),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("revoked", UtcDateTime),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("owner", Key, primary_key=True),
    Column("key", Key, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Serial, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("code", Text),
    Column("detail", Text, nullable=False),
    Index("audit_by_target", "target", "number"),
)

checks = Table(
    "checks",
    metadata,
    Column("number", Serial, primary_key=True),
    Column("package", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("seconds", Float),
    Column("shape", Text),
    Column("problem", Text),
    Index("checks_by_api", "package", "name", "number"),
)

# What somebody said an API is for: it is found by these words, too. `digest` is of the words in small letters.
confirmed = Table(
    "confirmed",
    metadata,
    Column("number", Serial, primary_key=True),
    Column("package", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("instruction", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Index("confirmed_by_api", "package", "name", "digest", unique=True),
)

# What people asked for that no API does.
unmet = Table(
    "unmet",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("first", UtcDateTime, nullable=False),
    Column("last", UtcDateTime, nullable=False),
    Column("times", Integer, nullable=False),
    Column("nearest", Text, nullable=False),
    Column("origin", String(16), nullable=False),
    Index("unmet_by_times", "times", "last"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", RunId, primary_key=True),
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
    Column("run_id", RunId, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("type", String(32), nullable=False),
    Column("body", Text, nullable=False),
)

# Bytes by their SHA-256, in parts: only where the database is shared by machines; else they are files.
blobs = Table(
    "blobs",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

# Runs that wait for a worker; `number` is the order in which they came, `body` what is to be done, as JSON.
orders = Table(
    "orders",
    metadata,
    Column("number", Serial, primary_key=True),
    Column("run_id", RunId, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("tenant", Key, nullable=False),
    Column("state", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Index("orders_by_tenant", "state", "tenant", "number"),
)

# What is to be run at its time, or when something happens. `due` is null where no time is awaited; `seen` is what was
# there when it was looked at last, `key` what the trigger waits for (a topic, a path), `host` the machine whose files
# it looks at.
schedules = Table(
    "schedules",
    metadata,
    Column("id", RunId, primary_key=True),
    Column("name", Key, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("key", Key, nullable=False),
    Column("host", Key, nullable=False),
    Column("due", UtcDateTime),
    Column("seen", Text, nullable=False),
    Column("fired", Integer, nullable=False),
    Column("last", UtcDateTime),
    Column("last_run", RunId),
    Column("body", Text, nullable=False),
    Index("schedules_by_due", "state", "due"),
    Index("schedules_by_key", "kind", "key"),
)

# What was said in one conversation: its runs are its turns. The summary reaches up to the turn `summarized`.
conversations = Table(
    "conversations",
    metadata,
    Column("id", RunId, primary_key=True),
    Column("title", Text, nullable=False),
    Column("directory", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("updated", UtcDateTime, nullable=False),
    Column("summary", Text, nullable=False),
    Column("summarized", Integer, nullable=False),
    Index("conversations_by_update", "updated"),
)

# No two runs are the same turn, and no run is a turn twice.
turns = Table(
    "turns",
    metadata,
    Column("conversation", RunId, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("turn", Integer, primary_key=True, autoincrement=False),
    Column("run_id", RunId, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, unique=True),
)

# Finished runs to be done again with other values; `body` is the template as JSON.
templates = Table(
    "templates",
    metadata,
    Column("name", Key, primary_key=True),
    Column("created", UtcDateTime, nullable=False),
    Column("used", Integer, nullable=False),
    Column("last", UtcDateTime),
    Column("body", Text, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("run_id", RunId, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("verdict", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# What the user of this database lets run, has asked about, or refuses; the lowest place decides first.
rules = Table(
    "rules",
    metadata,
    Column("number", Serial, primary_key=True),
    Column("place", Integer, nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("author", Text, nullable=False),
)

# Calls that are not asked about again. `digest` is of the API's document, `call` of its arguments.
permits = Table(
    "permits",
    metadata,
    Column("number", Serial, primary_key=True),
    Column("package", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("call", String(64), nullable=False),
    Column("directory", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("run_id", RunId, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("author", Text, nullable=False),
    Index("permits_by_call", "call", unique=True),
)

meta = Table(
    "meta",
    metadata,
    Column("key", Key, primary_key=True),
    Column("value", Text, nullable=False),
)
