"""What a turn may draw on besides its instruction: earlier turns, what was given along, the world, confirmed runs."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import anyio.to_thread

from taskmatrix.app.outcomes import observer_of
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import NotFoundError
from taskmatrix.core.events import WorldRead
from taskmatrix.core.protocols import Context, UsedBefore

if TYPE_CHECKING:
    from taskmatrix.app.wiring import Wiring
    from taskmatrix.conversation import Order

MOST_USED = 2
"""Confirmed runs that are shown to a model."""


class Memory:
    """Remembers with the parts of `tm`."""

    def __init__(self, tm: "Wiring") -> None:
        self._tm = tm

    def context(self, order: "Order") -> Context:
        """Return what was said and done in the turns before, and what the user gave along."""
        tm, context = self._tm, Context(now=order.now)
        if order.conversation:
            context = tm.chats.context_before(order.conversation, order.turn, order.now)
        if order.attachments:
            from taskmatrix.conversation.attachments import attachment_of

            context = replace(context, attachments=tuple(attachment_of(a, tm.blobs) for a in order.attachments))
        return context

    async def look(self, order: "Order", context: Context) -> Sequence[WorldRead]:
        """Return what packages that the conversation has to do with say of the world; nothing in a first turn."""
        if not context.turns and order.session is None:
            return ()
        from taskmatrix.executor.outcomes import Visit
        from taskmatrix.executor.viewing import packages_in_view, read_world

        called = [call.api for turn in context.turns for call in turn.calls]
        packages = packages_in_view(order.session, called, self._tm.registry)
        if not packages:
            return ()
        find = partial(self._tm.chats.secrets_before, order.conversation, order.turn)
        secrets = (await anyio.to_thread.run_sync(find), self._tm.credentials.redactor())
        visit = Visit(order.run_id, order.directory)
        return await read_world(packages, order.session, visit, observer_of(self._tm), secrets)

    def keep_summary(self, conversation: str, text: str, reaches: int) -> None:
        """Keep what the turns up to `reaches` were about."""
        self._tm.chats.keep_summary(conversation, text, reaches)

    def used(self, documents: Sequence[ApiDocument]) -> tuple[UsedBefore, ...]:
        """Return confirmed runs over some of these APIs, those that share most with them first."""
        from taskmatrix.conversation import summarize

        offered, found = {document.id for document in documents}, list[tuple[float, UsedBefore]]()
        for run_id in self._tm.opinions.confirmed():
            try:
                told = summarize(self._tm.journal.run(run_id))
            except NotFoundError:  # deleted since
                continue
            called = {call.api for call in told.calls}
            if told.program is not None and called and called <= offered:
                share = len(called & offered) / len(offered)
                found.append((share, UsedBefore(told.instruction, told.program.code)))
        found.sort(key=lambda one: -one[0])
        return tuple(used for _, used in found[:MOST_USED])
