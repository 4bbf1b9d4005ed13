from pathlib import Path

from taskmatrix import TaskMatrix
from taskmatrix.conversation.shortlist import MOST_PACKAGES, shortlist_packages, with_small_registry
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.protocols import Call, Context, Turn
from taskmatrix.store import DemandStore

PLACES = "harbour bakery museum orchard station library stadium theatre".split()


def names(tm: TaskMatrix, instruction: str, *turns: Turn) -> list[str]:
    return [p.name for p in shortlist_packages(instruction, Context(turns=turns), tm.selector, tm.registry)]


def register(tm: TaskMatrix, count: int) -> None:
    tm.registry.register_many(
        ApiDocument(
            package=f"{PLACES[n % len(PLACES)]} {n}",
            name="open",
            description=f"Open the {PLACES[n % len(PLACES)]} number {n}.",
            parameters=(),
        )
        for n in range(count)
    )


def test_packages_that_the_instruction_is_about_come_first_and_no_more_than_fit(tmp_path: Path) -> None:
    with TaskMatrix(tmp_path, model="embedded") as tm:
        register(tm, 400)
        found = names(tm, "open the bakery number 9")
        assert found[0] == "bakery 9"
        assert len(found) <= MOST_PACKAGES


def test_packages_called_lately_are_told_whatever_the_instruction_says(tmp_path: Path) -> None:
    with TaskMatrix(tmp_path, model="embedded") as tm:
        register(tm, 400)
        turn = Turn("user", "open it", (Call("museum 2.open"), Call("gone.open")))
        assert names(tm, "close it again", turn)[0] == "museum 2"


def test_a_small_registry_is_told_whole_whatever_is_found(tmp_path: Path) -> None:
    with TaskMatrix(tmp_path, model="embedded") as tm:
        assert "powerpoint" in names(tm, "zzyzx qwrty")
        register(tm, 400)
        assert len(names(tm, "zzyzx qwrty")) <= MOST_PACKAGES


def test_looking_for_packages_leaves_no_wish_for_an_api(tmp_path: Path) -> None:
    with TaskMatrix(tmp_path, model="embedded") as tm:
        names(tm, "zzyzx qwrty")
        tm.selector.close()
        assert DemandStore(tm.database).count() == 0


def test_a_small_registry_is_offered_whole_behind_what_was_found_and_a_large_one_is_not(tmp_path: Path) -> None:
    with TaskMatrix(tmp_path, model="embedded") as tm:
        outline = Outline(steps=(Step(text="Set the background colour of a slide"),))
        found = tm.selector.select(outline)
        offered = with_small_registry(found, tm.registry).documents
        assert offered[: len(found.documents)] == found.documents
        assert {d.id for d in offered} == {d.id for d in tm.registry.documents()}
        register(tm, 400)
        assert with_small_registry(found, tm.registry) is found
