from collections.abc import Iterator
from pathlib import Path
from threading import Event as Signal
from typing import Any

import pytest
from executor_stage import Stage
from outcome_shop import PACKAGE, Outcomes, World, facts, serving

from taskmatrix.core.api import ApiPackage
from taskmatrix.core.documents import parse_document
from taskmatrix.core.events import OutcomeChecked
from taskmatrix.executor.outcomes.states import MOST_TOLD
from taskmatrix.packages.powerpoint import package as powerpoint
from taskmatrix.policy.rules import Rule
from taskmatrix.sandbox import MontySandbox

NOTHING_ELSE = "verified: Nothing else changed in shop"


@pytest.fixture
def world() -> Iterator[World]:
    with serving() as world:
        yield world


@pytest.fixture
def shop(stage: Stage, sandbox: MontySandbox) -> Outcomes:
    return Outcomes(stage.directory, stage.home, sandbox)


def test_what_a_call_did_is_read_again_and_said_in_words(shop: Outcomes, world: World) -> None:
    checked = shop.carry_out("set_title('tea', 'Green tea')\nremove('jam')")
    assert facts(checked) == ["verified: The title of tea is 'Green tea'", "verified: jam is gone", NOTHING_ELSE]
    assert [(fact.call, fact.api) for fact in checked.facts[:2]] == [(1, "shop.set_title"), (2, "shop.remove")]
    assert checked.ok
    assert not checked.beyond


def test_an_api_that_says_done_and_changes_nothing_is_found_out(shop: Outcomes, world: World) -> None:
    world.lies = {"/title", "/remove", "/note"}
    checked = shop.carry_out("set_title('tea', 'Green tea')\nremove('jam')\nadd_note('hello')")
    assert facts(checked) == [
        "false: The title of tea is 'Green tea' (found was 'Tea')",
        "false: jam is gone (it is there)",
        "false: There is a note 'hello' (found was [])",
        NOTHING_ELSE,
    ]
    assert not checked.ok


def test_what_changed_beyond_the_calls_is_told(shop: Outcomes, world: World) -> None:
    world.extra = {"items": [{"id": "tea", "title": "Green tea", "left": 2}], "discount": 50}
    checked = shop.carry_out("set_title('tea', 'Green tea')")
    assert facts(checked) == ["verified: The title of tea is 'Green tea'"]
    assert checked.beyond == (
        "shop: items.tea.left: 3 → 2",
        'shop: items.jam: removed, it was {"id": "jam", "title": "Jam", "left": 5}',
        "shop: discount: added 50",
    )
    assert not checked.ok


def test_many_changes_beyond_the_calls_are_counted(shop: Outcomes, world: World) -> None:
    world.extra = {f"key{number}": number for number in range(MOST_TOLD + 5)}
    checked = shop.carry_out("set_title('tea', 'Green tea')")
    assert len(checked.beyond) == MOST_TOLD + 1
    assert checked.beyond[-1] == "and 5 more"


def test_of_calls_that_set_the_same_thing_the_last_one_counts(shop: Outcomes, world: World) -> None:
    checked = shop.carry_out("set_title('tea', 'A')\nset_title('jam', 'C')\nset_title('tea', 'B')")
    assert facts(checked) == [
        "verified: The title of jam is 'C'",
        "verified: The title of tea is 'B'",
        NOTHING_ELSE,
    ]


def test_what_a_later_call_may_change_is_no_fact_of_an_earlier_one(shop: Outcomes, world: World) -> None:
    checked = shop.carry_out("set_title('tea', 'A')\nremove('tea')")
    assert facts(checked) == ["verified: tea is gone", NOTHING_ELSE]


def test_what_a_later_call_cannot_have_changed_is_still_false(shop: Outcomes, world: World) -> None:
    world.lies = {"/title"}
    checked = shop.carry_out("set_title('tea', 'A')\nremove('jam')\nadd_note('x')")
    assert facts(checked)[0] == "false: The title of tea is 'A' (found was 'Tea')"


def test_a_call_that_does_not_say_what_it_changes_leaves_doubt(shop: Outcomes, world: World) -> None:
    world.lies = {"/title"}
    checked = shop.carry_out("set_title('tea', 'A')\nset_title('jam', 'Jam')\ntidy()")
    assert facts(checked) == [
        "unverified: The title of tea is 'A' (call 3, shop.tidy, may have changed it since)",
        "verified: The title of jam is 'Jam'",
        "unverified: Nothing else changed in shop (shop.tidy does not say what it changes)",
    ]
    assert checked.ok


def test_calls_that_add_to_the_same_thing_are_each_looked_up(shop: Outcomes, world: World) -> None:
    world.lies = {"/note"}
    before = shop.observe()
    shop.run("add_note('one')\nadd_note('two')")
    world.goods["notes"] = ["two"]
    assert facts(shop.check(before)) == [
        "false: There is a note 'one' (found was [\"two\"])",
        "verified: There is a note 'two'",
        NOTHING_ELSE,
    ]


def test_refused_calls_are_not_looked_up_and_what_failed_ones_left_behind_is_told(
    shop: Outcomes, world: World
) -> None:
    shop.rules = (Rule("refuse", "nothing is removed", api="shop.remove"),)
    caught = "try:\n    {}\nexcept RuntimeError:\n    pass\n"
    checked = shop.carry_out(caught.format("remove('jam')") + caught.format("fail_after('tea')"))
    assert facts(checked) == []
    assert checked.beyond == ("shop: items.tea.left: 3 → 2",)


def test_where_calls_were_only_refused_nothing_is_compared(shop: Outcomes, world: World) -> None:
    shop.rules = (Rule("refuse", "nothing is removed", api="shop.remove"),)
    world.state = lambda world: world.goods | {"clock": world.asked}
    checked = shop.carry_out("try:\n    remove('jam')\nexcept RuntimeError:\n    pass\n")
    assert (facts(checked), checked.beyond) == ([], ())


def test_what_a_failed_call_left_behind_is_beyond_what_the_others_do(shop: Outcomes, world: World) -> None:
    checked = shop.carry_out("try:\n    fail_after('tea')\nexcept RuntimeError:\n    pass\nset_title('jam', 'J')")
    assert checked.beyond == ("shop: items.tea.left: 3 → 2",)


def test_a_call_of_an_earlier_round_that_did_nothing_is_found_out(shop: Outcomes, world: World) -> None:
    world.lies = {"/title"}
    before = shop.observe()
    shop.run("set_title('tea', 'A')\nset_title('jam', 'B')\nadd_note('one')\n1 / 0")
    shop.next_round()
    world.lies = set()
    shop.run("add_note('two')\nset_title('jam', 'C')")
    assert facts(shop.check(before)) == [
        "false: The title of tea is 'A' (found was 'Tea')",
        "verified: There is a note 'one'",
        "verified: There is a note 'two'",
        "verified: The title of jam is 'C'",
        NOTHING_ELSE,
    ]


def test_what_a_failed_call_left_behind_is_told_after_a_round_that_only_reads(shop: Outcomes, world: World) -> None:
    before = shop.observe()
    shop.run("fail_after('tea')")
    shop.next_round()
    shop.run("read_item('tea')")
    assert shop.check(before).beyond == ("shop: items.tea.left: 3 → 2",)


def test_long_names_in_paths_are_cut(shop: Outcomes, world: World) -> None:
    world.extra = {"k" * 100_000: "v"}
    checked = shop.carry_out("set_title('tea', 'A')")
    assert checked.beyond == (f"shop: {'k' * 239}…: added 'v'",)


def test_another_round_may_do_otherwise_what_was_false_and_all_that_changed_is_judged(
    shop: Outcomes, world: World
) -> None:
    world.lies = {"/title"}
    world.extra = {"discount": 50}
    before = shop.observe()
    shop.run("set_title('tea', 'A')")
    checked = shop.check(before)
    assert facts(checked) == ["false: The title of tea is 'A' (found was 'Tea')"]
    shop.record(checked)
    assert shop.check(before).facts == checked.facts  # only another round makes it something that was answered
    shop.next_round()
    world.lies, world.extra = set(), {}
    before = before | shop.observe()
    shop.run("set_title('jam', 'B')")
    checked = shop.check(before)
    assert facts(checked) == [
        "unverified: The title of tea is 'A' (found was 'Tea'; another round was planned from that)",
        "verified: The title of jam is 'B'",
    ]
    assert checked.beyond == ("shop: discount: added 50",)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (lambda world: 1 / 0, "shop.stock failed"),
        (lambda world: "x" * 50_000_000, "shop.stock gave more than can be compared"),
    ],
)
def test_a_state_that_cannot_be_read_is_unverified_and_breaks_nothing(
    shop: Outcomes, world: World, state: Any, why: str
) -> None:
    world.state = state
    before = shop.observe()
    world.state = None
    shop.run("set_title('tea', 'A')")
    told = facts(shop.check(before))
    assert told[0] == "verified: The title of tea is 'A'"
    assert told[1].startswith(f"unverified: Nothing else changed in shop ({why}")


def test_a_state_that_never_comes_is_given_up(shop: Outcomes, world: World) -> None:
    world.hold = Signal()
    shop.seconds = 0.2
    before = shop.observe()
    world.hold.set()
    assert before.unread == {"shop": "shop.stock did not answer within 0.2 seconds"}
    shop.seconds = 20
    shop.run("set_title('tea', 'A')")
    assert facts(shop.check(before)) == [
        "verified: The title of tea is 'A'",
        "unverified: Nothing else changed in shop (shop.stock did not answer within 0.2 seconds)",
    ]


def test_what_changes_by_itself_is_named_by_the_package(shop: Outcomes, world: World) -> None:
    world.state = lambda world: world.goods | {"clock": world.asked}
    assert shop.carry_out("set_title('tea', 'A')").beyond == ("shop: clock: 1 → 2",)
    shop.about, shop.events = {"volatile": ("clock",)}, []
    assert facts(shop.carry_out("set_title('tea', 'B')"))[-1] == NOTHING_ELSE


def test_secrets_are_in_no_fact_and_in_no_change(shop: Outcomes, world: World) -> None:
    shape: Any = {"type": "string", "format": "password"}
    plain = shop.documents["shop.set_password"].to_json()
    plain["parameters"][0]["schema"] = shape
    shop.changed = {"shop.set_password": parse_document(plain)}
    world.lies, world.extra = {"/password"}, {"copy": "swordfish1", "old": "hunter22 and swordfish1"}
    reader = PACKAGE.about().readers[0]
    marked = reader.to_json() | {
        "returns": {"schema": {"properties": {"owner": {"properties": {"password": {"writeOnly": True}}}}}}
    }
    shop.about = {"readers": (parse_document(marked),)}
    checked = shop.carry_out("set_password('swordfish1')")
    assert facts(checked) == ["false: The password is *** (found was '***')"]
    assert checked.beyond == ("shop: copy: added '***'", "shop: old: added '*** and ***'")


def test_a_secret_is_not_given_to_an_api_that_only_looks(shop: Outcomes, world: World) -> None:
    plain = shop.documents["shop.set_title"].to_json()
    plain["parameters"][0]["schema"] = {"type": "string", "format": "password"}
    shop.changed = {"shop.set_title": parse_document(plain)}
    checked = shop.carry_out("set_title('tea', 'A')")
    assert facts(checked)[0] == (
        "unverified: The title of *** is 'A' (shop.read_item would be told a secret, as 'item')"
    )


def test_what_only_looks_must_be_an_api_of_the_package_that_reads_for_nothing(shop: Outcomes, world: World) -> None:
    def with_read(**changes: object) -> list[str]:
        other = shop.documents["shop.set_title"]
        ensured = other.ensures[0].model_copy(update=changes)
        shop.changed["shop.set_title"] = other.model_copy(update={"ensures": (ensured,)})
        shop.events = []
        return facts(shop.carry_out("set_title('tea', 'A')"))[:1]

    says = "unverified: The title of tea is 'A' "
    assert with_read(read="nowhere") == [says + "(there is no API 'nowhere' in 'shop')"]
    assert with_read(read="math.calculate") == [says + "(there is no API 'math.calculate' in 'shop')"]
    assert with_read(read="remove") == [says + "(shop.remove does not only read)"]
    shop.rules = (Rule("ask", "ask me", api="shop.read_item"),)
    assert with_read(read="read_item") == [says + "(shop.read_item may not be called unasked)"]
    shop.rules = ()
    dear = shop.documents["shop.read_item"].to_json() | {"limits": {"cost": {"amount": 1, "currency": "USD"}}}
    shop.changed["shop.read_item"] = parse_document(dear)
    assert with_read(read="read_item") == [says + "(shop.read_item costs money)"]


def test_a_program_that_only_reads_has_its_packages_left_alone(shop: Outcomes, world: World) -> None:
    assert shop.observe("read_item").states == {}
    assert world.asked == 0


def test_files_are_read_again(shop: Outcomes, world: World) -> None:
    shop.about = {"state": None}
    before = shop.observe()
    shop.run(
        "write_file('a.txt', 'hello')\nwrite_file('b.txt', '\\xff')\n"
        "write_file('c.json', '{\"a\": 1}', 'application/json')\n"
        "write_file('d.json', '{', 'application/json')\nwrite_file('e.zip', 'PK', 'application/zip')\n"
        "write_file('f.png', 'no', 'image/png')\nwrite_file('g.txt', 'x')\nwrite_file('h.txt', 'x')"
    )
    (shop.directory / "g.txt").unlink()
    (shop.directory / "h.txt").write_text("y")
    told = facts(shop.check(before))
    assert told[0] == "verified: a.txt is as it was written: text, 5 bytes"
    assert told[1] == "false: b.txt is as it was written (it is no text in UTF-8: invalid start byte at byte 0)"
    assert told[2] == "verified: c.json is as it was written: JSON data, 8 bytes"
    assert told[3].startswith("false: d.json is as it was written (it is no JSON: ")
    assert told[4] == "false: e.zip is as it was written (it cannot be opened: File is not a zip file)"
    assert told[5] == "false: f.png is as it was written (it is no image/png)"
    assert told[6:] == [
        "false: g.txt is as it was written (it is not there)",
        "false: h.txt is as it was written (it was changed since)",
    ]


@pytest.fixture
def deck(stage: Stage, sandbox: MontySandbox) -> Outcomes:
    return Outcomes(stage.directory, stage.home, sandbox, package=powerpoint)


def slides(number: int, path: str = "deck.pptx") -> str:
    fill = "select_title()\n    insert_text('Slide ' + str(n))\n    select_content()\n    insert_text('One\\nTwo')"
    return f"new_presentation('{path}', title='Report')\nfor n in range({number}):\n    create_slide()\n    {fill}\n"


def summary(checked: OutcomeChecked) -> set[tuple[str, str]]:
    return {(fact.state, fact.text.partition(":")[0]) for fact in checked.facts}


def test_a_deck_that_was_made_is_verified_down_to_its_file(deck: Outcomes) -> None:
    checked = deck.carry_out(
        slides(2) + "insert_note('Smile')\nset_background_color('light blue')\nsave_presentation()"
    )
    told = facts(checked)
    assert checked.beyond == ()
    assert {fact.state for fact in checked.facts} == {"verified"}
    assert "verified: Slides in the presentation: 3" in told
    assert "verified: The title of slide 2 says 'Slide 0'" in told
    assert "verified: The content of slide 3 says 'One\nTwo'" in told
    assert "verified: The notes of slide 3 say 'Smile'" in told
    assert "verified: Slides with a background of light blue: 1 or more" in told
    assert f"verified: {deck.directory / 'deck.pptx'}, read again, holds the presentation" in told
    assert told[-2] == "verified: Nothing else changed in powerpoint"
    assert told[-1].startswith("verified: deck.pptx is as it was written: PowerPoint presentation, ")


def test_every_editing_api_of_the_deck_says_truly_what_it_changes(deck: Outcomes, picture: str) -> None:
    deck.run(slides(4) + "save_presentation()")
    deck.events.clear()
    checked = deck.carry_out(
        f"open_presentation('deck.pptx')\nmove_to_slide(2)\nselect_title()\ndelete_text()\ninsert_text('New')\n"
        f"set_text_style(bold=True, size=12)\ninsert_picture('{picture}')\nmove_picture('top right')\n"
        "resize_picture(size_factor=0.5)\nmove_to_slide(3)\ninsert_table([['a', 'b'], ['c', 'd']])\n"
        "insert_note('Smile')\nsave_presentation('other.pptx')\nopen_presentation('deck.pptx')\nmove_to_slide(4)\n"
        "set_background_color('red')\nreplace_text('Slide', 'Page')\ndelete_slide(2)\nsave_presentation()"
    )
    assert checked.beyond == ()
    assert {fact.state for fact in checked.facts} == {"verified"}
    assert "verified: Nothing else changed in powerpoint" in facts(checked)


def test_what_changes_on_another_slide_is_beyond_the_request(deck: Outcomes) -> None:
    deck.run(slides(3) + "save_presentation()")
    deck.events.clear()
    wrong = powerpoint.definitions["move_to_slide"].document("powerpoint")
    # An API that says it does less than it does: the title of another slide is emptied behind its name.
    quiet = powerpoint.definitions["delete_text"].document("powerpoint").to_json()
    quiet["changes"] = ["saved"]
    deck.changed = {"powerpoint.delete_text": parse_document(quiet), wrong.id: wrong}
    checked = deck.carry_out(
        "open_presentation('deck.pptx')\nmove_to_slide(2)\nselect_title()\ndelete_text()\nmove_to_slide(3)\n"
        "select_title()\ninsert_text('More')\nsave_presentation()"
    )
    assert checked.beyond[0] == "powerpoint: slides.2.title: 'Slide 0' → ''"
    assert all(line.startswith("powerpoint: slides.2.") for line in checked.beyond)


def test_a_file_that_lost_the_deck_is_found_out(deck: Outcomes) -> None:
    before = deck.observe()
    deck.run(slides(1) + "save_presentation()")
    (deck.directory / "deck.pptx").write_bytes(b"gone")
    told = facts(deck.check(before))
    assert "false: deck.pptx is as it was written (it was changed since)" in told
    assert any(line.startswith("unverified") and "holds the presentation" in line for line in told)


@pytest.fixture
def picture(stage: Stage) -> str:
    from PIL import Image

    Image.new("RGB", (30, 20), "navy").save(stage.directory / "logo.png")
    return "logo.png"


def test_a_package_says_who_reads_it_and_such_readers_are_on_no_offer() -> None:
    about = powerpoint.about()
    assert (about.view, about.state) == ("read_view", "read_state")
    assert about.reader("read_state") == about.reader("powerpoint.read_state") != None  # noqa: E711
    assert not {"read_state", "has_background"} & {document.name for document in powerpoint.documents()}
    assert isinstance(powerpoint, ApiPackage)


def test_nothing_is_written_by_looking(shop: Outcomes, world: World, tmp_path: Path) -> None:
    writes = shop.documents["shop.write_file"].model_copy(
        update={"effects": shop.documents["shop.read_item"].effects, "parameters": ()}
    )
    shop.changed = {"shop.write_file": writes}
    shop.about = {"state": "write_file"}
    before = shop.observe()
    assert list(before.unread) == ["shop"]
    assert list(shop.directory.iterdir()) == []
