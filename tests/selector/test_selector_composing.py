from memory_catalogue import MemoryCatalogue, make_document

from taskmatrix.core.outlines import Outline, Step
from taskmatrix.selector import ApiSelector
from taskmatrix.selector.composing import outputs

FIND = make_document(
    "shop", "find_customer", "Find a customer by name.", returns={"customer_number": {"type": "string"}}
)


def needing(name: str, parameter: str) -> object:
    described = [{"name": parameter, "description": "", "required": True, "schema": {"type": "string"}}]
    return make_document("shop", name, "Send an invoice.").model_copy(
        update={
            "parameters": make_document("p", "n")
            .model_validate({**FIND.to_json(), "parameters": described})
            .parameters
        }
    )


def test_what_takes_the_result_of_an_earlier_step_comes_first() -> None:
    by_number, by_account = needing("send_invoice_a", "customer_number"), needing("send_invoice_b", "iban")
    for pair in ((by_number, by_account), (by_account, by_number)):
        selector = ApiSelector(MemoryCatalogue([FIND, *pair]), None)
        steps = (Step(text="find the customer called Ada"), Step(text="send an invoice"))
        selection = selector.select(Outline(steps=steps))
        assert selection.steps[1].choices[0].api == "shop.send_invoice_a"


def test_the_fields_of_a_result_are_its_outputs_but_for_names_that_say_nothing() -> None:
    fields = {"orderNumber": {"type": "string"}, "status": {"type": "string"}, "id": {"type": "integer"}}
    assert outputs(make_document("shop", "order", returns=fields)) == {("number", "order")}
    listed = {"schema": {"type": "array", "items": {"type": "object", "properties": fields}}}
    assert outputs(make_document("shop", "orders", returns=listed)) == {("number", "order")}
    assert outputs(make_document("shop", "nothing")) == set()
