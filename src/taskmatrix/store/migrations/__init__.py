"""The history of the schema, run by Alembic.

`REVISIONS` lists it oldest first, so that a database at the newest one opens without importing Alembic.
"""

REVISIONS = ("0001",)
HEAD = REVISIONS[-1]
