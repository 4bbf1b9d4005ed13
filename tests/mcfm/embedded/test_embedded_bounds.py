"""What one request may cost, whatever its documents and its words are like."""

from contextlib import suppress

import anyio
import pytest

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.errors import TaskMatrixError
from taskmatrix.core.protocols import Context, Request, Turn
from taskmatrix.mcfm.embedded import EmbeddedMcfm
from taskmatrix.mcfm.embedded.documents.reading import read_documents
from taskmatrix.mcfm.embedded.encoder.bounded import MOST_READ
from taskmatrix.mcfm.embedded.encoder.cross_encoder import CrossEncoder
from taskmatrix.mcfm.embedded.encoder.loading import load_cross_encoder
from taskmatrix.mcfm.embedded.encoder.sequences import MOST_TOKENS, Pair, Said
from taskmatrix.mcfm.embedded.values.choosing import choose


def thing(number: int, *, parameters: int = 300, required: int = 3, choices: int = 0) -> ApiDocument:
    """An API of very many parameters, the first of which are needed."""
    kinds = [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}]
    listed = {"type": "string", "enum": [f"choice {i} of words" for i in range(choices)]}
    return parse_document(
        {
            "package": "things",
            "name": f"set_thing_{number}",
            "description": f"Set the things of kind {number} for a city.",
            "parameters": [
                {
                    "name": f"field_{number}_{i}",
                    "description": f"The value {i} of thing {number} " + "of this and that " * 20,
                    "required": i < required,
                    "schema": listed if choices else kinds[i % 3],
                }
                for i in range(parameters)
            ],
        }
    )


LONG = "set the things of kind 1 in Paris to 5 and of kind 2 in Rome to 7, " * 20
TALK = [Turn("user", "choice 3 of words and 5 things in Paris\n" * 90)] * 30


@pytest.mark.parametrize(
    ("documents", "request_text", "turns"),
    [
        ([thing(k) for k in range(5)], LONG, []),
        ([thing(k) for k in range(16)], "set it to 5", TALK),
        ([thing(0, parameters=40, choices=1_000), thing(1)], "pick one", TALK),
    ],
)
def test_no_request_reads_more_than_a_person_waits_for(
    documents: list[ApiDocument], request_text: str, turns: list[Turn], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    states = CrossEncoder.states

    def counted(self: CrossEncoder, made: Pair) -> object:
        read.append(len(made.ids))
        return states(self, made)

    monkeypatch.setattr(CrossEncoder, "states", counted)
    asked = Request(request_text, documents=tuple(documents), context=Context(turns=tuple(turns)))
    with suppress(TaskMatrixError):  # a question or a refusal is an answer
        anyio.run(EmbeddedMcfm().write, asked, lambda _: None)
    assert read
    assert sum(read) <= MOST_READ + MOST_TOKENS


def test_of_a_document_too_long_to_be_read_whole_what_was_spoken_of_is_read() -> None:
    harvest = {"name": "harvest", "description": "Apples in tons.", "required": False, "schema": {"type": "integer"}}
    written = thing(1, required=0).model_dump(mode="json", by_alias=True)
    document = parse_document({**written, "parameters": [*written["parameters"], harvest]})
    encoder, view = load_cross_encoder(), read_documents([document])[0]
    read = encoder.read(encoder.builder.pieces(Said.of("A harvest of 250 tons")), view, most=MOST_TOKENS)
    assert read.tokens <= MOST_TOKENS
    assert len(read.slots) < 20
    assert "harvest" in {slot.parameter.name for slot in read.slots}


def test_choices_are_remembered_by_their_texts_alone() -> None:
    """`True` and 1 are equal as keys, and are not the same choice."""
    assert choose("yes", [True, False]) is not None
    assert choose("yes", [1, 0]) is None
    first, second = choose("red", ["red", "blue"]), choose("red", ["Red", "blue"])
    assert first is not None
    assert second is not None
    assert (first.value, second.value) == ("red", "Red")


def test_an_api_that_does_not_fit_is_not_read_to_its_end() -> None:
    encoder, view = load_cross_encoder(), read_documents([thing(1)])[0]
    pieces = encoder.builder.pieces(Said.of("Play some jazz"))
    whole, part = encoder.read(pieces, view), encoder.read(pieces, view, least=0.5)
    assert part.fits == whole.fits < 0.5
    assert not part.slots
    assert part.tokens < whole.tokens
