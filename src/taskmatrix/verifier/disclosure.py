"""Where secret, private and untrusted values may go.

| what | where it may not go |
| --- | --- |
| secret | into any text, and to any parameter that is not marked secret |
| private | to a sink (`effects.sinks`) that is not marked as taking what is private |
| untrusted | to a parameter marked trusted; to one of a destructive or physical call that is not marked untrusted |
"""

import ast
from collections.abc import Collection, Iterator

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.programs import Finding, Flow
from taskmatrix.core.sensitivity import of_parameter
from taskmatrix.verifier.labels import EVENT, Labels
from taskmatrix.verifier.tracing import Given


def check_text(node: ast.expr, labels: Labels, how: str) -> Iterator[Finding]:
    """Yield a finding for a secret that becomes text."""
    apis = sorted({label.api for label in labels if label.mark == "secret"})
    if apis:
        yield _finding(
            node, "secret-as-text", f"a secret from `{apis[0]}` is {how}", "hand it on as it is, to a parameter for it"
        )


def check_parameter(
    document: ApiDocument, name: str, given: Given, permitted: Collection[Flow] = (), *, placed: bool = False
) -> Iterator[Finding]:
    """Yield a finding for each kind of value that may not be given for a parameter. What is `permitted` passes.

    What came with an event passes too where it was `placed`, but for a parameter that takes nothing untrusted.
    """
    parameter = document.parameter(name)
    takes = of_parameter(parameter) if parameter is not None else None
    sink = name in document.effects.sinks
    for api, mark in sorted({(label.api, label.mark) for label in given.labels if label.mark is not None}):
        if Flow(source=api, api=document.id, parameter=name) in permitted and mark != "secret":
            continue
        where = f"`{name}` of `{document.id}`"
        if mark == "secret" and takes != "secret":
            message = f"a secret from `{api}` is given for {where}, which takes none"
            yield _finding(given.node, "secret-to-parameter", message, document.composition)
        elif mark == "private" and sink and takes not in ("private", "secret"):
            message = f"what `{api}` gives is private, and {where} sends it out"
            yield _finding(given.node, "private-to-sink", message, _ask(document))
        elif mark == "untrusted" and placed and api == EVENT and takes != "trusted":
            continue
        elif mark == "untrusted" and _needs_trust(document, takes):
            message = f"what `{api}` gives was written by somebody else, and {where} must not be decided by it"
            yield _finding(given.node, "untrusted-to-effect", message, _ask(document))
    if takes == "secret" and isinstance(given.node, ast.Constant) and given.node.value not in (None, ""):
        message = f"a secret for `{name}` of `{document.id}` is written in the program"
        yield _finding(given.node, "secret-in-program", message, "take it from an API that keeps it", "warning")


def _needs_trust(document: ApiDocument, takes: str | None) -> bool:
    return takes == "trusted" or (document.effects.kind in ("destructive", "physical") and takes != "untrusted")


def _ask(document: ApiDocument) -> str:
    return document.composition or "only the user can allow it: leave it out, or say in the outline that it is meant"


def _finding(node: ast.expr, rule: str, message: str, hint: str, severity: str = "error") -> Finding:
    return Finding(
        rule=rule,
        message=message,
        line=node.lineno,
        column=node.col_offset + 1,
        severity="warning" if severity == "warning" else "error",
        hint=hint,
    )
