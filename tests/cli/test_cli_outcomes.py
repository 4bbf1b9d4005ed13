import io

from rich.console import Console

from taskmatrix.cli.outcomes import outcome, promises, views
from taskmatrix.core.events import Fact, OutcomeChecked
from taskmatrix.packages.powerpoint import package


def shown(event: OutcomeChecked) -> list[str]:
    out = io.StringIO()
    rendered = outcome(event)
    assert rendered is not None
    Console(file=out, width=120).print(rendered)
    return out.getvalue().splitlines()


def test_what_is_wrong_comes_first_and_what_changed_beyond_the_request_last() -> None:
    event = OutcomeChecked(
        facts=(
            Fact(text="The title is 'A'", state="verified"),
            Fact(text="jam is gone", state="false", why="it is there"),
            Fact(text="Nothing else changed in shop", state="unverified", why="shop.stock failed: \x1b[31mno"),
        ),
        beyond=("shop: discount: added 50",),
    )
    lines = shown(event)
    assert "Outcome" in "".join(lines)
    assert lines[-5:] == [
        "  ✗ jam is gone: it is there",
        "  ? Nothing else changed in shop: shop.stock failed: \\x1b[31mno",
        "  ✓ The title is 'A'",
        "  Changed beyond the request:",
        "    shop: discount: added 50",
    ]


def test_many_verified_facts_are_counted() -> None:
    facts = tuple(Fact(text=f"Fact {number}", state="verified") for number in range(20))
    lines = shown(OutcomeChecked(facts=facts))
    assert lines[-1] == "    and 8 more verified"
    assert "20 verified" in "".join(lines)


def test_where_there_is_nothing_to_tell_nothing_is_shown() -> None:
    assert outcome(OutcomeChecked()) is None


def test_a_document_tells_what_is_so_after_a_call() -> None:
    (created,) = [document for document in package.documents() if document.name == "create_slide"]
    assert list(promises(created)) == [
        "# ensures: Slides in the presentation: <result>",
        "# changes: slides.<result>, saved",
    ]
    assert list(views(package.about())) == ["# view: read_view; state: read_state"]
