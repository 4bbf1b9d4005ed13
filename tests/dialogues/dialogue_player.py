"""Plays a dialogue through the real parts: each turn, and each answer, by a TaskMatrix of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
import stand_in_cloud
import stand_in_essay
import stand_in_house
from dialogue_files import Dialogue, Said, Turn, Variant
from pydantic import JsonValue

from taskmatrix import TaskMatrix
from taskmatrix.conversation import RunSummary, summarize
from taskmatrix.conversation.templates import Choices
from taskmatrix.core.api import ApiPackage
from taskmatrix.core.events import Run

STAND_INS: Mapping[str, tuple[ApiPackage, ...]] = {
    "essay": stand_in_essay.PACKAGES,
    "cloud": stand_in_cloud.PACKAGES,
    "house": stand_in_house.PACKAGES,
}
"""Packages that are not built yet; `powerpoint` and `math` are there by themselves."""

PROMPTS = {
    "outline": "<instruction>",
    "edit": "<edit>",
    "program": "# APIs on offer",
    "repair": "was not accepted",
}
"""How the prompts for these are known: loose enough to outlive small changes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt (its last message) and the reply that was given to it."""

    reply: Said
    prompt: str


@dataclass(frozen=True, slots=True)
class Played:
    """A turn as it was played; `unasked` is how many replies the model was not asked for."""

    turn: Turn
    run: Run
    asked: tuple[Asked, ...]
    unasked: int

    @property
    def told(self) -> RunSummary:
        """What the journal says."""
        return summarize(self.run)


@dataclass(slots=True)
class Stage:
    """The world of one dialogue, and what was played in it so far."""

    dialogue: Dialogue
    variant: Variant
    place: Path
    conversation: str = ""
    turns: list[Played | None] = field(default_factory=list["Played | None"])

    @property
    def folder(self) -> Path:
        """Where the files of the dialogue lie."""
        return self.place / "work"

    def turn(self, number: int) -> Played:
        """Return a turn by its number, from 1; skip the test where it was skipped."""
        played = self.turns[number - 1]
        if played is None:
            pytest.skip(self.dialogue.turns[number - 1].skip)
        return played

    def open(self, script: Path) -> TaskMatrix:
        """Open what a new process would, with the replies of a script."""
        tm = TaskMatrix(home=self.place / "home", model=f"scripted:{script}")
        for package in (p for name in self.dialogue.packages for p in STAND_INS.get(name, ())):
            for function in package.functions:
                tm.register(function)
            tm.registry.apply([], about=[package.about()])
        return tm


def play(dialogue: Dialogue, variant: Variant, place: Path) -> Stage:
    """Play a dialogue from its first turn to its last, in a folder of its own."""
    stage = Stage(dialogue, variant, place)
    stage.folder.mkdir()
    for name, content in {**dialogue.files, **variant.files}.items():
        _put(stage.folder / name, content)
    with stage.open(_script(stage, 0, ())) as tm:
        stage.conversation = tm.chats.start(directory=stage.folder).id
    for number, turn in enumerate(dialogue.turns, 1):
        stage.turns.append(None if turn.skip else _play_turn(stage, number, turn))
    return stage


def _play_turn(stage: Stage, number: int, turn: Turn) -> Played:
    for name, change in turn.meanwhile.items():
        path = stage.folder / name
        path.write_text(json.dumps(_merged(json.loads(path.read_text()), change)), encoding="utf-8")
    record = stage.place / f"asked-{number}.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TASKMATRIX_RECORD", str(record))
        run = _say(stage, number, turn)
        for answer in turn.answers:
            with stage.open(_script(stage, number, answer.replies)) as tm:
                run = tm.resume_sync(run.id, answer.text)
    replies = [*turn.replies, *(reply for answer in turn.answers for reply in answer.replies)]
    prompts = [json.loads(line)["asked"] for line in record.read_text().splitlines()] if record.exists() else []
    with stage.open(_script(stage, number, ())) as tm:
        run = tm.journal.run(run.id)
    asked = tuple(Asked(reply, prompt) for reply, prompt in zip(replies, prompts, strict=False))
    return Played(turn, run, asked, unasked=len(replies) - len(prompts))


def _say(stage: Stage, number: int, turn: Turn) -> Run:
    with stage.open(_script(stage, number, turn.replies)) as tm:
        if turn.make is not None:
            made = stage.turn(turn.make.turn).run
            choices = Choices(name=turn.make.name, words=turn.make.words, renamed=turn.make.renamed)
            tm.templates.make(made.id, choices)
        if turn.reuse is not None:
            name, values = turn.reuse.name, turn.reuse.values
            return tm.templates.run_sync(name, values, assume_yes=True, directory=stage.folder)
        return tm.run_sync(turn.user, conversation=stage.conversation, assume_yes=True, review=turn.review)


def _script(stage: Stage, number: int, replies: tuple[Said, ...]) -> Path:
    """Write the replies to come. A turn keeps its script: a run goes on with the model that planned it."""
    path = stage.place / f"turn-{number}.jsonl"
    lines = [{"reply": "\n".join(_lines(stage, reply)), "when": PROMPTS[reply.to]} for reply in replies]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def _lines(stage: Stage, reply: Said) -> list[str]:
    texts = {f"@{name}": lines for name, lines in stage.variant.texts.items()}
    return [line for said in reply.lines for line in texts.get(said, (said,))]


def _put(path: Path, content: JsonValue) -> None:
    """Write a file: a picture where its name says so, a text as it is, anything else as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".png":
        path.write_bytes(stand_in_essay.tiny_png(str(content)))
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def _merged(old: JsonValue, new: JsonValue) -> JsonValue:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{name: _merged(cast(JsonValue, old.get(name)), value) for name, value in new.items()}}
    return new
