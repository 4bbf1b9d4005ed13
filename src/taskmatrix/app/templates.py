"""Templates over the database of a `TaskMatrix`: made of runs, found as APIs, run without a model."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from pydantic import JsonValue

from taskmatrix.app.approvers import leave_waiting, look_away
from taskmatrix.app.conversations import open_conversation
from taskmatrix.app.ordering import Wishes, make_order
from taskmatrix.app.planned import Planned
from taskmatrix.conversation import Given, Order, stream, summarize
from taskmatrix.conversation.templates import (
    ABOUT,
    NO_CHOICES,
    Choices,
    Expanded,
    changed_apis,
    check_template,
    complete,
    document_of,
    documents_of,
    expand,
    instruct,
    make_template,
    missing_apis,
    read_markdown,
    rendered,
    with_versions,
    write_markdown,
)
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiGoneError, ConflictError, UsageError, VerificationError
from taskmatrix.core.events import Event, Run
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Approver
from taskmatrix.core.templates import KIND, KeptTemplate, Template, TemplateReport
from taskmatrix.store import TemplateStore, prepare
from taskmatrix.store.templates import LOCK

if TYPE_CHECKING:
    from taskmatrix.app.wiring import Wiring
    from taskmatrix.conversation import Watch

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes of a template's file."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A template that came from a file, and whether it can be run here."""

    template: Template
    report: TemplateReport


class Templates:
    """Templates of one database. Each that can be run is an API of the package `templates` as well."""

    def __init__(self, tm: "Wiring") -> None:
        self._tm = tm
        self.store = TemplateStore(tm.database)

    def make(self, run_id: str, choices: Choices = NO_CHOICES) -> Template:
        """Make a template of a finished run, check it, and keep it.

        Raises NotFoundError, UsageError for a run that no template can be made of, ConflictError for a name that is
        taken, VerificationError for a program that does not pass its check as a template, ApiGoneError.
        """
        told = summarize(self._tm.history.run(run_id))
        registry = self._tm.registry
        documents = [registry.kept(v.package, v.name, v.digest) for v in told.versions]
        template = with_versions(make_template(told, documents, self._tm.blobs, choices), registry)
        cases = template.model_dump(mode="json")["cases"]
        if self._tm.credentials.redactor().value(cases) != cases:  # a template is shown, and given away
            template = template.model_copy(update={"cases": ()})
        report = self._check(template)
        if not report.runnable:
            wrong = "; ".join([*(f"{api} is not registered" for api in report.missing), *report.findings])
            raise VerificationError(f"the program of run {told.id} is no template: {wrong}")
        self._keep(template, report)
        return template

    def all(self) -> Sequence[KeptTemplate]:
        """Return all templates, by name."""
        return self.store.all()

    def find(self, name: str) -> KeptTemplate:
        """Return a template, also by the name of its API. Raises NotFoundError."""
        return self.store.find(name.removeprefix("templates.").replace("_", "-"))

    def check(self, name: str) -> TemplateReport:
        """Check a template against the APIs as they are now; one that can be run is found as an API from here on.

        Raises NotFoundError.
        """
        template = self.find(name).template
        report = self._check(template)
        self._offer(template, report)
        return report

    async def run(
        self,
        name: str,
        values: Mapping[str, JsonValue],
        *,
        approver: Approver = leave_waiting,
        **wishes: Unpack[Wishes],
    ) -> AsyncIterator[Event]:
        """Run a template, yielding each event of its journal. No model is asked. Raises as `run_sync`."""
        order, conversation = self._order(name, values, wishes), open_conversation(self._tm, Planned())
        with self._tm.locks.hold(order.run_id):
            async with aclosing(stream(partial(conversation.carry_out, order, approver, leave_waiting))) as events:
                async for event in events:
                    yield event

    def run_sync(
        self,
        name: str,
        values: Mapping[str, JsonValue],
        *,
        approver: Approver = leave_waiting,
        watch: "Watch" = look_away,
        **wishes: Unpack[Wishes],
    ) -> Run:
        """Run a template with these values, and return the run. No model is asked.

        Raises NotFoundError, UsageError for values that do not fit, ApiGoneError where an API is not registered.
        """
        order, conversation = self._order(name, values, wishes), open_conversation(self._tm, Planned())
        with self._tm.locks.hold(order.run_id):
            self._tm.in_a_loop(partial(conversation.carry_out, order, approver, leave_waiting, watch))
        return self._tm.journal.run(order.run_id)

    def given(self, name: str, values: Mapping[str, JsonValue]) -> Given:
        """Return a template as a program with its APIs. Raises as `run_sync`."""
        template = self.find(name).template
        registry = self._tm.registry
        complete(template, values)
        missing = missing_apis(template, registry)
        if missing:
            raise ApiGoneError(
                f"the template {template.name!r} cannot be run: {', '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} not registered",
                hint="import the API, then: taskmatrix templates check " + template.name,
            )
        expanded = rendered(template, values, registry, self.template)
        changed = changed_apis(template, registry)
        notes = tuple(f"{api} was changed since the template was made" for api in changed)
        program = expanded.program.model_copy(update={"notes": notes})
        kept = tuple(registry.kept(d.package, d.name, d.digest()) for d in expanded.documents)
        return Given(program, kept)

    def template(self, name: str) -> Template:
        """Return a template by its name. Raises NotFoundError."""
        return self.store.find(name).template

    def expand(self, program: Program, documents: Sequence[ApiDocument]) -> Expanded:
        """Return a program with the templates that it imports in it; never raises for what it holds."""
        return expand(program, documents, self.template, self._tm.registry)

    def remove(self, name: str) -> None:
        """Forget a template, and its API. Raises NotFoundError."""
        name = name.removeprefix("templates.").replace("_", "-")
        with self._tm.database.write(lock=LOCK):
            if not self.store.remove(name):
                self.store.find(name)
            self._withdraw(name)

    def export(self, name: str, path: Path | None = None) -> Path:
        """Write a template as a Markdown file; where `path` is a folder, as NAME/SKILL.md in it. Return the path.

        Raises NotFoundError, UsageError for a file that exists or cannot be written.
        """
        template = self.find(name).template
        path = path or Path.cwd()
        if path.suffix.lower() not in (".md", ".markdown"):
            path = path / template.name / "SKILL.md"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(write_markdown(template))
        except FileExistsError:
            raise UsageError(f"{str(path)!r} exists already", hint="name a new file: nothing is overwritten") from None
        except OSError as error:
            raise UsageError(f"{str(path)!r} cannot be written: {error.strerror}") from error
        return path

    def import_(self, path: Path) -> Imported:
        """Keep the template of a file, or of a folder's SKILL.md, and say whether it can be run here.

        Raises UsageError for a file that cannot be read, ImportRefusedError for one that is no template,
        ConflictError for a name that is taken.
        """
        data, location = _read(path)
        template = with_versions(read_markdown(data, location), self._tm.registry)
        report = self._check(template)
        self._keep(template, report)
        return Imported(template, report)

    def _check(self, template: Template) -> TemplateReport:
        tm, found = self._tm, list[TemplateReport]()

        async def check() -> None:
            found.append(await check_template(template, tm.registry, tm.verifier, tm.sandbox, self.template))

        self._tm.in_a_loop(check)
        return found[0]

    def _keep(self, template: Template, report: TemplateReport) -> None:
        with self._tm.database.write(lock=LOCK):
            self.store.add(template)
            self._offer(template, report)

    def _offer(self, template: Template, report: TemplateReport) -> None:
        """Register a template's API where it can be run, and take it back where it cannot."""
        registry = self._tm.registry
        if not report.runnable:
            self._withdraw(template.name)
            return
        found = registry.get(ABOUT.name, template.function)
        if found is not None and found.source.kind != KIND:
            raise ConflictError(
                f"there is an API {found.id} that is no template", hint="give the template another name"
            )
        document = document_of(template, documents_of(template, registry))
        registry.apply([prepare(document)], about=[ABOUT])

    def _withdraw(self, name: str) -> None:
        registry = self._tm.registry
        found = registry.get(ABOUT.name, name.replace("-", "_"))
        if found is not None and found.source.kind == KIND:
            registry.remove(found.id)

    def _order(self, name: str, values: Mapping[str, JsonValue], wishes: Wishes) -> Order:
        template, given = self.find(name).template, self.given(name, values)
        instruction = instruct(template, complete(template, values))
        order = replace(make_order(self._tm, instruction, wishes), given=given)
        if not order.dry_run:
            self.store.note_use(template.name)
        return order


def _read(path: Path) -> tuple[bytes, str]:
    """Return the bytes of a template's file. Raises UsageError."""
    path = path / "SKILL.md" if path.is_dir() else path
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1), str(path)
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error.strerror}") from error
