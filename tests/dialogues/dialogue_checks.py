"""The named checks of the dialogues: each looks at the world or the journal, and fails with what it found."""

import json
from collections.abc import Callable, Iterator, Sequence

from dialogue_player import Stage
from pptx import Presentation
from pptx.slide import Slide
from pydantic import JsonValue

from taskmatrix.core.events import (
    ApprovalRequested,
    CallDone,
    CallIntended,
    ModelReplied,
    OutlineProposed,
    ProgramChecked,
    Run,
    WorldRead,
)

EMU = 1000
"""EMU in a unit of the PowerPoint package."""


# The journal: what was called, in which order, with what.


def calls_are(stage: Stage, turn: int, apis: list[str]) -> None:
    """These calls, in this order, and no others."""
    assert _called(stage.turn(turn).run) == apis


def calls_are_among(stage: Stage, turn: int, apis: list[str]) -> None:
    """No other APIs than these, and each of them."""
    assert set(_called(stage.turn(turn).run)) == set(apis)


def calls_count(stage: Stage, turn: int, apis: list[str], count: int) -> None:
    """So many calls of these APIs together."""
    found = [api for api in _called(stage.turn(turn).run) if api in apis]
    assert len(found) == count, found


def calls_repeat(stage: Stage, turn: int, apis: list[str], times: int, ignoring: list[str]) -> None:
    """The same calls again and again; those to be ignored aside."""
    found = [api for api in _called(stage.turn(turn).run) if api not in ignoring]
    assert found == apis * times


def nothing_is_called(stage: Stage, turns: list[int]) -> None:
    """These turns were answered without any call."""
    for turn in turns:
        told = stage.turn(turn).told
        assert told.status == "done" and not told.calls and told.program is None and told.answer, told


def is_not_called(stage: Stage, turn: int, apis: list[str]) -> None:
    """The turn was done without these."""
    run = stage.turn(turn).run
    assert run.status == "done" and not set(apis) & set(_called(run)), _called(run)


def arguments_are(stage: Stage, turn: int, api: str, values: list[dict[str, JsonValue]]) -> None:
    """The calls of one API had these arguments."""
    assert [event.arguments for event in _calls(stage.turn(turn).run) if event.api == api] == values


def arguments_come_from(stage: Stage, turn: int, api: str, parameter: str, source: str) -> None:
    """Every argument of one API is what an earlier call of another gave."""
    given = list[JsonValue]()
    calls = {event.call: event.api for event in _calls(stage.turn(turn).run)}
    taken = 0
    for event in stage.turn(turn).run.events:
        if isinstance(event, CallDone) and calls.get(event.call) == source:
            given.append(event.result)
        elif isinstance(event, CallIntended) and event.api == api:
            assert event.arguments[parameter] in given, event.arguments
            taken += 1
    assert taken


def always_before(stage: Stage, turn: int, first: list[str], then: str, until: list[str]) -> None:
    """Before each call of `then` one of `first` was called, since the last of `until`."""
    ready, seen = False, 0
    for api in _called(stage.turn(turn).run):
        ready = (ready or api in first) and api not in until
        if api == then:
            seen += 1
            assert ready, _called(stage.turn(turn).run)
    assert seen


def is_asked_before(stage: Stage, turn: int, apis: list[str]) -> None:
    """Each call of these needed an approval."""
    events = stage.turn(turn).run.events
    asked = {event.call for event in events if isinstance(event, ApprovalRequested)}
    calls = [event for event in _calls(stage.turn(turn).run) if event.api in apis]
    assert calls and all(event.call in asked or event.permit for event in calls)


def model_is_asked(stage: Stage, turn: int, times: int) -> None:
    """So many model calls."""
    found = [event.purpose for event in stage.turn(turn).run.events if isinstance(event, ModelReplied)]
    assert (len(found), stage.turn(turn).run.status) == (times, "done"), found


def wrong_program_is_caught(stage: Stage, turn: int, rules: list[str]) -> None:
    """The first program broke these rules, nothing of it ran, and the one that came back passed."""
    events = stage.turn(turn).run.events
    checks = [event for event in events if isinstance(event, ProgramChecked)]
    assert [check.report.ok for check in checks] == [False, True]
    found = {finding.rule for finding in checks[0].report.findings if finding.severity == "error"}
    assert set(rules) <= found, found
    assert min(event.seq for event in _calls(stage.turn(turn).run)) > checks[1].seq


def repair_quotes_owner(stage: Stage, turn: int, words: list[str]) -> None:
    """The model was told what is wrong in the words of the API's owner, by line."""
    prompt = next(asked.prompt for asked in stage.turn(turn).asked if asked.reply.to == "repair")
    for word in (*words, "line "):
        assert word in prompt, prompt


# What was planned, and from what.


def outline_has(stage: Stage, turn: int, steps: int, words: list[str]) -> None:
    """The outline that was carried out has so many steps, which say this."""
    outline = stage.turn(turn).told.outline
    assert outline is not None
    assert len(outline.steps) == steps, outline
    text = "\n".join(step.text for step in outline.steps)
    assert all(word in text for word in words), text


def outline_was_edited(stage: Stage, turn: int, proposals: list[JsonValue]) -> None:
    """Who proposed which outline: pairs of the writer and the number of steps, first to last."""
    events = stage.turn(turn).run.events
    found = [event.outline for event in events if isinstance(event, OutlineProposed)]
    assert [[outline.by, len(outline.steps)] for outline in found] == proposals


def outline_is_skipped(stage: Stage, turn: int) -> None:
    """The instruction was outline enough, and the run says why."""
    outline = stage.turn(turn).told.outline
    assert outline is not None and outline.explicit and outline.reason


def prompts_hold(stage: Stage, turn: int, to: str, texts: list[str]) -> None:
    """The model was shown these texts when it was asked for an outline, a program or a repair."""
    prompts = [asked.prompt for asked in stage.turn(turn).asked if asked.reply.to == to]
    assert prompts
    for prompt in prompts:
        for text in texts:
            assert text in prompt, f"{text!r} is not in {prompt}"


def user_does_not_say(stage: Stage, turn: int, words: list[str]) -> None:
    """The instruction does not say these words, but what was called does."""
    instruction = stage.dialogue.turns[turn - 1].user
    arguments = json.dumps([event.arguments for event in _calls(stage.turn(turn).run)])
    for word in words:
        assert word not in instruction and word in arguments, word


def world_is_read(stage: Stage, turn: int, texts: list[str]) -> None:
    """Before the turn was planned, a package told this of the world."""
    read = "\n".join(event.text for event in stage.turn(turn).run.events if isinstance(event, WorldRead))
    assert all(text in read for text in texts), read


def answer_says(stage: Stage, turn: int, texts: list[str]) -> None:
    """The user was told this."""
    told = stage.turn(turn).told
    assert told.status == "done", told.error
    assert all(text in (told.answer or "") for text in texts), told.answer


def answers_hide(stage: Stage, texts: list[str]) -> None:
    """No answer of the dialogue says these."""
    for number, turn in enumerate(stage.turns, 1):
        assert turn is None or not any(text in (turn.told.answer or "") for text in texts), number


# The world: files and decks.


def json_is(stage: Stage, path: str, values: dict[str, JsonValue]) -> None:
    """A JSON file holds these values; keys are paths with dots."""
    held = json.loads((stage.folder / path).read_text())
    for place, value in values.items():
        found = held
        for key in place.split("."):
            found = found[int(key) if isinstance(found, list) else key]
        assert found == value, (place, found)


def text_reads(stage: Stage, path: str, parts: list[str]) -> None:
    """A text file says these, in this order."""
    text, start = (stage.folder / path).read_text(), 0
    for part in parts:
        found = text.find(part, start)
        assert found >= 0, (part, text)
        start = found + len(part)


def images_are_shown(stage: Stage, path: str, count: int) -> None:
    """A Markdown text shows so many different images, each of which is there and a PNG."""
    text = (stage.folder / path).read_text()
    shown = [line.rpartition("(")[2].removesuffix(")") for line in text.splitlines() if line.startswith("![")]
    assert len(shown) == len(set(shown)) == count
    assert all((stage.folder / name).read_bytes().startswith(b"\x89PNG") for name in shown)


def titles_are(stage: Stage, path: str, titles: list[str]) -> None:
    """The slides of a deck have these titles."""
    assert [_title(slide) for slide in _slides(stage, path)] == titles


def contents_are(stage: Stage, path: str, slide: int, lines: list[str]) -> None:
    """One slide's content has these lines."""
    assert _lines(_slides(stage, path)[slide - 1]) == lines


def contents_speak_of(stage: Stage, path: str, slides: list[int], starts: list[str]) -> None:
    """Each of these slides has one line for each of these beginnings, in this order."""
    for number in slides:
        lines = _lines(_slides(stage, path)[number - 1])
        assert len(lines) == len(starts), lines
        assert all(line.startswith(start) for line, start in zip(lines, starts, strict=True)), lines


def pictures_are(stage: Stage, path: str, files: dict[str, str]) -> None:
    """Each slide shows that picture file and no other; a slide that is not named shows none."""
    slides = _slides(stage, path)
    for number, slide in enumerate(slides, 1):
        wanted = [(stage.folder / files[str(number)]).read_bytes()] if str(number) in files else []
        assert [picture.image.blob for picture in _pictures(slide)] == wanted, number


def pictures_stand(stage: Stage, path: str, slides: list[int], right: int, top: int, height: int) -> None:
    """On these slides the picture touches these edges and is so high, in units."""
    for number in slides:
        for shape in _pictures(_slides(stage, path)[number - 1]):
            place = (shape.left + shape.width, shape.top, shape.height)
            assert [round(value / EMU) for value in place] == [right, top, height], number


def title_colour_is(stage: Stage, path: str, slide: int, colour: str) -> None:
    """The title of that slide, and of no other, has this colour."""
    found = {
        number: str(run.font.color.rgb)
        for number, each in enumerate(_slides(stage, path), 1)
        for paragraph in each.shapes.title.text_frame.paragraphs
        for run in paragraph.runs
        if run.font.color.type is not None
    }
    assert found == {slide: colour}


def backgrounds_are(stage: Stage, path: str, colour: str) -> None:
    """Every slide has this background."""
    assert [str(slide.background.fill.fore_color.rgb) for slide in _slides(stage, path)] == [colour] * len(
        _slides(stage, path)
    )


def slots_are(stage: Stage, template: str, slots: list[str]) -> None:
    """A template has these slots, and a check case of its own."""
    with stage.open(stage.place / "turn-0.jsonl") as tm:
        kept = tm.templates.find(template).template
        assert [slot.name for slot in kept.slots] == slots
        assert kept.cases
        report = tm.templates.check(template)
        assert report.runnable and not report.findings, report


def template_is_words(stage: Stage, template: str, words: list[str]) -> None:
    """The steps of a template are plain words that people can read, with its slots in them."""
    with stage.open(stage.place / "turn-0.jsonl") as tm:
        steps = "\n".join(step.text for step in tm.templates.find(template).template.steps)
        shared = stage.place / f"shared-{template}.md"
        shared.unlink(missing_ok=True)
        markdown = tm.templates.export(template, shared).read_text()
    assert all(word in steps and word in markdown for word in words), steps


CHECKS: dict[str, Callable[..., None]] = {
    check.__name__: check
    for check in (
        calls_are,
        calls_are_among,
        calls_count,
        calls_repeat,
        nothing_is_called,
        is_not_called,
        arguments_are,
        arguments_come_from,
        always_before,
        is_asked_before,
        model_is_asked,
        wrong_program_is_caught,
        repair_quotes_owner,
        outline_has,
        outline_was_edited,
        outline_is_skipped,
        prompts_hold,
        user_does_not_say,
        world_is_read,
        answer_says,
        answers_hide,
        json_is,
        text_reads,
        images_are_shown,
        titles_are,
        contents_are,
        contents_speak_of,
        pictures_are,
        pictures_stand,
        title_colour_is,
        backgrounds_are,
        slots_are,
        template_is_words,
    )
}


def _calls(run: Run) -> list[CallIntended]:
    return [event for event in run.events if isinstance(event, CallIntended)]


def _called(run: Run) -> list[str]:
    return [event.api for event in _calls(run)]


def _slides(stage: Stage, path: str) -> Sequence[Slide]:
    return list(Presentation(str(stage.folder / path)).slides)


def _title(slide: Slide) -> str:
    return slide.shapes.title.text_frame.text if slide.shapes.title is not None else ""


def _lines(slide: Slide) -> list[str]:
    """Return the lines of a slide's first content box."""
    boxes = [shape for shape in slide.placeholders if shape.placeholder_format.idx == 1 and shape.has_text_frame]
    return boxes[0].text_frame.text.split("\n") if boxes else []


def _pictures(slide: Slide) -> Iterator:
    return (shape for shape in slide.shapes if hasattr(shape, "image"))
