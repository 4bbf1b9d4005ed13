"""What an earlier round of a run did is not done again without asking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.core.binding import with_defaults
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.protocols import BlobStore, Decision
from taskmatrix.executor.irreversible import is_local
from taskmatrix.executor.payloads import shorten_each

MADE_BEFORE = Decision("ask", "this very call was made already, before the run was planned anew", rule="made before")
"""What is decided on such a call. No answer to another question covers it, and its answer covers no other."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """The calls that earlier rounds made, or may have, as the journal holds them: API and arguments.

    `sandboxes` are the packages' own, by name.
    """

    done: Sequence[tuple[str, Mapping[str, JsonValue]]]
    blobs: BlobStore
    sandboxes: Mapping[str, str | None]

    def include(self, document: ApiDocument, arguments: Mapping[str, JsonValue]) -> bool:
        """Whether a call is one of them, and a second time is another thing than once."""
        before = [given for api, given in self.done if api == document.id]
        if not before or not self._matters(document):
            return False
        now = shorten_each(with_defaults(document, arguments), self.blobs)
        return any(with_defaults(document, given) == now for given in before)

    def _matters(self, document: ApiDocument) -> bool:
        """Whether a call adds to what it did before. Files of the run alone may be written again."""
        effects = document.effects
        if effects.kind == "read" or effects.idempotent:
            return False
        return effects.kind != "write" or not is_local(document, self.sandboxes)
