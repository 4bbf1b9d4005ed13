"""Runs migrations on the connection it is handed, in the transaction that is open there."""

from alembic import context

from taskmatrix.store.migrations import VERSION_TABLE
from taskmatrix.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, version_table=VERSION_TABLE[connection.dialect.name]
)
context.run_migrations()
