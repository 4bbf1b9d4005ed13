"""A house whose devices take values that no instruction says, and corrections for it."""

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.protocols import Request
from taskmatrix.mcfm.embedded import plan_request
from taskmatrix.mcfm.embedded.learning.answering import calls_of
from taskmatrix.mcfm.embedded.learning.examples import Example, read_example
from taskmatrix.mcfm.embedded.learning.learned import Learned

AREA = {"name": "area", "description": "Name of an area", "schema": {"type": "string"}}
DOMAIN = {"name": "domain", "description": "Domain of devices in an area", "schema": {"type": "string"}}
SONG = {"name": "song", "description": "Title of the song", "required": True, "schema": {"type": "string"}}


def document(name: str, description: str, *parameters: dict, **more: object) -> ApiDocument:
    """Return a document of the package `house`."""
    data = {"package": "house", "name": name, "description": description, "parameters": list(parameters)}
    return parse_document({**data, **more})


DOCUMENTS = {
    made.id: made
    for made in (
        document("turn_on", "Turns on a device", AREA, DOMAIN),
        document("turn_off", "Turns off a device", AREA, DOMAIN),
        document("play", "Plays music", SONG),
    )
}


def lights(instruction: str, area: str, api: str = "house.turn_on") -> Example:
    """Return a correction: these words mean the lights of an area."""
    arguments = {"area": [area], "domain": ["light"]}
    return read_example({"instruction": instruction, "expected": [{"api": api, "arguments": arguments}]})


CORRECTIONS = [
    lights("Turn on the lights in the kitchen", "kitchen"),
    lights("Switch the bedroom lights on", "bedroom"),
    lights("Lights on in the hall", "hall"),
]

OTHERS = ('Play "Yesterday"', "Turn off the radio in the kitchen", "What is the weather like?")


def planned(
    learned: Learned, instruction: str, documents: dict[str, ApiDocument] = DOCUMENTS
) -> list[tuple[str, dict]]:
    """Return the calls planned for an instruction."""
    plan = plan_request(Request(instruction, documents=tuple(documents.values())), learned)
    return [(call.api, dict(call.arguments)) for call in calls_of(plan)]
