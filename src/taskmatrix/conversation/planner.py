"""Steps 1 to 4: outline, APIs, program, check. Each is an event in the journal before the next one starts."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import anyio.to_thread

from taskmatrix.conversation import endings
from taskmatrix.conversation.coverage import steps_left_out
from taskmatrix.conversation.happened import astray, plan_of, with_origins
from taskmatrix.conversation.intent import intended
from taskmatrix.conversation.offering import nothing_found, pinned, recalled, widen, with_known
from taskmatrix.conversation.parts import Given, Memory, Order, Parts
from taskmatrix.conversation.planning import Planning
from taskmatrix.conversation.rounds import NoOtherWayError
from taskmatrix.conversation.session import called_before
from taskmatrix.conversation.shortlist import OFFERED, shortlist_packages, with_small_registry
from taskmatrix.conversation.versions import versions_called, versions_offered
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import ModelError, NeedsInputError, NothingFitsError
from taskmatrix.core.events import ApisSelected, ModelReplied, ModelWriting, ProgramChecked, ProgramWritten
from taskmatrix.core.happenings import Happening
from taskmatrix.core.outlines import Outline
from taskmatrix.core.programs import CheckReport, Finding, Plan, Program
from taskmatrix.core.protocols import Context, Record, Request, Selection, Summarizes
from taskmatrix.executor import find_irreversible

_logger = logging.getLogger(__name__)

REPAIRS = 2
"""How often a program that did not pass its check goes back to its writer."""


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans one run, writing each step down with `record`."""

    parts: Parts
    record: Record

    async def plan(self, planning: Planning) -> Given | str | None:
        """Return the checked program, or the answer where nothing is to be done; None where a question waits."""
        while True:
            try:
                return await self._once(planning)
            except NeedsInputError as error:
                if not await planning.ask(error, self.record):
                    return None

    async def check(self, given: Given, event: Happening | None = None) -> Given:
        """Step 4 alone: the program is there, with the values of an event in it. Raises VerificationError."""
        if given.versions:
            kept = [self.parts.registry.kept(v.package, v.name, v.digest) for v in given.versions]
            given = replace(given, documents=(*given.documents, *kept))
        program, documents, _, wrong = self._expand(given.program, given.documents, Plan())
        if program != given.program:
            given = replace(given, program=program, documents=documents)
            self.record(ProgramWritten(program=program, versions=versions_offered(documents)))
        plan = plan_of(given.program, event)
        check = partial(self.parts.verifier.check, given.program.code, given.documents, plan)
        report = await anyio.to_thread.run_sync(check)
        wrong = (*wrong, *astray(report.files, event))
        report = report.model_copy(update={"findings": (*wrong, *report.findings)}) if wrong else report
        # Nothing follows outside but calls, and sending one that counts is waited for: checked again where it is lost.
        self.record(self._checked(given.program, report, given.documents), durable=False)
        if not report.ok:
            raise endings.not_passed(report, 1, given=True)
        return replace(given, program=given.program.on(report.backend), report=report)

    async def _once(self, planning: Planning) -> Given | str:
        """Plan until something is to be asked; an outline and APIs that are known already are kept."""
        planning.check_ready()
        request = await self._request(planning)
        outline = planning.outline or await self._outline(planning, request)
        if outline.answer and not outline.steps:
            return outline.answer
        planning.check_outline()
        request = replace(request, outline=outline)
        known = [*pinned(planning.order.pinned, self.parts.registry), *recalled(request, self.parts)]
        selection = planning.selection or await self._select(request, outline, known)
        planning.selection = selection
        used = self.parts.memory.used(selection.documents) if self.parts.memory and self.parts.judges_steps else ()
        packages = self._packages(selection.documents)
        request = replace(request, documents=selection.documents, packages=packages, used=used)
        given = await self._write_with(request, _Basis(selection, outline, known, self._before(planning)))
        left_out = () if self.parts.judges_steps else steps_left_out(selection, given.program)
        if left_out:
            raise endings.nothing_fits(selection, left_out, chat_model=False)
        return given

    async def _request(self, planning: Planning) -> Request:
        order = planning.order
        if planning.context is None:
            planning.context = await self._context(planning)
        return Request(
            order.instruction,
            planning.context,
            answers=planning.answers,
            learned=planning.learned,
        )

    async def _context(self, planning: Planning) -> Context:
        """Gather what the instruction may refer to. The world is read once, before anything is planned."""
        order, memory = planning.order, self.parts.memory
        if memory is None:
            return Context(now=order.now, event=order.event)
        await self._summarize(order, memory)
        remembered = await anyio.to_thread.run_sync(memory.context, order)
        if not planning.world and planning.outline is None and planning.round == 1:
            for read in await memory.look(order, remembered):
                planning.world.append(read)
                self.record(read)
        world = "\n\n".join(f"{read.package}:\n{read.text}" for read in planning.world)
        return replace(remembered, world=world, now=order.now, event=order.event)

    async def _summarize(self, order: Order, memory: Memory) -> None:
        """Have a chat model say what turns were about that have left the context; without one, lines do."""
        compacted, mcfm = order.compacted, self.parts.mcfm
        if compacted is None or not isinstance(mcfm, Summarizes):
            return
        try:
            text = await mcfm.summarize(compacted.turns, compacted.before, self._listen)
        except ModelError as error:
            _logger.info("the turns before stay summarized line by line: %s", error)
            return
        memory.keep_summary(order.conversation, text, compacted.reaches)

    async def _outline(self, planning: Planning, request: Request) -> Outline:
        revising = replace(request, outline=planning.present, edit=planning.edit)
        if self.parts.judges_steps:
            find = partial(shortlist_packages, request.instruction, request.context)
            packages = await anyio.to_thread.run_sync(find, self.parts.selector, self.parts.registry)
            revising = replace(revising, packages=packages)
        outline = await self.parts.mcfm.outline(revising, self._listen)
        if planning.present is not None and planning.learned and not planning.edit:
            if outline.steps == planning.present.steps:
                raise NoOtherWayError(planning.learned, hint="say how else it could be done, or add an API that can")
            outline = outline.model_copy(update={"by": "system", "reason": outline.reason or planning.learned})
        elif planning.edit:
            outline = outline.model_copy(update={"by": "user", "reason": planning.edit})
        planning.propose(outline, self.record)
        return outline

    async def _select(self, request: Request, outline: Outline, known: Sequence[ApiDocument]) -> Selection:
        limit = OFFERED if self.parts.judges_steps else 24
        search = partial(self.parts.selector.select, outline, instruction=request.asked, limit=limit)
        selection = await anyio.to_thread.run_sync(search)
        self.record(ApisSelected(steps=selection.steps))
        offered = selection
        if not known:
            more = partial(widen, selection, self.parts.registry, at_home=not self.parts.judges_steps)
            offered = await anyio.to_thread.run_sync(more)
            if not offered.documents:
                raise endings.nothing_fits(selection, selection.unmet, chat_model=self.parts.judges_steps)
        if self.parts.judges_steps:
            offered = await anyio.to_thread.run_sync(with_small_registry, offered, self.parts.registry)
        return with_known(offered, known) if known else offered

    async def _write_with(self, request: Request, basis: "_Basis") -> Given:
        """Write the program; where selector and model both find nothing, the steps and what is nearest are told."""
        try:
            return await self._write(request, basis)
        except NothingFitsError as error:
            selection = basis.selection
            if not nothing_found(selection):
                raise
            if self.parts.judges_steps:
                raise NothingFitsError(error.message, nearest=selection.nearest, hint=error.hint) from error
            raise endings.nothing_fits(selection, selection.unmet, chat_model=False) from error

    async def _write(self, request: Request, basis: "_Basis") -> Given:
        """Write the program, and give it back with the findings until it passes or the repairs are used up."""
        attempt = 1
        while True:
            program = with_origins(await self.parts.mcfm.write(request, self._listen), request.context.event)
            plan = basis.plan(request, program)
            program, documents, plan, wrong = self._expand(program, request.documents, plan)
            self.record(ProgramWritten(program=program, attempt=attempt))
            check = partial(self.parts.verifier.check, program.code, documents, plan)
            report = await anyio.to_thread.run_sync(check)
            wrong = (*wrong, *astray(report.files, request.context.event))
            report = report.model_copy(update={"findings": (*wrong, *report.findings)}) if wrong else report
            self.record(self._checked(program, report, documents, attempt))
            if report.ok:
                return Given(program.on(report.backend), documents, report=report)
            unchanged = request.previous is not None and request.previous.code == program.code
            if unchanged or attempt > REPAIRS:
                raise endings.not_passed(report, attempt)
            request = replace(request, previous=program, findings=report.findings)
            attempt += 1

    def _before(self, planning: Planning) -> tuple[str, ...]:
        """Return the APIs that were called by earlier turns and rounds: their rules of order are kept already."""
        if planning.round == 1 and planning.order.session is None:
            return ()
        return called_before(self.parts.journal.run(planning.order.run_id).events)

    def _expand(
        self, program: Program, documents: tuple[ApiDocument, ...], plan: Plan
    ) -> tuple[Program, tuple[ApiDocument, ...], Plan, tuple[Finding, ...]]:
        """Put the templates that a program calls into it; return what is wrong with them, too."""
        if self.parts.expand is None:
            return program, documents, plan, ()
        expanded = self.parts.expand(program, documents)
        return expanded.program, expanded.documents, expanded.plan(plan), expanded.findings

    def _checked(
        self, program: Program, report: CheckReport, documents: Sequence[ApiDocument], attempt: int = 1
    ) -> ProgramChecked:
        sandboxes = {package.name: package.sandbox for package in self._packages(documents)}
        return ProgramChecked(
            report=report,
            attempt=attempt,
            versions=versions_called(program, report, documents),
            irreversible=find_irreversible(report, documents, self.parts.registry.find, sandboxes),
        )

    def _packages(self, documents: Sequence[ApiDocument]) -> tuple[Package, ...]:
        found = (self.parts.registry.package(name) for name in dict.fromkeys(d.package for d in documents))
        return tuple(package for package in found if package is not None)

    def _listen(self, event: ModelReplied | ModelWriting) -> None:
        self.record(event)


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a program is written over, and checked against."""

    selection: Selection
    outline: Outline
    known: Sequence[ApiDocument]
    before: tuple[str, ...]

    def plan(self, request: Request, program: Program) -> Plan:
        """Return what a program is meant to do."""
        said, event = (request.instruction, request.answers), request.context.event
        plan = intended(*said, self.outline, self.selection, program, self.known, self.before)
        return plan.model_copy(update={"untrusted": event.texts()}) if event is not None else plan
