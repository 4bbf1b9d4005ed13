"""What a run was ordered to do, as its journal tells it."""

from pathlib import Path

from taskmatrix.conversation.parts import Given, Order, RunRegistry
from taskmatrix.conversation.summary import RunSummary
from taskmatrix.conversation.versions import documents_kept
from taskmatrix.core.errors import UsageError
from taskmatrix.core.events import RunQueued, RunStarted


def order_of(told: RunSummary) -> Order:
    """Return the order of a run, without a program that was given with it.

    Raises UsageError for a run that has not begun.
    """
    started = next((event for event in told.events if isinstance(event, RunStarted)), None)
    queued = next((event for event in told.events if isinstance(event, RunQueued)), None)
    if started is None:
        raise UsageError(f"run {told.id} has not begun", hint="it waits for `taskmatrix worker`")
    return Order(
        run_id=told.id,
        instruction=told.instruction,
        directory=Path(told.directory),
        dry_run=started.dry_run,
        assume_yes=started.assume_yes,
        now=started.now,
        trigger=started.trigger,
        scheduled=started.scheduled,
        name=started.name,
        zone=started.zone,
        budget=started.budget,
        review=started.review,
        pinned=started.pinned,
        attachments=started.attachments,
        conversation=started.conversation,
        turn=started.turn,
        session=started.session,
        event=queued.happening if queued is not None else None,
    )


def given_with(told: RunSummary, registry: RunRegistry) -> Given | None:
    """Return the program that a run was given and that has not passed its check yet; None where it has to be written.

    Raises ApiGoneError for an API that it calls and that is no longer registered.
    """
    if told.program is None or told.outline is not None or (told.check is not None and told.check.ok):
        return None
    return Given(told.program, tuple(documents_kept(told, registry, stopping=False)))
