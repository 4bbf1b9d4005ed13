"""The APIs that programs in these tests are checked against."""

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.programs import CheckReport

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


def document(api: str, *parameters: tuple[str, dict], returns: dict | None = None, **more: object) -> ApiDocument:
    """Write a document down shortly; every parameter is required unless its schema has a default."""
    package, name = api.split(".")
    return parse_document(
        {
            "package": package,
            "name": name,
            "description": f"Do {name}.",
            "parameters": [
                {"name": n, "description": f"The {n}.", "required": "default" not in s, "schema": s}
                for n, s in parameters
            ],
            "returns": {"schema": returns or {}},
            **more,
        }
    )


def rule(kind: str, *apis: str, **more: object) -> dict:
    return {"kind": kind, "apis": list(apis), **more}


DECK = (
    document(
        "deck.open_deck", ("path", TEXT), rules=[rule("after", "save", "close")], composition="Save or close a deck."
    ),
    document("deck.save", rules=[rule("before", "deck.open_deck")]),
    document("deck.close"),
    document("deck.select_title", effects="read"),
    document("deck.select_content", effects="read"),
    document(
        "deck.insert_text",
        ("text", TEXT),
        rules=[rule("before", "select_title", "select_content")],
        composition="Always select a title or content before you insert text.",
    ),
    document("deck.delete_deck", effects="destructive"),
    document("deck.slides", returns={"type": "array", "items": TEXT}, effects="read"),
    document("deck.login", rules=[rule("once")], composition="Log in one time."),
)

MAIL = (
    document("mail.find", ("words", TEXT), returns={"type": "object", "properties": {"id": NUMBER, "size": NUMBER}}),
    document("mail.newest", returns=NUMBER, effects="read"),
    document(
        "mail.move",
        ("message", NUMBER),
        ("folder", {"type": "string", "default": "inbox"}),
        rules=[rule("feeds", "find", parameter="message", field="id")],
        composition="The message is the id that find returns.",
    ),
    document("mail.send", ("to", TEXT), ("importance", {"type": "number", "minimum": 1, "maximum": 5, "default": 3})),
    document(
        "mail.colour",
        ("level", {"type": "number", "enum": [0.5, 1.5]}),
        ("tag", {"type": "string", "maxLength": 4, "default": ""}),
    ),
    document("mail.print"),
)


def found(report: CheckReport) -> list[tuple[int, str, str]]:
    return [(f.line, f.rule, f.severity) for f in report.findings]


SECRET = {"type": "string", "format": "password"}
PRIVATE = {"type": "string", "x-sensitivity": "private"}

STORE = (
    document(
        "store.open_box", rules=[rule("after", "close_box", until=["open_box"])], composition="Close what you open."
    ),
    document("store.put", ("text", TEXT), rules=[rule("before", "open_box", until=["close_box"])]),
    document("store.close_box", rules=[rule("before", "open_box", until=["close_box"])]),
    document("store.ready", returns={"type": "boolean"}, effects="read"),
    document("store.names", returns={"type": "array", "items": TEXT}, effects="read"),
)

OFFICE = (
    document(
        "vault.entry",
        ("name", TEXT),
        returns={"type": "object", "properties": {"user": TEXT, "password": SECRET}},
        effects="read",
    ),
    document("vault.every", returns={"type": "array", "items": SECRET}, effects="read"),
    document("portal.login", ("user", TEXT), ("password", SECRET), composition="Passwords are for this alone."),
    document("portal.log", ("text", TEXT)),
    document(
        "people.find",
        ("name", TEXT),
        returns={"type": "object", "properties": {"address": PRIVATE, "city": TEXT}},
        effects="read",
    ),
    document("people.count", ("address", TEXT), returns=NUMBER, effects="read"),
    document("people.reword", ("text", TEXT), returns=TEXT, effects="read"),
    document("people.mask", ("text", TEXT), returns={"type": "string", "x-sensitivity": "public"}, effects="read"),
    document("post.send", ("to", PRIVATE), ("text", TEXT), effects={"kind": "write", "sinks": ["to", "text"]}),
    document("web.page", ("url", TEXT), returns={"type": "string", "x-sensitivity": "untrusted"}, effects="read"),
    document("disk.wipe", ("folder", TEXT), effects="destructive"),
    document("disk.play", ("note", {"type": "string", "x-sensitivity": "untrusted"}), effects="physical"),
    document("disk.pay", ("account", {"type": "string", "x-sensitivity": "trusted"})),
)
