from hypothesis import given
from hypothesis import strategies as st
from told_runs import NOW, call, told

from taskmatrix.conversation.compaction import (
    KEPT_TURNS,
    LONGEST_SUMMARY,
    MOST_TURNS,
    WHOLE,
    Summary,
    context_of,
    extend_summary,
    fit,
    needs_summary,
    to_summarize,
)
from taskmatrix.conversation.turns import LONGEST_LINE
from taskmatrix.core.events import Run, Session


def said(number: int, size: int = 0) -> Run:
    return told(f"make slide {number} {'x' * size}".strip(), call(number, "powerpoint.create_slide"), answer="Done.")


def test_a_short_conversation_is_told_whole() -> None:
    context = context_of([said(1), said(2)], NOW, "they met")
    assert [turn.text for turn in context.turns] == ["make slide 1", "Done.", "make slide 2", "Done."]
    assert (context.now, context.summary) == (NOW, "they met")


def test_what_is_still_in_force_is_named_even_if_no_turn_shows_it() -> None:
    session = Session(called=("powerpoint.open_presentation", "powerpoint.create_slide"))
    first = context_of([said(1)], NOW, "they met", session).turns[0]
    assert (first.role, [made.api for made in first.calls]) == ("tool", ["powerpoint.open_presentation"])


def test_the_newest_turns_are_whole_and_older_ones_a_line_that_still_names_the_calls() -> None:
    shown = fit([said(number, 1_000) for number in range(1, 21)])
    assert shown[-1].text == "Done." and shown[-2].text.startswith("make slide 20 xxx")
    first = shown[0]
    assert first.text.startswith("make slide 1 xxx") and "→ called powerpoint.create_slide" in first.text
    assert [made.api for made in first.calls] == ["powerpoint.create_slide"]


@given(st.lists(st.integers(0, 9_000), min_size=1, max_size=MOST_TURNS))
def test_whatever_was_said_it_fits_and_the_newest_turn_is_whole(sizes: list[int]) -> None:
    runs = [said(number, size) for number, size in enumerate(sizes, start=1)]
    shown = fit(runs)
    assert sum(len(turn.text) for turn in shown[:-2]) <= WHOLE + MOST_TURNS * LONGEST_LINE
    assert sum(len(turn.calls) for turn in shown) == len(runs)
    assert shown[-2].text.startswith(f"make slide {len(runs)}") and shown[-1].text == "Done."


@given(st.integers(1, 2_000))
def test_a_summary_follows_a_conversation_of_any_length_and_reads_few_turns_at_a_time(length: int) -> None:
    summary, read, most = Summary(), 0, 0
    for turns in range(1, length + 1):
        if needs_summary(summary, turns):
            wanted = to_summarize(summary, turns)
            summary = extend_summary(summary, {turn: said(turn) for turn in wanted}, wanted.stop - 1)
            read, most = read + len(wanted), max(most, len(wanted))
        assert turns - summary.reaches <= MOST_TURNS
    assert read <= length and most <= MOST_TURNS - KEPT_TURNS + 1
    assert len(summary.text) <= LONGEST_SUMMARY
    if summary.reaches:
        assert (
            summary.text.splitlines()[-1]
            == f"{summary.reaches}. make slide {summary.reaches} → called powerpoint.create_slide"
        )


def test_of_a_thousand_turns_without_a_summary_only_the_last_that_fit_are_read() -> None:
    wanted = to_summarize(Summary(), 1_000)
    assert wanted.stop - 1 == 1_000 - KEPT_TURNS and len(wanted) <= 101


def test_a_summary_that_is_too_long_loses_its_oldest_lines() -> None:
    runs = {number: said(number, 100) for number in range(1, 60)}
    extended = extend_summary(Summary("x" * LONGEST_SUMMARY, 0), runs, 59)
    lines = extended.text.splitlines()
    assert lines[0] == "(earlier turns left out)" and lines[-1].startswith("59. make slide 59")
    assert len(extended.text) <= LONGEST_SUMMARY and lines[1][0].isdigit()
