"""Every call that changes something belongs to a step of the outline, and every step is done."""

import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.programs import Finding, Plan, PlannedStep
from taskmatrix.verifier.composition import wanted
from taskmatrix.verifier.paths import Site

_HEADING = re.compile(r"#\s*(?:step\s+)?(\d{1,3})\s*[.:)]", re.IGNORECASE)


def check_effects(
    sites: Sequence[Site], documents: Mapping[str, ApiDocument], plan: Plan, headings: Mapping[int, tuple[int, ...]]
) -> Iterator[Finding]:
    """Yield a finding for each call with an effect that no step asks for, and for each step that is not done.

    `documents` are those on offer, by id; `headings` are the steps that each line of the program stands under.
    """
    asked = {api for step in plan.steps for api in step.apis}
    todo = list(asked)
    while todo:  # what a rule wants may want something itself
        document = documents.get(todo.pop())
        more = set(_partners(document)) - asked if document else set[str]()
        asked |= more
        todo += more
    for site in sites:
        if site.document.effects.kind != "read" and site.document.id not in asked:
            yield _unasked(site, plan)
    yield from _not_done(sites, plan, headings)


def headings_of(code: str) -> dict[int, tuple[int, ...]]:
    """Return the outline's steps that each line stands under, as comments such as `# 2. Save it` say.

    Comments in lines that follow each other count together: one call may do two steps.
    """
    found: dict[int, tuple[int, ...]] = {}
    last = -1
    steps = tuple[int, ...]()
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            heading = _HEADING.match(token.string) if token.type == tokenize.COMMENT else None
            if heading:
                number = int(heading[1])
                before = steps if token.start[0] == last + 1 else ()
                steps = (*before, number)
                last = token.start[0]
            if steps and token.type not in (tokenize.NL, tokenize.COMMENT):
                found.setdefault(token.start[0], steps)
    except (tokenize.TokenError, SyntaxError):
        return {}
    return found


def _partners(document: ApiDocument) -> Iterator[str]:
    """Yield the APIs of the same package that a document's rules make part of its use, such as its `close`."""
    for rule in document.rules:
        yield from (name for name in wanted(document, rule) if name.startswith(f"{document.package}."))


def _unasked(site: Site, plan: Plan) -> Finding:
    document = site.document
    effect = {"write": "changes something", "destructive": "cannot be taken back", "physical": "moves something"}
    steps = "; ".join(f"{i}. {step.text}" for i, step in enumerate(plan.steps[:6], 1))
    return Finding(
        rule="effect-without-step",
        message=f"`{document.id}` {effect[document.effects.kind]}, and no step of the outline asks for it",
        line=site.line,
        column=site.column,
        hint=f"leave it out, or do with it only what a step says: {steps}" if steps else "leave it out",
    )


def _not_done(sites: Sequence[Site], plan: Plan, headings: Mapping[int, tuple[int, ...]]) -> Iterator[Finding]:
    called = {site.document.id for site in sites}
    under: dict[int, set[str]] = {}
    for line, steps in headings.items():
        for step in steps:
            under.setdefault(step, set()).update(s.document.id for s in sites if s.line == line)
    for number, step in enumerate(plan.steps, 1):
        if step.must and not called & set(step.must):
            yield _left_out(number, step, "and the program does not")
        elif step.must and number in under and not under[number] & set(step.must):
            yield _left_out(number, step, "and what stands under it in the program does not")


def _left_out(number: int, step: PlannedStep, but: str) -> Finding:
    apis = " or ".join(f"`{api}`" for api in step.must)
    return Finding(
        rule="step-not-done",
        message=f"step {number} of the outline ({step.text}) is to call {apis}, {but}",
        hint="do every step, or say in a note why it is not needed",
    )
