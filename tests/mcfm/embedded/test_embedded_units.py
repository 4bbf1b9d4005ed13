"""Parameters that are each named after a unit: `5 minutes` are no seconds. And values that end where a turn ends."""

from datetime import UTC, datetime

import pytest

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.protocols import Context, Request
from taskmatrix.mcfm.embedded import plan_request
from taskmatrix.mcfm.embedded.composing.scoring import load_weights
from taskmatrix.mcfm.embedded.direct import DirectReader
from taskmatrix.mcfm.embedded.documents.reading import read_document
from taskmatrix.mcfm.embedded.encoder.loading import load_cross_encoder
from taskmatrix.mcfm.embedded.encoder.sequences import Said
from taskmatrix.mcfm.embedded.filled import Filled

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def brewer(**schema: object) -> ApiDocument:
    named = [(unit, f"Number of {unit}") for unit in ("hours", "minutes", "seconds")]
    parameters = [{"name": n, "description": d, "required": False, "schema": schema} for n, d in named]
    return parse_document(
        {"package": "tea", "name": "steep", "description": "Steeps the tea for some time.", "parameters": parameters}
    )


@pytest.mark.parametrize("schema", [{}, {"type": "integer"}])
@pytest.mark.parametrize(
    ("instruction", "given"),
    [
        ("Steep the tea for 5 minutes.", {"minutes": 5}),
        ("Steep the tea for 90 seconds.", {"seconds": 90}),
        ("Steep the tea for 2 hours.", {"hours": 2}),
    ],
)
def test_a_number_goes_to_the_parameter_named_after_its_unit(
    instruction: str, given: dict[str, int], schema: dict[str, object]
):
    request = Request(instruction=instruction, documents=(brewer(**schema),), context=Context(now=NOW))

    [call] = plan_request(request).calls()

    assert {name: f.value for name, f in call.arguments.items() if isinstance(f, Filled)} == given


def test_each_part_of_a_time_goes_to_its_own_parameter():
    request = Request(
        instruction="Steep the tea for 1 hour and 15 minutes.",
        documents=(brewer(type="integer"),),
        context=Context(now=NOW),
    )
    [call] = plan_request(request).calls()

    assert {n: f.value for n, f in call.arguments.items() if isinstance(f, Filled)} == {"hours": 1, "minutes": 15}


@pytest.mark.parametrize(
    ("instruction", "minutes"),
    [
        ("Heat the kiln for 2 hours.", 120),
        ("Heat the kiln for 45 minutes.", 45),
        ("Heat the kiln for 90 seconds.", None),
    ],
)
def test_a_number_is_taken_in_the_unit_asked_for_or_not_at_all(instruction: str, minutes: int | None):
    parameter = {"name": "minutes", "description": "How long, in minutes.", "required": True}
    kiln = {"package": "pottery", "name": "heat_kiln", "description": "Heat the kiln for some time."}
    document = parse_document({**kiln, "parameters": [{**parameter, "schema": {"type": "integer"}}]})
    request = Request(instruction=instruction, documents=(document,), context=Context(now=NOW))
    [call] = plan_request(request).calls()

    given = {name: f.value for name, f in call.arguments.items() if isinstance(f, Filled)}
    assert given == ({} if minutes is None else {"minutes": minutes})
    assert call.missing == (("minutes",) if minutes is None else ())


def test_no_value_goes_on_from_one_turn_into_the_next():
    said = Said.of("Dora Lind", [("user", "A room in Elmhurst"), ("assistant", "Sure. For whom?")])
    reader = DirectReader(load_cross_encoder(), load_weights(), said, ())
    guest = {"name": "guest", "description": "Who it is for.", "schema": {"type": "string"}}
    hotel = {"package": "hotel", "name": "book_room", "description": "Book a room.", "parameters": [guest]}
    [taker] = read_document(parse_document(hotel)).parameters
    town, name = said.text.index("Elmhurst"), said.text.index("Dora Lind")

    assert reader.convert(town, town + len("Elmhurst"), taker) == "Elmhurst"
    assert reader.convert(name, len(said.text), taker) == "Dora Lind"
    assert reader.convert(town, name, taker) is None


@pytest.mark.parametrize("size", ["800x600", "800 x 600 pixels", "800×600", "800 by 600"])
def test_a_size_is_taken_as_width_and_height(size: str):
    numbers = [
        {"name": n, "description": f"{n} in pixels", "schema": {"type": "integer"}} for n in ("height", "width")
    ]
    path = {"name": "path", "description": "The image.", "required": True, "schema": {"type": "string"}}
    resize = parse_document(
        {"package": "pics", "name": "resize", "description": "Resize an image.", "parameters": [path, *numbers]}
    )
    request = Request(f"Resize photo.png to {size}", documents=(resize,), context=Context(now=NOW))
    [call] = plan_request(request).calls()
    assert {n: a.value for n, a in call.arguments.items() if isinstance(a, Filled)} == {
        "path": "photo.png",
        "width": 800,
        "height": 600,
    }
