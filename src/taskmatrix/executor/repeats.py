"""What an earlier round of a run did is not done again without asking: not the very call, nor one that stays done."""

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

STAYS_DONE = Decision(
    "ask",
    "a call like this was made already, with other values, before the run was planned anew, and nothing takes it back",
    rule="stays done",
)
"""What is decided on another call of an API that nothing takes back. It can be approved for the rest of the run."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """The calls that earlier rounds made, or may have, as the journal holds them: API and arguments.

    `sandboxes` are the packages' own, by name.
    """

    done: Sequence[tuple[str, Mapping[str, JsonValue]]]
    blobs: BlobStore
    sandboxes: Mapping[str, str | None]

    def decide(self, document: ApiDocument, arguments: Mapping[str, JsonValue]) -> Decision | None:
        """Return why a call is to be asked about; None where it repeats nothing, or may well do so."""
        before = [given for api, given in self.done if api == document.id]
        effects = document.effects
        # Files of the run alone may be written again, and are taken back.
        if not before or effects.kind == "read" or (effects.kind == "write" and is_local(document, self.sandboxes)):
            return None
        now = shorten_each(with_defaults(document, arguments), self.blobs)
        if any(with_defaults(document, given) == now for given in before):
            return None if effects.idempotent else MADE_BEFORE
        stays = effects.compensation is None and not (effects.kind == "write" and effects.idempotent)
        return STAYS_DONE if stays and not is_local(document, self.sandboxes) else None
