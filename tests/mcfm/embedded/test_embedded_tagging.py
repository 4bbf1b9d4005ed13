"""Which words of an instruction a parameter is given is learned from examples, for words that none of them has."""

from collections.abc import Iterator

import pytest
from embedded_house import document, planned
from hypothesis import given, settings
from hypothesis import strategies as st

from taskmatrix.mcfm.embedded.learning.classifying import Labelled, train
from taskmatrix.mcfm.embedded.learning.examples import Example, RightCall
from taskmatrix.mcfm.embedded.learning.keeping import from_bytes
from taskmatrix.mcfm.embedded.learning.learned import Learned
from taskmatrix.mcfm.embedded.learning.memory import remember
from taskmatrix.mcfm.embedded.learning.platforms import FOLDER
from taskmatrix.mcfm.embedded.learning.roles import roles_of
from taskmatrix.mcfm.embedded.learning.tagging import tag_model, tag_rows, tagged
from taskmatrix.mcfm.embedded.learning.units import whole

TITLES = "Moby Dick|Hard Times|Emma|Dracula|The Trial|Ulysses|Walden|Ivanhoe|Middlemarch|Don Quixote|Candide|Dubliners"
SHELVES = "north wall|attic|blue room|corridor|cellar|window seat"
LEND = document(
    "lend",
    "Lends something out",
    {"name": "title", "description": "What", "required": True, "schema": {"type": "string"}},
    {"name": "kind", "description": "Sort of thing", "schema": {"type": "string"}},
    {"name": "shelf", "description": "Place", "schema": {"type": "string"}},
    package="library",
)
SAID = (
    ("lend out the {kind} {title} from the {shelf}", True),
    ("{title} {kind} from the {shelf} please", True),
    ("give away the {kind} {title}", False),
    ("lend the {title} {kind}", False),
)


def lent(title: str, shelf: str, kind: str, n: int) -> Example:
    said, is_placed = SAID[n % len(SAID)]
    given_ = {"title": (title,), "kind": (kind,)} | ({"shelf": (shelf,)} if is_placed else {})
    return Example(said.format(title=title, shelf=shelf, kind=kind), (RightCall("library.lend", given_),))


EXAMPLES = [
    lent(title, SHELVES.split("|")[(n + m) % 6], ("novel", "play", "record")[(n + m) % 3], n)
    for n in range(4)
    for m, title in enumerate(TITLES.split("|"))
]


@pytest.fixture(scope="module")
def learned() -> Learned:
    return Learned("taught", remember(EXAMPLES, {LEND.id: LEND}))


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("lend out the record Silver Lining from the attic", "Silver Lining"),
        ("Waverley novel from the granary please", "Waverley"),
        ("give away the play Major Barbara", "Major Barbara"),
        ("lend the Nocturne record", "Nocturne"),
    ],
)
def test_names_that_no_example_has_end_where_those_of_the_examples_do(learned: Learned, said: str, title: str):
    assert learned.memory is not None
    heard = learned.memory.words(whole(said), "library.lend", ["title", "kind", "shelf"])
    assert heard is not None
    best = heard.stretches["title"][0]
    assert said[best.start : best.end] == title
    assert best.probability > 0.5 > heard.nothing["title"]


def test_they_are_what_is_planned(learned: Learned):
    said = "lend out the record Silver Lining from the attic"
    right = {"title": "Silver Lining", "kind": "record", "shelf": "attic"}
    assert planned(learned, said, {LEND.id: LEND}) == [("library.lend", right)]


def test_what_parameters_take_is_counted_over_the_examples():
    roles = roles_of(EXAMPLES)
    assert "role library title" in roles.open
    assert roles.closed == {"role library kind", "role library shelf"}
    assert not roles_of(EXAMPLES[:5]).closed


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=60) | st.lists(st.sampled_from(["lend", "the", "novel", "Emma", "zzz", '"q"', "7"])).map(" ".join)
)
def test_tags_are_stretches_of_the_text_with_their_probabilities(text: str):
    heard = tagged(MODEL, text, "library.lend", ["title", "kind", "shelf", "never"])
    assert all(0 <= p <= 1 + 1e-6 for p in heard.nothing.values())
    for name, stretches in heard.stretches.items():
        assert name in ("title", "kind")
        assert all(0 <= s.start < s.end <= len(text) and 0 <= s.probability <= 1 + 1e-6 for s in stretches)
        assert sum(s.probability for s in stretches) <= len(text) + 1


def rows() -> Iterator[Labelled]:
    for example in EXAMPLES:
        places = {
            name: (example.instruction.index(str(value)), example.instruction.index(str(value)) + len(str(value)))
            for name, (value,) in example.calls[0].arguments.items()
            if name != "shelf"
        }
        yield from tag_rows(example.instruction, "library.lend", places)


MODEL = train(list(rows()))


def test_the_classifier_of_words_of_a_platform_goes_by_the_name_of_its_package():
    known = from_bytes((FOLDER / "home_assistant.npz").read_bytes(), renamed={"home_assistant": "cottage"})
    assert tag_model("cottage.HassTurnOn") in known.models
    assert not any("home_assistant" in name for name in known.models)
