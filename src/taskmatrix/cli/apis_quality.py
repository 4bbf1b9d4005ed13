"""`taskmatrix apis lint`, `check` and `generate`: how good documents are, and whether the APIs do as they say."""

import json
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.background import changing_apis
from taskmatrix.cli.failures import DONE, FAILED, print_error, print_warning
from taskmatrix.cli.terminal import console, visible
from taskmatrix.core.errors import TaskMatrixError, UsageError

if TYPE_CHECKING:
    from taskmatrix.api_platform.quality import Grading, LintFinding, Proposal
    from taskmatrix.api_platform.quality.behaviour import Bench, Checked
    from taskmatrix.app import TaskMatrix
    from taskmatrix.core.documents import ApiDocument
    from taskmatrix.core.protocols import Caller, ChatModel

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="package.name of an API, or a package.")]

MOST_SIBLINGS = 2_000
"""Documents of a package that are looked at beside the one in hand."""


def lint(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="package.name of an API, or a package.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All registered APIs; examples are not type-checked.")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="Print what is checked, and what each grade needs.")] = False,
    as_json: AsJson = False,
) -> int:
    """Check the documentation of APIs and grade it. The exit status is 1 if there are errors."""
    from taskmatrix.app import TaskMatrix

    if rules:
        _print_rules(as_json=as_json)
        return DONE
    if (name is None) != all_:
        raise UsageError("which APIs?", hint="name an API or a package, or add --all")
    with TaskMatrix() as tm:
        if name is None:
            return _lint_all(tm, as_json=as_json)
        documents, siblings = _chosen(tm, name)
        rows = list(_linted(tm, documents, siblings))
    failed = any(f.severity == "error" for _, _, findings in rows for f in findings)
    if as_json:
        print(json.dumps({"status": "failed" if failed else "done", "apis": [_lint_json(*row) for row in rows]}))
    else:
        for document, grading, findings in rows:
            _print_linted(document, grading, findings)
    return FAILED if failed else DONE


def check(
    name: Name,
    sandbox: Annotated[
        str | None,
        typer.Option(
            "--sandbox", metavar="URL", help="Call here instead; or `folder`, for Python APIs that only use files."
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Run the examples of APIs and compare what comes back. Without a sandbox, only APIs that read are called.

    The exit status is 1 if a check failed.
    """
    from taskmatrix.api_platform.quality.behaviour import check_api
    from taskmatrix.api_platform.quality.keeping import keep_check
    from taskmatrix.store import CheckStore

    rows: list[tuple[ApiDocument, Checked, str | None]] = []
    with changing_apis() as tm:
        documents, siblings = _chosen(tm, name)
        store = CheckStore(tm.database)

        async def work(bench: "Bench") -> None:
            for number, document in enumerate(documents, 1):
                _tell(f"checking {number} of {len(documents)}: {document.name}")
                before = store.last(document.package, document.name)
                checked = await check_api(document, siblings, bench, before)
                quarantined = keep_check(tm.database, document, checked)
                rows.append((document, checked, quarantined))
                if not as_json:
                    _tell("")
                    _print_checked(document, checked, quarantined)

        _with_bench(tm, _server(tm, documents[0].package, sandbox), work)
        failed = any(checked.outcome == "failed" for _, checked, _ in rows)
        if as_json:
            print(json.dumps({"status": "failed" if failed else "done", "apis": [_check_json(*row) for row in rows]}))
    return FAILED if failed else DONE


def generate(
    name: Name,
    apply: Annotated[bool, typer.Option("--apply", help="Register the documents with what was written.")] = False,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", help="Have a chat model write: openai:NAME, azure:DEPLOYMENT, anthropic:NAME, scripted:PATH."
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Write missing parts of documents, and show them as a diff. What an owner wrote is never touched."""
    from taskmatrix.api_platform.quality.keeping import keep_proposals
    from taskmatrix.app import TaskMatrix

    with changing_apis() if apply else TaskMatrix() as tm:
        documents, siblings = _chosen(tm, name)
        chat = _chat_model(model)
        proposals: list[Proposal] = []
        for document in documents:
            _tell(f"writing: {document.name}")
            proposals += filter(None, [_proposal(tm, document, siblings, chat)])
        _tell("")
        if apply:
            waiting = keep_proposals(tm.database, proposals)
            for api in waiting:
                print_warning(f"{api} has a change that waits for the operator, so nothing was written for it")
            proposals = [proposal for proposal in proposals if proposal.document.id not in waiting]
        _print_proposals(proposals, applied=apply, as_json=as_json)
    return DONE


def grade_labels(tm: "TaskMatrix", documents: Iterable["ApiDocument"]) -> Mapping[str, str]:
    """Return the grade of each document, by `package.name`, for a column of `apis list` and `search`."""
    from taskmatrix.api_platform.quality import grades_of

    return {api: str(grading) for api, grading in grades_of(tm.database, documents).items()}


def grade_line(tm: "TaskMatrix", document: "ApiDocument") -> str:
    """Return the grade of one document and what the next one needs, as a comment for `apis show`."""
    from taskmatrix.api_platform.quality import grades_of

    grading = grades_of(tm.database, [document])[document.id]
    return f"# grade: {grading}" + (f"; {'; '.join(grading.missing)}" if grading.missing else "")


def _chosen(tm: "TaskMatrix", name: str) -> tuple[Sequence["ApiDocument"], Sequence["ApiDocument"]]:
    """Return the documents a name stands for, and those of their package. Raises NotFoundError, UsageError."""
    kind = tm.registry.resolve(name)
    found = tm.registry.find(name) if kind == "api" else None
    package = found.package if found is not None else name
    siblings = tm.registry.documents(package, limit=MOST_SIBLINGS if found is not None else None, served=False)
    documents = [found] if found is not None else siblings
    if not documents:
        raise UsageError(f"the package {name!r} has no APIs")
    return documents, siblings


def _linted(
    tm: "TaskMatrix", documents: Sequence["ApiDocument"], siblings: Sequence["ApiDocument"]
) -> Iterator[tuple["ApiDocument", "Grading", Sequence["LintFinding"]]]:
    from taskmatrix.api_platform.quality import Surroundings, grading_of, lint

    around = Surroundings(
        siblings=siblings,
        names=set(tm.registry.digests(documents[0].package)),
        exists=lambda api: tm.registry.find(api) is not None,
        sandbox=tm.sandbox,
        package=tm.registry.package(documents[0].package),
    )
    for document in documents:
        findings = lint(document, around)
        yield document, grading_of(tm.database, document, findings), findings


def _lint_all(tm: "TaskMatrix", *, as_json: bool) -> int:
    from taskmatrix.api_platform.quality import Surroundings, grading_of, lint

    grades: dict[str, int] = {}
    codes: dict[str, int] = {}
    errors: list[tuple[ApiDocument, LintFinding]] = []
    for package in tm.registry.packages():
        _tell(f"linting: {package.name}")
        documents = tm.registry.documents(package.name, served=False)
        around = Surroundings(names={d.name for d in documents}, package=package)
        for document in documents:
            findings = lint(document, around)
            grading = str(grading_of(tm.database, document, findings))
            grades[grading] = grades.get(grading, 0) + 1
            for finding in findings:
                codes[finding.code] = codes.get(finding.code, 0) + 1
            errors += [(document, f) for f in findings if f.severity == "error"]
    _tell("")
    if as_json:
        found = [{"api": d.id, "code": f.code, "path": f.path, "message": f.message} for d, f in errors]
        print(
            json.dumps({"status": "failed" if errors else "done", "grades": grades, "codes": codes, "errors": found})
        )
    else:
        for document, finding in errors:
            print(visible(f"{document.id}: {finding}"))
        print(", ".join(f"{count:,} {grade}" for grade, count in sorted(grades.items())) or "no APIs")
        for code, count in sorted(codes.items(), key=lambda item: -item[1]):
            print(f"  {count:>9,}  {code}")
    return FAILED if errors else DONE


def _with_bench(tm: "TaskMatrix", server: str | None, work: Callable[["Bench"], Awaitable[None]]) -> None:
    """Do something with a sandbox and callers, and end what they opened."""
    import anyio

    from taskmatrix.api_platform.callers.http import HttpCalls
    from taskmatrix.api_platform.quality.behaviour import FOLDER, Bench

    async def run() -> None:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(tm.sandbox.aclose)
            stack.push_async_callback(tm.callers.aclose)
            callers: Callable[[ApiDocument], Caller] = tm.callers
            if server is not None and server != FOLDER:
                http = HttpCalls(tm.credentials)
                stack.push_async_callback(http.aclose)
                there = http.at(server)

                def elsewhere(document: "ApiDocument") -> "Caller":
                    return there if document.source.kind == "http" else tm.callers(document)

                callers = elsewhere
            await work(Bench(tm.sandbox, callers, server))

    anyio.run(run)


def _server(tm: "TaskMatrix", package: str, given: str | None) -> str | None:
    about = tm.registry.package(package)
    return given or (about.sandbox if about is not None else None)


def _chat_model(name: str | None) -> "ChatModel | None":
    if name is None:
        return None
    from taskmatrix.app import read_settings
    from taskmatrix.models import open_model

    return open_model(name, record=read_settings().record)


def _proposal(
    tm: "TaskMatrix", document: "ApiDocument", siblings: Sequence["ApiDocument"], chat: "ChatModel | None"
) -> "Proposal | None":
    from taskmatrix.api_platform.quality import propose
    from taskmatrix.api_platform.quality.drafting import draft

    if chat is None:
        return propose(document, siblings, tm.sandbox)
    import anyio

    try:
        return anyio.run(draft, document, siblings, chat, tm.sandbox)
    except TaskMatrixError as error:
        print_error(f"{document.id}: {error.message}", error.hint)
        return None


def _print_linted(document: "ApiDocument", grading: "Grading", findings: Sequence["LintFinding"]) -> None:
    lacks = f" ({'; '.join(grading.missing)})" if grading.missing else ""
    print(visible(f"{document.id}: {grading}{lacks}"))
    for finding in findings:
        print(visible(f"  {finding}"))


def _print_checked(document: "ApiDocument", checked: "Checked", quarantined: str | None) -> None:
    word = {"passed": "passed", "failed": "failed", "unchecked": "not checked"}[checked.outcome]
    seconds = checked.record.seconds if checked.record is not None else None
    took = f" in {seconds:.2f} s" if seconds is not None else ""
    why = f": {checked.why}" if checked.why else ""
    print(visible(f"{document.id}: {word}{took}{why}"))
    if quarantined is not None:
        print(visible(f"  in quarantine: {quarantined}"))


def _print_proposals(proposals: Sequence["Proposal"], *, applied: bool, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"applied": applied, "apis": [_proposal_json(p) for p in proposals]}))
        return
    for proposal in proposals:
        _print_diff(proposal.diff)
    done = "registered" if applied else "to register it, add --apply"
    parts = sum(len(p.parts) for p in proposals)
    print(
        f"{parts} parts of {len(proposals)} APIs written; {done}"
        if proposals
        else "nothing is missing that can be told"
    )


def _print_diff(diff: str) -> None:
    if not sys.stdout.isatty():
        print(visible(diff))
        return
    from rich.syntax import Syntax

    console().print(Syntax(visible(diff), "diff", background_color="default", word_wrap=True))


def _print_rules(*, as_json: bool) -> None:
    from taskmatrix.api_platform.quality import GRADE_RULES, RULES

    if as_json:
        lint_rules = [{"code": r.code, "part": r.part, "severity": r.severity, "asks": r.asks} for r in RULES]
        grade_rules = [{"grade": r.grade, "asks": r.asks} for r in GRADE_RULES]
        print(json.dumps({"rules": lint_rules, "grades": grade_rules}))
        return
    for rule in RULES:
        print(f"{rule.code:<26} {rule.severity:<8} {rule.asks}")
    print()
    for need in GRADE_RULES:
        print(f"{need.grade:<26} {need.asks}")
    print("a failed check, and quarantine, take the grade away")


def _lint_json(document: "ApiDocument", grading: "Grading", findings: Sequence["LintFinding"]) -> dict[str, object]:
    return {
        "api": document.id,
        "grade": grading.grade,
        "missing": list(grading.missing),
        "findings": [
            {"code": f.code, "part": f.part, "path": f.path, "message": f.message, "severity": f.severity}
            for f in findings
        ],
    }


def _check_json(document: "ApiDocument", checked: "Checked", quarantined: str | None) -> dict[str, object]:
    record = checked.record
    return {
        "api": document.id,
        "outcome": checked.outcome,
        "why": checked.why or None,
        "seconds": record.seconds if record is not None else None,
        "shape": json.loads(record.shape) if record is not None and record.shape is not None else None,
        "quarantined": quarantined,
    }


def _proposal_json(proposal: "Proposal") -> dict[str, object]:
    return {"api": proposal.document.id, "parts": list(proposal.parts), "diff": proposal.diff}


def _tell(text: str) -> None:
    """Show what is being done, in one line that the next one replaces, where somebody looks at it."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{visible(text)}")
        sys.stderr.flush()
