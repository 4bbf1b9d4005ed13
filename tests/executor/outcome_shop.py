"""A shop behind real HTTP whose calls do what they say, or lie, or do more; and what is seen of it after runs."""

import copy
import json
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
from executor_stage import NOW

from taskmatrix.api_platform.callers import FunctionCaller
from taskmatrix.core.api import ApiPackage, api
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import ApiError
from taskmatrix.core.events import EVENT, ApprovalRequested, Event, OutcomeChecked, RoundStarted
from taskmatrix.core.programs import CheckReport, Program
from taskmatrix.executor import Executor, Job
from taskmatrix.executor.outcomes import Before, Observer, Visit, check_outcome, observe
from taskmatrix.policy import DefaultPolicy
from taskmatrix.policy.rules import DEFAULT_RULES, Rule
from taskmatrix.sandbox import MontySandbox
from taskmatrix.store.blobs import FileBlobs

GOODS = {
    "items": [{"id": "tea", "title": "Tea", "left": 3}, {"id": "jam", "title": "Jam", "left": 5}],
    "notes": [],
    "owner": {"name": "Ann", "password": "hunter22"},
}

_url = ""


def _ask(path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(_url + path, data, timeout=30) as answer:
        return json.loads(answer.read())


_TITLE = {
    "read": "read_item",
    "arguments": {"item": {"from": "argument", "path": "item"}},
    "path": "title",
    "equals": {"from": "argument", "path": "title"},
    "says": "The title of {item} is '{title}'",
}


@api(effects="write", ensures=[_TITLE], changes=["items.{item}.title"])
def set_title(item: str, title: str) -> str:
    """Set the title of an item."""
    return _ask("/title", [item, title])


@api(
    effects="destructive",
    ensures=[{"read": "stock", "path": "items.{item}", "absent": True, "says": "{item} is gone"}],
    changes=["items.{item}"],
)
def remove(item: str) -> None:
    """Remove an item."""
    _ask("/remove", item)


@api(
    effects="write",
    ensures=[{"read": "stock", "path": "notes", "contains": {"from": "result"}, "says": "There is a note '{text}'"}],
    changes=["notes"],
)
def add_note(text: str) -> str:
    """Add a note."""
    return _ask("/note", text)


_PASSWORD = {
    "read": "stock",
    "path": "owner.password",
    "equals": {"from": "argument", "path": "password"},
    "says": "The password is {password}",
}


@api(effects="write", changes=["owner.password"], ensures=[_PASSWORD])
def set_password(password: str) -> None:
    """Set the password of the shop."""
    _ask("/password", password)


@api(effects="write")
def tidy() -> None:
    """Tidy up; nobody says what that changes."""
    _ask("/tidy", 0)


@api(effects="write", changes=["items.*.left"])
def fail_after(item: str) -> None:
    """Sell an item, and fail."""
    _ask("/sell", item)
    raise ApiError("the till is broken")


@api(effects="read")
def read_item(item: str) -> dict[str, Any]:
    """Read one item."""
    return next((one for one in _ask("/state")["items"] if one["id"] == item), {})


@api(effects="read")
def stock() -> dict[str, Any]:
    """Read all of the shop."""
    return _ask("/state")


@api(effects="write")
def write_file(context: RunContext, path: str, text: str, kind: str = "text/plain") -> str:
    """Write a file."""
    return str(context.write_output(path, text.encode("latin-1"), kind).path)


PACKAGE = ApiPackage(
    name="shop",
    description="A shop.",
    functions=(set_title, remove, add_note, set_password, tidy, fail_after, read_item, write_file),
    readers=(stock,),
    state="stock",
)


class _Handler(BaseHTTPRequestHandler):
    server: "Any"

    def do_GET(self) -> None:
        self._answer(lambda world: world.read())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(lambda world: world.change(self.path, body))

    def _answer(self, work: Any) -> None:
        data = json.dumps(work(self.server.world)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@dataclass
class World:
    """What the shop holds. Calls of `lies` change nothing, all calls change `extra`; `state` tells something else."""

    goods: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(GOODS))
    lies: set[str] = field(default_factory=set)
    extra: dict[str, Any] = field(default_factory=dict)
    state: Any = None
    asked: int = 0
    hold: threading.Event | None = None

    def read(self) -> Any:
        self.asked += 1
        if self.hold is not None:
            self.hold.wait(30)
        return self.goods if self.state is None else self.state(self)

    def change(self, path: str, body: Any) -> Any:
        items = {one["id"]: one for one in self.goods["items"]}
        if path not in self.lies:
            match path:
                case "/title":
                    items[body[0]]["title"] = body[1]
                case "/remove":
                    self.goods["items"].remove(items[body])
                case "/note":
                    self.goods["notes"].append(body)
                case "/password":
                    self.goods["owner"]["password"] = body
                case "/sell":
                    items[body]["left"] -= 1
                case _:
                    pass
        for key, value in self.extra.items():
            self.goods[key] = value
        return body[1] if path == "/title" else body


@contextmanager
def serving() -> Iterator[World]:
    global _url
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.world = World()  # type: ignore[attr-defined]
    _url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.world  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def never(request: ApprovalRequested) -> str | None:
    return None


@dataclass
class Outcomes:
    """Runs programs and looks at what became of the world, with the journal in a list."""

    directory: Path
    home: Path
    sandbox: MontySandbox
    package: ApiPackage = PACKAGE
    events: list[Event] = field(default_factory=list)
    seconds: float = 20.0
    rules: Sequence[Rule] = ()
    changed: dict[str, ApiDocument] = field(default_factory=dict)
    about: dict[str, object] = field(default_factory=dict)

    @property
    def documents(self) -> dict[str, ApiDocument]:
        return {document.id: document for document in self.package.documents()} | self.changed

    @property
    def observer(self) -> Observer:
        return Observer(
            callers=lambda document: FunctionCaller(self.package.definitions[document.name]),
            blobs=FileBlobs(self.home),
            policy=DefaultPolicy((*self.rules, *DEFAULT_RULES)),
            clock=lambda: NOW,
            find=self.documents.get,
            package=self._about,
            seconds=self.seconds,
        )

    def _about(self, name: str) -> Package | None:
        return self.package.about().model_copy(update=self.about) if name == self.package.name else None

    def record(self, event: Event, *more: Event, durable: bool = True) -> Event:
        first = len(self.events)
        self.events += [each.model_copy(update={"at": NOW}) for each in (event, *more)]
        return self.events[first]

    async def approve(self, request: ApprovalRequested) -> str | None:
        return None

    def observe(self, *apis: str) -> Before:
        report = CheckReport(calls=tuple(f"{self.package.name}.{name}" for name in apis or self._names()))
        return anyio.run(observe, report, self.events, Visit("r1", self.directory), self.observer)

    def _names(self) -> list[str]:
        return [document.name for document in self.package.documents()]

    def run(self, code: str) -> None:
        executor = Executor(
            sandbox=self.sandbox,
            blobs=FileBlobs(self.home),
            policy=DefaultPolicy((*self.rules, *DEFAULT_RULES)),
            callers=self.observer.callers,
            clock=lambda: NOW,
        )
        code = f"from {self.package.name} import {', '.join(self._names())}\n{code}"
        job = Job("r1", Program(code=code), tuple(self.documents.values()), self.directory, assume_yes=True)
        anyio.run(executor.go_on, job, list(self.events), self.record, self.approve)

    def next_round(self, reason: str = "wrong") -> None:
        self.record(RoundStarted(round=2, reason=reason))

    def check(self, before: Before) -> OutcomeChecked:
        """Look at the world after the run, as another process would that has only the journal and the blobs."""
        events = [EVENT.validate_json(EVENT.dump_json(event)) for event in self.events]
        before = Before.model_validate_json(before.model_dump_json())
        return anyio.run(check_outcome, events, before, Visit("r1", self.directory), self.observer)

    def carry_out(self, code: str) -> OutcomeChecked:
        before = self.observe()
        self.run(code)
        return self.check(before)


def facts(checked: OutcomeChecked) -> list[str]:
    """Return the facts as lines."""
    return [f"{fact.state}: {fact.text}" + (f" ({fact.why})" if fact.why else "") for fact in checked.facts]
