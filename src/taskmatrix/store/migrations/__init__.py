"""The history of the schema, run by Alembic.

`REVISIONS` lists it oldest first, so that a database at the newest one opens without importing Alembic.
"""

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
HEAD = REVISIONS[-1]

VERSION_TABLE = {"sqlite": "alembic_version", "postgresql": "taskmatrix_version"}
"""Where the revision is kept, by dialect: a PostgreSQL schema may be shared with another user of Alembic."""
