"""`taskmatrix chats`: the conversations there were."""

from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.failures import DONE
from taskmatrix.cli.run import Json
from taskmatrix.cli.runs_listing import UNDONE
from taskmatrix.cli.terminal import console, visible

if TYPE_CHECKING:
    from taskmatrix.app.chats import Chat
    from taskmatrix.conversation import RunSummary
    from taskmatrix.store import ConversationRecord

app = typer.Typer(help="List, show, rename and delete conversations.", no_args_is_help=True)

ChatId = Annotated[str, typer.Argument(help="The conversation's id, or its beginning or end.", metavar="CHAT")]


@app.command(name="list")
def list_chats(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many of the newest.")] = 20,
    as_json: Json = False,
) -> int:
    """List the conversations, the one that went on last first."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        found = tm.chats.list(limit)
    if as_json:
        import json

        print(json.dumps([record.model_dump(mode="json") for record in found]))
        return DONE
    for record in found:
        console().print(_line(record))
    if not found:
        console().print("no conversations yet; begin one with taskmatrix chat")
    return DONE


@app.command()
def show(conversation: ChatId, as_json: Json = False) -> int:
    """Show what was said in a conversation, and what came of it."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        found = tm.chats.show(conversation)
    if as_json:
        print(_as_json(found))
        return DONE
    from taskmatrix.conversation import summarize

    out = console()
    out.print(f"{_line(found.record)}\n{visible(found.record.directory)}")
    for turn, run in found.runs.items():
        out.print(_told(turn, summarize(run)))
    out.print(f"\nGo on with it:  taskmatrix chat --continue {found.record.id}")
    return DONE


@app.command()
def rename(
    conversation: ChatId, title: Annotated[list[str], typer.Argument(help="What it is about.", metavar="TITLE")]
) -> int:
    """Give a conversation another title."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        console().print(_line(tm.chats.rename(conversation, " ".join(title))))
    return DONE


@app.command()
def delete(
    conversation: ChatId,
    with_runs: Annotated[bool, typer.Option("--with-runs", help="Delete the journals of its runs, too.")] = False,
    as_json: Json = False,
) -> int:
    """Forget a conversation. Its runs stay, and with them what can be undone, unless --with-runs."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        gone = tm.chats.delete(conversation, with_runs=with_runs)
    if as_json:
        import json

        print(json.dumps({"id": gone.id, "turns": gone.turns, "runs_deleted": with_runs}))
    else:
        console().print(f"Deleted {gone.id}" + (", and its runs." if with_runs else "; its runs stay."))
    return DONE


def _line(record: "ConversationRecord") -> str:
    turns = "1 turn" if record.turns == 1 else f"{record.turns} turns"
    return f"{record.id}  {record.updated:%Y-%m-%d %H:%M}  {turns:>9}  {visible(record.title)}"


def _told(turn: int, told: "RunSummary") -> str:
    """Return a turn as text: what was said, asked and answered, what was made."""
    lines = ["", f"{turn}  {told.id}  {told.status}{UNDONE[told.undone]}", _indented(told.instruction, "> ")]
    for event in told.events:
        if event.type == "question_asked":
            lines.append(_indented(event.question.text, "? "))
        elif event.type == "question_answered":
            lines.append(_indented(event.answer, "> "))
    if told.error is not None:
        lines.append(_indented(told.error.message, "✗ "))
    if told.pending is not None:
        lines.append(_indented(f"waits for an approval of {told.pending.api}: {told.pending.reason}", "… "))
    lines += [_indented(told.answer)] if told.answer else []
    lines += [_indented(artifact.path or artifact.name, "+ ") for artifact in told.artifacts]
    return "\n".join(lines)


def _indented(text: str, mark: str = "") -> str:
    first, *others = visible(text.strip()).split("\n")
    return "\n".join([f"   {mark}{first}", *(f"   {' ' * len(mark)}{line}" for line in others)])


def _as_json(found: "Chat") -> str:
    import json

    from taskmatrix.conversation import summarize

    turns = [
        {"turn": turn, "run": summarize(run).model_dump(mode="json", exclude={"events"})}
        for turn, run in found.runs.items()
    ]
    return json.dumps({**found.record.model_dump(mode="json", exclude={"turns"}), "turns": turns})
