"""Keeping what nothing fitted, beside the search that found nothing: it neither ends that search nor holds it up."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from taskmatrix.api_platform.secret_words import without_secrets
from taskmatrix.core.errors import TaskMatrixError
from taskmatrix.core.search import DemandOrigin
from taskmatrix.policy.vault import Vault
from taskmatrix.store import DemandStore, open_database

BUSY_SECONDS = 0.5
"""How long a search waits for whoever is writing the database, before its wish goes unrecorded."""

_logger = logging.getLogger(__name__)


class KeptDemand:
    """Implements `DemandLog` over the registry's database, through a connection of its own that does not wait long.

    `home` and `database_url` say where, as for `open_database`.
    """

    def __init__(self, home: Path, database_url: str | None = None) -> None:
        self._home = home
        self._url = database_url
        self._held = ExitStack()
        self._store: DemandStore | None = None

    def unmet(self, step: str, nearest: Sequence[str], *, origin: DemandOrigin = "run") -> None:
        """Keep that nothing fits a step, without any credential that stands in it. Never raises, never waits long."""
        text = self.kept_as(step)
        try:
            if self._store is None:
                opened = open_database(self._url, self._home, busy_seconds=BUSY_SECONDS)
                self._store = DemandStore(self._held.enter_context(opened))
            self._store.record_unmet(text, nearest, origin=origin)
        except TaskMatrixError as error:
            _logger.warning("what nothing fits could not be kept: %s", error)

    def close(self) -> None:
        """Let go of the database; the next wish opens it again."""
        self._store = None
        self._held.close()

    def kept_as(self, step: str) -> str:
        """Return the text that is kept for a step."""
        return without_secrets(step, Vault(self._home).redactor())
