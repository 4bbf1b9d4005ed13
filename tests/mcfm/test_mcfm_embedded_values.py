from hypothesis import given, settings
from hypothesis import strategies as st

from taskmatrix.mcfm.embedded.instruction.clauses import Each, leaves
from taskmatrix.mcfm.embedded.instruction.control import split_instruction
from taskmatrix.mcfm.embedded.values.candidates import find_values


def found(text: str, kind: str) -> list[object]:
    return [value.value for value in find_values(text) if value.kind == kind]


def test_what_is_said_last_is_found_however_much_was_said_before():
    before = "I would like to see a nice little house with a garden near the old harbour of the town. " * 40
    assert found(before + "I need 3 rooms.", "number") == [3]


def clauses(text: str) -> list[str]:
    return [clause.text for clause in leaves(split_instruction(text))]


def test_quotes_of_every_kind_are_read_whole():
    assert found("say “one, two” and 'it's three' and \"four\"", "quote") == ["one, two", "it's three", "four"]


def test_numbers_in_figures_and_words_are_read():
    assert found("add 1,250 and -3.5 and twelve and half of 2 million", "number") == [1250, -3.5, 12, 0.5, 2_000_000]


def test_percent_is_not_mistaken_for_a_plain_number():
    assert found("a rate of 7.5%", "percent") == [7.5]


def test_files_addresses_and_dates_are_one_value_each():
    text = "mail report_v2.final.docx from ./out/a.csv to a.b@c.org, see https://x.org/y?z=1 before 2024-05-31"
    assert found(text, "path") == ["report_v2.final.docx", "./out/a.csv"]
    assert found(text, "email") == ["a.b@c.org"]
    assert found(text, "url") == ["https://x.org/y?z=1"]
    assert found(text, "date") == ["2024-05-31"]


def test_folders_and_numbers_of_orders_are_read_whole() -> None:
    text = (
        "Pack /var/log/app-1.2, /srv/2024 and/or ~/notes, 24/7, for INV-EU-6012 and i-77ab03, the top-10 24-hour show."
    )
    assert found(text, "path") == ["/var/log/app-1.2", "/srv/2024", "~/notes"]
    assert found(text, "id") == ["INV-EU-6012", "i-77ab03"]


def test_a_slash_before_a_word_makes_no_path() -> None:
    assert found("/remind me: $5 /month, yes /no, Tom /Jane, C:/Users/ann", "path") == []


def test_what_is_to_be_done_next_and_the_number_of_a_thing_are_no_items_of_a_list():
    assert found("with the labels bug and regression, and give it to Ann", "list")[-1:] == [["bug", "regression"]]
    assert found("sides 5, 12 and 13, and a third one with sides 6, 6 and 10", "list") == [[5, 12, 13], [6, 6, 10]]


def test_lists_keep_their_items_in_order():
    assert found('put "a", "b" and "c" there', "list") == [["a", "b", "c"]]


def test_formulas_are_not_dates_or_telephone_numbers():
    assert found("solve 2x + 1 = 5", "formula") == ["2x + 1 = 5"]
    assert found("call 555-1234 on 2024-01-02 at 3-4", "formula") == []


def test_clauses_split_at_verbs_and_never_inside_quotes():
    assert clauses('Open a.txt, write "stop. then go" into it and close it. Then delete b.txt') == [
        "Open a.txt",
        'write "stop. then go" into it',
        "close it.",
        "delete b.txt",
    ]


def test_for_each_keeps_its_body():
    [part] = split_instruction("For every name on page 2, add a card and print it")
    assert isinstance(part, Each)
    assert (part.item, part.source.text, [c.text for c in leaves(part.body)]) == (
        "name",
        "on page 2",
        ["add a card", "print it"],
    )


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_every_value_lies_where_it_says(text):
    for value in find_values(text):
        assert 0 <= value.start <= value.end <= len(text)
    for clause in leaves(split_instruction(text)):
        assert text[clause.start : clause.end] == clause.text
