from pydantic import JsonValue

from taskmatrix.core.documents import Parameter, Returns
from taskmatrix.core.sensitivity import Mark, marked, marks

NESTED: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"key": {"type": "string", "format": "password"}, "of": {"items": {"x-sensitivity": "private"}}},
}


def test_a_parameter_has_its_marks_at_any_depth() -> None:
    parameter = Parameter(name="options", schema=NESTED)
    assert marks(parameter) == (Mark(("key",), "secret"), Mark(("of", "*"), "private"))
    value: JsonValue = {"key": "swordfish", "of": ["Ann", 7], "user": "bob"}
    assert list(marked(value, marks(parameter))) == ["swordfish"]
    assert list(marked(value, marks(parameter), "private")) == ["Ann", "7"]


def test_what_is_secret_inside_of_something_private_is_marked_too() -> None:
    whole = Returns.model_validate({"schema": NESTED, "x-sensitivity": "private"})
    assert marks(whole)[:2] == (Mark((), "private"), Mark(("key",), "secret"))
    secret = Returns.model_validate({"schema": NESTED, "x-sensitivity": "secret"})
    assert marks(secret) == (Mark((), "secret"),)
