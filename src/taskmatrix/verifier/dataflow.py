"""Where the values in a program come from and where they go, against what the documents say of both."""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence

from taskmatrix.core.documents import ApiDocument, CompositionRule
from taskmatrix.core.programs import Finding, Plan
from taskmatrix.core.sensitivity import marks, of_parameter
from taskmatrix.verifier.bindings import Bindings
from taskmatrix.verifier.composition import shown, wanted
from taskmatrix.verifier.disclosure import check_parameter, check_text
from taskmatrix.verifier.labels import ANY, EVENT, NONE, Label, Labels, is_untrusted
from taskmatrix.verifier.tracing import Given
from taskmatrix.verifier.walking import follow

_FROM_EVENT = frozenset((Label(EVENT, "untrusted"),))


def check_values(
    tree: ast.Module, bindings: Bindings, documents: Collection[ApiDocument], plan: Plan | None = None
) -> Sequence[Finding]:
    """Return what is wrong with where values go. `documents` are the APIs that the program may call.

    Raises TooManyPathsError.
    """
    marked = any(map(_says_something, documents)) or (plan is not None and plan.untrusted)
    if not marked and not any(isinstance(n, ast.For | ast.While) for n in ast.walk(tree)):
        return ()  # straight on, the type checker finds what has no value
    watch = _Watch(plan)
    follow(tree, bindings, watch)
    return list(dict.fromkeys(watch.findings))


def _says_something(document: ApiDocument) -> bool:
    """Whether a document says where values come from or may go."""
    return (
        any(rule.kind in ("feeds", "lines") for rule in document.rules)
        or bool(marks(document.returns))
        or any(map(of_parameter, document.parameters))
    )


class _Watch:
    """Judges each call and each text as the walk comes to it; the same place may be judged more than once."""

    def __init__(self, plan: Plan | None) -> None:
        self.findings: list[Finding] = []
        self._plan = plan
        self._permitted = frozenset(plan.permitted if plan else ())

    def called(self, document: ApiDocument, given: Mapping[str, Given]) -> None:
        """Judge what a call gives for its parameters."""
        self.findings += _check_feeds(document, given)
        self.findings += _check_lines(document, given, self._plan)
        for name, value in given.items():
            placed = self._plan is not None and self._plan.placed
            self.findings += check_parameter(document, name, value, self._permitted, placed=placed)

    def told(self, node: ast.expr, labels: Labels, how: str) -> None:
        """Judge a value that becomes text."""
        self.findings += check_text(node, labels, how)

    def known(self, text: str) -> Labels:
        """Return where a text is from that stands in the program."""
        return _FROM_EVENT if self._plan is not None and is_untrusted(text, self._plan.untrusted) else NONE

    def unset(self, node: ast.Name) -> None:
        """Judge a name that has no value yet, such as one set only later in the same loop."""
        self.findings.append(
            Finding(
                rule="used-before-set",
                message=f"`{node.id}` has no value here yet: it gets one later",
                line=node.lineno,
                column=node.col_offset + 1,
                hint="put what sets it before what uses it",
            )
        )


def _check_feeds(document: ApiDocument, given: Mapping[str, Given]) -> Iterator[Finding]:
    """Yield a finding for each argument that comes from elsewhere than a `feeds` rule says."""
    for rule in document.rules:
        value = given.get(rule.parameter or "")
        if rule.kind != "feeds" or not rule.apis or value is None:
            continue
        sources = {label for label in value.labels if label.mark is None}
        right = {label for label in sources if label.api in wanted(document, rule)}
        wrong = _wrong_field(rule, right)
        if wrong:
            yield _finding(document, rule, value.node, f"and here the field is `{wrong}`", certain=True)
        elif sources and not right:
            others = ", ".join(f"`{api}`" for api in sorted({label.api for label in sources}))
            yield _finding(document, rule, value.node, f"and here it comes from {others}", certain=True)
        elif not sources and isinstance(value.node, ast.Constant) and value.node.value is not None:
            yield _finding(document, rule, value.node, f"and here it is {value.node.value!r}", certain=False)


def _wrong_field(rule: CompositionRule, labels: Collection[Label]) -> str:
    """Return the field that was read where the rule names another; nothing if one of the labels may be right."""
    if not rule.field or not labels:
        return ""
    right = rule.field.replace("[", ".").replace("]", "").split(".")
    wrong = ""
    for label in labels:
        others = [key for key in label.read if key not in right and key != ANY and not key.isdigit()]
        if not others:
            return ""
        wrong = wrong or others[-1]
    return wrong


def _check_lines(document: ApiDocument, given: Mapping[str, Given], plan: Plan | None) -> Iterator[Finding]:
    """Yield a finding for each text in the program with a line longer than a `lines` rule allows.

    An error where the plan tells that the words are not the user's own.
    """
    for rule in document.rules:
        value = given.get(rule.parameter or "")
        if rule.kind != "lines" or rule.most is None or value is None:
            continue
        texts = sorted({label.api for label in value.labels if label.mark == "written"})
        lines = [line for text in texts for line in text.splitlines() if len(line) > rule.most]
        told = plan is not None and bool(plan.said or plan.steps)
        if lines and not (
            plan and told and all(" ".join(line.split()) in " ".join(plan.said.split()) for line in lines)
        ):
            yield Finding(
                rule="composition-lines",
                message=f"a line of `{rule.parameter}` of `{document.id}` has at most {rule.most} characters, "
                f"and here one has {len(lines[0])}",
                line=value.node.lineno,
                column=value.node.col_offset + 1,
                severity="error" if told else "warning",
                hint=document.composition,
            )


def _finding(document: ApiDocument, rule: CompositionRule, value: ast.expr, but: str, *, certain: bool) -> Finding:
    field = f"`{rule.field}` of " if rule.field else ""
    return Finding(
        rule="composition-feeds",
        message=f"`{rule.parameter}` of `{document.id}` takes {field}the result of {shown(rule.apis)}, {but}",
        line=value.lineno,
        column=value.col_offset + 1,
        severity="error" if certain else "warning",
        hint=document.composition,
    )
