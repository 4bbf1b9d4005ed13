import io

from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.cli.approving import choose
from taskmatrix.cli.terminal import console, visible


def test_escape_sequences_become_visible() -> None:
    assert visible("\x1b[31mred\x07\r") == "\\x1b[31mred\\x07\\r"


def test_line_breaks_tabs_and_letters_of_any_language_stay() -> None:
    assert visible("eins\n\tzwei ü 漢字 😀") == "eins\n\tzwei ü 漢字 😀"


def test_characters_that_turn_the_direction_of_text_are_dropped() -> None:
    assert visible("safe\u202eexe.gpj\u2069") == "safeexe.gpj"


def test_long_text_is_cut_where_asked() -> None:
    assert visible("abcdef", limit=3) == "abc…"


@given(st.text())
def test_nothing_shown_can_steer_a_terminal(text: str) -> None:
    assert all(c.isprintable() or c in "\n\t" for c in visible(text))


def test_a_pipe_gets_whole_lines_without_colours() -> None:
    out = io.StringIO()
    console(out).print("word " * 100)
    assert out.getvalue().count("\n") == 1
    assert "\x1b" not in out.getvalue()


def test_an_option_is_chosen_by_its_beginning_if_only_one_begins_so() -> None:
    options = ("rename", "overwrite", "deny")
    assert choose("o", options) == "overwrite"
    assert choose(" DENY ", options) == "deny"
    assert choose("x", options) is None
    assert choose("", options) is None
    assert choose("re", ("rename", "replace")) is None


def test_what_an_approval_is_for_is_chosen_by_one_word() -> None:
    options = ("approve", "approve-run", "approve-always", "deny")
    words = ("a", "yes", "app", "r", "run", "al", "always", "approve-run", "n")
    chosen = ["approve", "approve", "approve", "approve-run", "approve-run", "approve-always", "approve-always"]
    assert [choose(word, options) for word in words] == [*chosen, "approve-run", "deny"]
    assert choose("approve-", options) is None
