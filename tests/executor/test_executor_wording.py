from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, Parameter
from taskmatrix.executor.outcomes.coverage import Filling
from taskmatrix.executor.outcomes.deeds import Deed
from taskmatrix.executor.outcomes.wording import Wording, secrets_of


def test_a_secret_inside_of_an_argument_is_known() -> None:
    nested: dict[str, JsonValue] = {"properties": {"key": {"type": "string", "writeOnly": True}}}
    parameters = (Parameter(name="options", schema=nested),)
    document = ApiDocument(package="vault", name="log_in", description="Log in.", parameters=parameters)
    arguments: dict[str, JsonValue] = {"options": {"user": "bob", "key": "swordfish"}}
    deed = Deed(number=1, document=document, arguments=arguments, earlier={}, undoing=False)
    assert list(secrets_of([deed], lambda value: value)) == ["swordfish"]


def test_what_nobody_knows_is_said_in_words_and_what_is_known_by_its_value() -> None:
    says = "The {session.selection.box} of slide {session.slide} says '{text}' as {result.order_id}, {other}"
    known = Filling({"text": "Hi"}, {"order_id": 7}, {"slide": 3, "selection": None})
    assert Wording(()).sentence(says, known) == ("The <current selection box> of slide 3 says 'Hi' as 7, <other>")
    assert Wording(()).sentence("{result.order_id} is there", Filling({})) == "<order id of the result> is there"
