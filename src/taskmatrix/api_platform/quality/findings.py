"""What the linter says about a document, and the rules it goes by: codes are stable, scripts may match on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "hint"]
Part = Literal["name", "description", "parameters", "returns", "examples", "composition", "effects", "text"]
"""The parts of a document; `text` is about what any of its texts hides or asks for."""


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One thing the linter found; `path` names the field, as in `parameters.userId.description`."""

    code: str
    part: Part
    path: str
    message: str
    severity: Severity

    def __str__(self) -> str:
        return f"{self.severity}: {self.path}: {self.message} [{self.code}]"


@dataclass(frozen=True, slots=True)
class LintRule:
    """One rule: what it looks at, how much it weighs, what it asks for."""

    code: str
    part: Part
    severity: Severity
    asks: str


RULES: tuple[LintRule, ...] = (
    LintRule("description.missing", "description", "error", "says what the API does"),
    LintRule("description.repeats-name", "description", "warning", "says more than the name"),
    LintRule("description.short", "description", "warning", "has three words or more"),
    LintRule("description.long", "description", "hint", "has 2,000 characters at most"),
    LintRule("parameter.untyped", "parameters", "warning", "each parameter has a type"),
    LintRule("parameter.undescribed", "parameters", "warning", "each parameter is described"),
    LintRule("parameter.repeats-name", "parameters", "hint", "each parameter's description says more than its name"),
    LintRule("parameter.default", "parameters", "error", "each default fits its own schema"),
    LintRule("parameter.many", "parameters", "error", "has 2,000 parameters at most"),
    LintRule("schema.fault", "parameters", "error", "each schema can be met, and is JSON Schema"),
    LintRule("result.undescribed", "returns", "warning", "says what comes back"),
    LintRule("result.untyped", "returns", "hint", "the result has a type"),
    LintRule("example.missing", "examples", "hint", "shows a call"),
    LintRule("example.no-python", "examples", "hint", "examples are calls as action code writes them"),
    LintRule("example.syntax", "examples", "error", "examples can be parsed"),
    LintRule("example.other-api", "examples", "error", "examples call the API itself, besides siblings that set up"),
    LintRule("example.arguments", "examples", "error", "examples give the arguments the API takes"),
    LintRule("example.types", "examples", "error", "examples pass the type checker"),
    LintRule("composition.missing", "composition", "hint", "says what goes before and after, or that nothing does"),
    LintRule("composition.foreign", "composition", "warning", "names APIs of its own package only"),
    LintRule("composition.unknown", "composition", "warning", "its rules name APIs that exist"),
    LintRule("effects.inferred", "effects", "hint", "the effect is declared, not guessed"),
    LintRule("effects.undo", "effects", "warning", "its undo is an API of its package that gets what it needs"),
    LintRule(
        "effects.ensures", "effects", "warning", "what is so after a call is read by an API of its package, and fed"
    ),
    LintRule("effects.changes", "effects", "warning", "what it changes is told in its own terms, and can be compared"),
    LintRule("package.view", "effects", "warning", "what its package is read by only reads, and needs no argument"),
    LintRule("limits.fault", "effects", "warning", "its limits are such as can be kept to"),
    LintRule("text.invisible", "text", "warning", "has no invisible characters"),
    LintRule("text.smuggled", "text", "error", "hides no text in invisible characters, turns no text around"),
    LintRule("text.hidden-markup", "text", "warning", "has no comments or markup that is not shown"),
    LintRule("text.encoded", "text", "warning", "holds no encoded sentences"),
    LintRule("text.suspicious", "text", "warning", "tells what the API does, not what its reader must do"),
    LintRule("text.poisoned", "text", "error", "gives the model that reads it no orders"),
)

_BY_CODE = {rule.code: rule for rule in RULES}


def finding(code: str, path: str, message: str) -> LintFinding:
    """Return a finding of one of the rules."""
    rule = _BY_CODE[code]
    return LintFinding(code, rule.part, path, message, rule.severity)


def is_poisoned(findings: Sequence[LintFinding]) -> bool:
    """Whether a text of the document hides something or gives orders: such an API is quarantined."""
    return any(f.part == "text" and f.severity == "error" for f in findings)
