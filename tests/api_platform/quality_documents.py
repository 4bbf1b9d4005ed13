"""Documents for the tests of quality: a good one, and ways to make it worse."""

from taskmatrix.core.documents import ApiDocument, parse_document

GOOD = {
    "package": "library",
    "name": "get_book",
    "description": "Find one book of the library by its number and return what is known of it.",
    "parameters": [
        {
            "name": "book_id",
            "description": "Number of the book, as on its back.",
            "required": True,
            "schema": {"type": "integer"},
        },
        {
            "name": "language",
            "description": "What the answer is written in.",
            "schema": {"type": "string", "enum": ["en", "de"], "default": "en"},
        },
    ],
    "returns": {
        "description": "Title and year of the book.",
        "schema": {"type": "object", "properties": {"title": {"type": "string"}, "year": {"type": "integer"}}},
    },
    "examples": ['get_book(7, language="de")["title"]'],
    "composition": "Take `book_id` from a result of `list_books`.",
    "effects": {"kind": "read"},
}

LIST = {
    "package": "library",
    "name": "list_books",
    "description": "List the books of the library, the newest first.",
    "parameters": [],
    "returns": {
        "description": "The books.",
        "schema": {
            "type": "array",
            "items": {"type": "object", "properties": {"book_id": {"type": "integer"}, "title": {"type": "string"}}},
        },
    },
    "examples": ["list_books()"],
    "composition": "Nothing needs to go before it.",
    "effects": {"kind": "read"},
}


def good(**changes: object) -> ApiDocument:
    return parse_document(GOOD | changes)


def book_list(**changes: object) -> ApiDocument:
    return parse_document(LIST | changes)


def with_parameter(**changes: object) -> ApiDocument:
    """Return the good document with another first parameter."""
    return good(parameters=[GOOD["parameters"][0] | changes, GOOD["parameters"][1]])
