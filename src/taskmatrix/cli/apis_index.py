"""`taskmatrix apis index`: the state of the indexes that search uses, and the work on their vectors."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.background import DOING
from taskmatrix.cli.failures import DONE, FAILED, INTERRUPTED, print_error
from taskmatrix.cli.progress import show_progress
from taskmatrix.cli.terminal import counted, visible
from taskmatrix.core.errors import EncoderUnavailableError, UsageError

if TYPE_CHECKING:
    from taskmatrix.app import TaskMatrix
    from taskmatrix.selector import EmbeddingStatus, WordsStatus


def index(
    status: Annotated[bool, typer.Option("--status", help="Only show how far it is.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Throw the vectors away and compute all again.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Compute the vectors that search by meaning uses. What is done stays done: Ctrl-C, and go on another time.

    After a change of APIs this happens by itself. Words are indexed by the next search.
    """
    from taskmatrix.app import TaskMatrix

    if status and rebuild:
        raise UsageError("--status and --rebuild contradict each other", hint="give one of them")
    with TaskMatrix() as tm:
        try:
            vectors = _vectors(tm, rebuild=rebuild, work=not status)
        except KeyboardInterrupt:
            if as_json:
                raise
            typer.echo("stopped; what is done stays done, and taskmatrix apis index goes on", err=True)
            return INTERRUPTED
        words = tm.selector.words_status()
        kind, place = tm.settings.index, _place(tm)
    if as_json:
        told = {"status": _state(vectors), "index": kind, "vectors": asdict(vectors), "words": asdict(words)}
        print(json.dumps(told))
    else:
        _print_status(vectors, words)
        print(visible(f"index: {place}"))
    if vectors.message:
        if not as_json:
            print_error(vectors.message)
        return FAILED
    return DONE


def _vectors(tm: "TaskMatrix", *, rebuild: bool, work: bool) -> "EmbeddingStatus":
    """Do the work that is asked for, and return how far it is."""
    from taskmatrix.selector import EmbeddingStatus

    embedding = tm.selector.embedding
    try:
        if rebuild:
            embedding.rebuild()
        if work:
            with show_progress(DOING) as tell:
                return embedding.catch_up(lambda done, total: tell(DOING, done, total))
        return embedding.status()
    except EncoderUnavailableError as error:
        message = f"{error.message} ({error.hint})" if error.hint else error.message
        return EmbeddingStatus(0, tm.registry.count(), message=message)


def _place(tm: "TaskMatrix") -> str:
    """Say where the indexes lie."""
    if tm.settings.index == "database":
        return f"tables in {tm.database.where}, which all machines share"
    return f"files in {tm.index_home / 'index'}"


def _state(vectors: "EmbeddingStatus") -> str:
    if vectors.message:
        return "failed"
    return "running" if vectors.running else "done" if vectors.done >= vectors.total else "waiting"


def _print_status(vectors: "EmbeddingStatus", words: "WordsStatus") -> None:
    name = vectors.encoder[:12] or "none"
    waiting = f", {vectors.total - vectors.done:,} to do" if vectors.done < vectors.total else ""
    done = f"{vectors.done:,} of {counted(vectors.total)}{waiting}"
    print(visible(f"vectors: {done}, {_size(vectors.bytes)}, encoder {name}"))
    if vectors.running:
        print("  another process is computing them now")
    elif vectors.done < vectors.total and not vectors.message:
        print("  search uses words for the rest; to go on: taskmatrix apis index")
    changes = f"{words.changes:,} change{'' if words.changes == 1 else 's'}"
    said = {
        "ready": "ready",
        "behind": f"{changes} behind, which the next search takes in",
        "missing": "built by the first search",
        "damaged": "damaged; the next search builds them again",
    }
    held = f"; {counted(words.documents)} up to change {words.change:,}" if words.change else ""
    print(f"words: {said[words.state]}{held}" + (f", {_size(words.bytes)}" if words.bytes else ""))


def _size(size: int) -> str:
    return f"{size / 1_000:,.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:,.1f} MB"
