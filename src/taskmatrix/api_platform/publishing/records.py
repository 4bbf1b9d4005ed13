"""One audit record for whatever is done or refused, kept with what it is about or instead of it."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from taskmatrix.api_platform.publishing.actors import Actor
from taskmatrix.core.errors import StoreError, TaskMatrixError
from taskmatrix.store import AuditLog, Database


@dataclass(slots=True)
class Record:
    """What will be written of an operation once it is done; `skip` for one that had been done before."""

    detail: str = ""
    outcome: Literal["done", "held"] = "done"
    skip: bool = False

    def note(self, text: str) -> None:
        """Add something worth knowing to the detail."""
        self.detail = f"{self.detail}; {text}" if self.detail else text


class Records:
    """Writes the audit log around operations."""

    def __init__(self, audit: AuditLog, database: Database) -> None:
        self._audit = audit
        self._database = database

    @contextmanager
    def written(
        self, actor: Actor, action: str, target: str, detail: str = "", *, durable: bool = True
    ) -> Generator[Record, None, None]:
        """Carry out the block as one transaction with its record; of one that is refused only that is kept."""
        with self.refused(actor, action, target), self._database.write(durable=durable):
            record = Record(detail)
            yield record
            if not record.skip:
                self._audit.write(actor.name, action, target, record.outcome, None, record.detail)

    @contextmanager
    def refused(self, actor: Actor, action: str, target: str) -> Generator[None, None, None]:
        """Write down that the block was refused, if it was. A broken store refuses nothing, and cannot be told."""
        try:
            yield
        except StoreError:
            raise
        except TaskMatrixError as error:
            self._audit.write(actor.name, action, target, "refused", error.code, error.message)
            raise
