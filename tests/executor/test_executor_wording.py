from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, Parameter
from taskmatrix.executor.outcomes.deeds import Deed
from taskmatrix.executor.outcomes.wording import secrets_of


def test_a_secret_inside_of_an_argument_is_known() -> None:
    nested: dict[str, JsonValue] = {"properties": {"key": {"type": "string", "writeOnly": True}}}
    parameters = (Parameter(name="options", schema=nested),)
    document = ApiDocument(package="vault", name="log_in", description="Log in.", parameters=parameters)
    arguments: dict[str, JsonValue] = {"options": {"user": "bob", "key": "swordfish"}}
    deed = Deed(number=1, document=document, arguments=arguments, earlier={}, undoing=False)
    assert list(secrets_of([deed], lambda value: value)) == ["swordfish"]
