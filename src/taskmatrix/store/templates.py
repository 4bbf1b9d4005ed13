"""Templates by their names."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import ValidationError
from sqlalchemy import Row, delete, insert, select, update

from taskmatrix.core.errors import ConflictError, NotFoundError, StoreError
from taskmatrix.core.templates import KeptTemplate, Template
from taskmatrix.store.characters import holdable
from taskmatrix.store.database import Database
from taskmatrix.store.tables import templates

LOCK = "templates"
"""The lock of whoever adds, changes or removes templates."""


class TemplateStore:
    """Keeps templates. Raises StoreError where the database does not do what is asked or holds what is none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, template: Template) -> None:
        """Keep a template. Raises ConflictError for a name that is taken."""
        row = {
            "name": template.name,
            "created": datetime.now(UTC),
            "used": 0,
            "last": None,
            "body": template.model_dump_json(),
        }
        with self._database.write(lock=LOCK) as connection:
            taken = select(templates.c.name).where(templates.c.name == template.name)
            if connection.execute(taken).first() is not None:
                raise ConflictError(
                    f"there is a template {template.name!r} already",
                    hint=f"give it another name, or taskmatrix templates remove {template.name}",
                )
            connection.execute(insert(templates), [row])

    def find(self, name: str) -> KeptTemplate:
        """Return a template. Raises NotFoundError."""
        if holdable(name):
            with self._database.read() as connection:
                row = connection.execute(select(templates).where(templates.c.name == name)).first()
            if row is not None:
                return _kept(row)
        raise NotFoundError(f"there is no template {name!r}", hint="taskmatrix templates list shows what there is")

    def all(self) -> Sequence[KeptTemplate]:
        """Return all templates, by name."""
        with self._database.read() as connection:
            return [_kept(row) for row in connection.execute(select(templates).order_by(templates.c.name))]

    def note_use(self, name: str) -> None:
        """Keep that a template was run now."""
        changed = update(templates).where(templates.c.name == name)
        with self._database.write(lock=LOCK) as connection:
            connection.execute(changed.values(used=templates.c.used + 1, last=datetime.now(UTC)))

    def remove(self, name: str) -> bool:
        """Forget a template, also one that cannot be read; return whether it was there."""
        with self._database.write(lock=LOCK) as connection:
            return connection.execute(delete(templates).where(templates.c.name == name)).rowcount > 0


def _kept(row: Row[tuple[object, ...]]) -> KeptTemplate:
    told = row._mapping  # pyright: ignore[reportPrivateUsage]
    try:
        template = Template.model_validate_json(told["body"])
        return KeptTemplate(template=template, created=told["created"], used=told["used"], last=told["last"])
    except ValidationError as error:
        raise StoreError(
            f"what is kept as template {told['name']!r} is none: {error.errors()[0]['msg']}",
            hint=f"taskmatrix templates remove {told['name']}",
        ) from error
