"""Before a turn is planned, packages say what is there; they change nothing by it, and no failure is an error."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import anyio
import pytest
from executor_stage import NOW
from pydantic import Field

from taskmatrix.api_platform.callers import FunctionCaller
from taskmatrix.core.api import api, definition_of
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import ApiError
from taskmatrix.core.events import Session, WorldRead
from taskmatrix.executor.dispatch import Dispatcher
from taskmatrix.executor.outcomes import Observer, Visit
from taskmatrix.executor.viewing import LONGEST_WORLD, packages_in_view, read_world
from taskmatrix.policy import DefaultPolicy, Rule
from taskmatrix.policy.redaction import Redactor
from taskmatrix.store.blobs import FileBlobs


@api(package="room", effects="read")
def look(context: RunContext) -> str:
    """Say what is in the room."""
    return "\n".join(map(str, context.state["things"]))  # type: ignore[arg-type]


@api(package="house", effects="read")
def rooms(context: RunContext) -> dict[str, str]:
    """Say which rooms there are."""
    return {"kitchen": "warm"}


@api(package="broken", effects="read")
def fall() -> str:
    """Fail."""
    raise ApiError("the roof is open")


@api(package="bad", effects="read")
def crash() -> str:
    """Fail like a program error."""
    raise ZeroDivisionError


@api(package="slow", effects="read")
async def wait() -> str:
    """Never end."""
    await anyio.sleep_forever()
    return ""


@api(package="vast", effects="read")
def shout() -> str:
    """Say very much."""
    return "x" * 1_000_000


@api(package="sly", effects="read")
def scribble(context: RunContext) -> str:
    """Write, whatever the document says."""
    context.write_output("sly.txt", b"here", "text/plain")
    return "written"


@api(package="picky", effects="read")
def tell(room: str) -> str:
    """Say what is in one room."""
    return room


@api(package="pushy", effects="write")
def push() -> str:
    """Change something."""
    return "pushed"


@api(package="bank", effects="read")
def accounts() -> dict[str, Annotated[str, Field(json_schema_extra={"x-sensitivity": "secret"})]]:
    """Say which accounts there are, with their keys."""
    return {"savings": "SWORDFISH-1", "note": "x" * LONGEST_WORLD}


FUNCTIONS = {
    f"{d.package}.{d.name}": d
    for f in (look, rooms, fall, crash, wait, shout, scribble, tell, push, accounts)
    if (d := definition_of(f)) is not None
}
SESSION = Session(states={"room": {"things": ["a table", "a chair"]}})


def find(name: str) -> ApiDocument | None:
    return FUNCTIONS[name].document(FUNCTIONS[name].package or "") if name in FUNCTIONS else None


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[WorldRead, ...]]:
    def read_all(
        *named: str,
        rules: tuple[Rule, ...] = (),
        session: Session | None = SESSION,
        secrets: tuple[Redactor, ...] = (),
    ) -> tuple[WorldRead, ...]:
        about = {p: Package(name=p, view=v) for p, _, v in (name.partition(".") for name in named)}
        observer = Observer(
            find=find,
            package=lambda name: about.get(name),
            callers=lambda document: FunctionCaller(FUNCTIONS[document.id]),
            blobs=FileBlobs(tmp_path / "home"),
            policy=DefaultPolicy((*rules, Rule("run"))) if rules else DefaultPolicy(),
            clock=lambda: NOW,
            dispatcher=Dispatcher(),
            seconds=0.2,
        )
        return anyio.run(read_world, list(about.values()), session, Visit("r1", tmp_path), observer, secrets)

    return read_all


def test_packages_say_what_is_there_as_their_session_knows_it(read) -> None:
    assert read("room.look", "house.rooms") == (
        WorldRead(package="room", api="room.look", text="a table\na chair"),
        WorldRead(package="house", api="house.rooms", text='{\n "kitchen": "warm"\n}'),
    )


@pytest.mark.parametrize("name", ["broken.fall", "bad.crash", "slow.wait", "picky.tell", "pushy.push", "room.gone"])
def test_a_view_that_fails_hangs_or_is_none_says_nothing_and_keeps_no_other_from_it(read, name: str) -> None:
    assert [seen.api for seen in read(name, "house.rooms")] == ["house.rooms"]


def test_nothing_is_written_by_a_view_whatever_its_document_says(read, tmp_path: Path) -> None:
    assert read("sly.scribble") == ()
    assert not (tmp_path / "sly.txt").exists()


def test_a_view_that_a_rule_asks_about_or_refuses_is_not_called(read) -> None:
    for verdict in ("ask", "refuse"):
        assert read("house.rooms", rules=(Rule(verdict, package="house"),)) == ()


def test_what_is_said_is_bounded_over_all_packages(read) -> None:
    seen = read("house.rooms", "vast.shout", "room.look")
    assert sum(len(one.text) for one in seen) <= LONGEST_WORLD
    assert seen[1].text.endswith("cut here")


def test_secrets_are_taken_out_of_what_is_said_before_anything_is_cut(read) -> None:
    told = Session(states={"room": {"things": ["x" * (LONGEST_WORLD - 20) + "HERRING-22", "a COD-33"]}})
    given = (Redactor(["HERRING-22"]), Redactor(["COD-33"]))
    (seen,) = read("room.look", session=told, secrets=given)
    assert "HERR" not in seen.text and seen.text.endswith("***\na ***")
    (marked,) = read("bank.accounts")
    assert marked.text == '{\n "savings": "***",\n "note": "***"\n}'


def test_looking_changes_no_session(read) -> None:
    before = SESSION.model_copy(deep=True)
    read("room.look")
    assert before == SESSION


def test_a_session_that_does_not_fit_the_package_is_no_error(read) -> None:
    assert read("room.look", session=Session(states={"room": {"$blob": "0" * 64, "preview": ""}})) == ()
    assert read("room.look", session=None) == ()


class _Registry:
    """The packages of the test, of which two have a view."""

    def find(self, api: str) -> ApiDocument | None:
        return find(api)

    def package(self, name: str) -> Package | None:
        views = {"room": "look", "house": "rooms"}
        return Package(name=name, view=views.get(name))


def test_packages_that_hold_something_open_come_first_then_those_called_last() -> None:
    called = ["broken.fall", "house.rooms", "room.look", "gone.gone"]
    found = packages_in_view(Session(states={"room": {}}), called, _Registry())  # type: ignore[arg-type]
    assert [package.name for package in found] == ["room", "house"]
    assert packages_in_view(None, [], _Registry()) == ()  # type: ignore[arg-type]
