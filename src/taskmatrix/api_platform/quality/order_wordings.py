"""The words that orders to a model are made of, and how patterns are made of them.

Sources of the wordings: MCPTox, the public write-ups of tool poisoning and tool shadowing in MCP servers, AgentDojo's
injections. Weights were set so that real documents stay clear of them: see `docs/design/documentation-quality.md`.
Patterns see text in lower case with single spaces.
"""

import re
from dataclasses import dataclass
from functools import cached_property

POISONED = 1.0
"""From this score on, a text counts as orders."""

SUSPICIOUS = 0.6
"""From this score on, a text may be orders."""


@dataclass(frozen=True)
class Wording:
    """One way of putting an order, and what it counts."""

    weight: float
    pattern: str

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled when it is first needed: few texts need any."""
        return re.compile(self.pattern)


@dataclass(frozen=True, slots=True)
class OrderKind:
    """One kind of order. A text without one of its words or marks (which hold whole words) is not searched for it."""

    name: str
    words: frozenset[str]
    marks: tuple[str, ...]
    wordings: tuple[Wording, ...]


def kind(name: str, words: str, marks: tuple[str, ...], *wordings: Wording) -> OrderKind:
    """Return a kind of order; `words` are separated by spaces."""
    # The heaviest first: it alone counts.
    return OrderKind(name, frozenset(words.split()), marks, tuple(sorted(wordings, key=lambda w: -w.weight)))


def wording(weight: float, *alternatives: str) -> Wording:
    """Return one way of putting an order: any of the patterns."""
    return Wording(weight, "|".join(alternatives))


def near(*parts: str | int) -> str:
    """Return a pattern of expressions that follow each other within so many characters of one sentence."""
    gaps = [f"[^.]{{0,{part}}}?" if isinstance(part, int) else rf"(?<!\w)(?:{part})(?!\w)" for part in parts]
    return "".join(gaps)


USER = r"(?:the |this |your |any |end[- ])?(?:users?|human|person|operator|customer|owner)"
MODEL = r"(?:ai|llm|language model|ai model|ai assistant|assistant|chatbot|ai agent|agent|planner)s?"
TOOL = r"(?:tool|function|api|command|plugin|server|endpoint)s?"
NOT = r"do not|don't|never|must not|should not|not to|avoid"
READ = (
    r"read|open|cat|load|fetch|get|collect|gather|retrieve|access|look up|extract|copy|take|grab|dump|find|search for"
)
GIVE = (
    r"send|sending|pass|passing|include|including|attach|append|put|provide|paste|upload|submit|forward|insert|place"
    r"|supply|embed|encode|leak|exfiltrate|transmit|fill|write|hand"
)
SECRET = (
    r"pass ?words?|pass ?phrases?|private keys?|ssh keys?|api[ -]?keys?|credit card(?: numbers?)?|card numbers?"
    r"|cookies"
    r"|social security numbers?|(?:seed|recovery) phrases?|session cookies|bank details|one[- ]time codes?|2fa codes?"
    r"|login details|logins?|master key"
)
PLACE = (
    r"(?:~/\.\w+|\.ssh\b|id_rsa|id_ed25519|id_ecdsa|\.env\b|/etc/(?:passwd|shadow)|\.aws/|\.netrc|\.npmrc|\.pypirc"
    r"|\.kube/|/\.config/|credentials\.json|secrets?\.(?:json|ya?ml|env)|(?:[a-z]+_)?api_key\b|mcp\.json"
    r"|\.git-credentials|\.bash_history|ssh (?:private )?keys?|private (?:ssh )?keys?|wallet\.dat"
    r"|seed phrase|browser (?:cookies|history|passwords)|key ?chain|credentials? file)"
)
PATH = (
    r"(?:~/\.\w+|\.ssh\b|id_rsa|id_ed25519|id_ecdsa|\.env\b|/etc/(?:passwd|shadow)|\.aws/|\.netrc|\.npmrc|\.pypirc"
    r"|\.kube/|/\.config/|credentials\.json|secrets?\.(?:json|ya?ml|env)|mcp\.json|\.git-credentials|\.bash_history"
    r"|wallet\.dat|browser (?:cookies|passwords)|seed phrase)"
)
TOLD = (
    r"your (?:\w+ ){0,2}(?:system prompt|system message|instructions|prompt|chain of thought|reasoning)"
    r"|(?:the|this) (?:\w+ ){0,2}system (?:prompt|message|instructions)"
    r"|(?:the |this |your )?(?:entire|full|whole|complete) (?:conversation|chat|dialogue)(?: history| so far)?"
    r"|(?:the|your|this|our) (?:conversation|chat) (?:history|transcript|so far)"
    r"|(?:all |the )?(?:previous|prior|earlier) (?:user )?messages"
)
ALWAYS = r"always|must|have to|should|shall|first|also|then|immediately|please|need to"
OWNED = r"(?:(?:user|human|customer|owner|victim|caller)(?:'s|s'|s)|their)(?: \w+){0,2}"
