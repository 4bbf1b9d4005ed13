"""Which result feeds which argument, and the order of calls that follows from it.

The cross-encoder says that a parameter takes a result, not of which call. Nor does it always see it: words
that name a result (`the total sales`, `the translated text`) or only point back (`it`, `both values`) are no values.
"""

from collections.abc import Sequence

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.clauses import Clause
from taskmatrix.mcfm.embedded.instruction.language import content_stems, stem, tokenize
from taskmatrix.mcfm.embedded.plan import FromResult, PlannedCall
from taskmatrix.mcfm.embedded.results import Field, sources

BACK = frozenset(
    "it its that this them these those their result results him her his he they same there both resulting".split()
)
"""Words that point to what was read before."""
POINTS = BACK | {"the"}
NAMED = 1.0
"""How clearly words must name a result that the cross-encoder did not see."""
ENOUGH, POINTED = 0.5, 0.3
"""How well a result must fit a parameter by its own name, and where a word points back."""
MOST_DEPTH = 10


def points_back(clause: Clause) -> bool:
    """Return whether a word of a clause points to what was read before: `send it to Ann`."""
    return any(t.text.lower() in BACK for t in tokenize(clause.text))


def linked(
    calls: Sequence[PlannedCall], clauses: Sequence[Clause] = (), earlier: Sequence[PlannedCall] = ()
) -> list[PlannedCall]:
    """Give results to the parameters that want them, and put each call after those that it takes them from.

    `clauses` are those of the instruction that the steps of the calls count. `earlier` calls are made already; only
    their results are of use.
    """
    for index, call in enumerate(calls):
        # A call whose result is taken may not need this one: neither could be made first.
        before = [c for c in (*earlier, *calls[:index]) if not _needs(c, call)]
        others = [*before, *(c for c in calls[index + 1 :] if not _needs(c, call))]
        words = _words(call, clauses)
        for parameter in call.view.parameters:
            if parameter.name in call.wanting:
                _want(call, parameter, before, others, words)
            elif _lacks(call, parameter, words):
                _take_named(call, parameter, before, words)
    ordered: list[PlannedCall] = []
    for call in calls:
        _place(call, calls, ordered, 0)
    return ordered


def _want(
    call: PlannedCall,
    parameter: ParameterView,
    before: Sequence[PlannedCall],
    others: Sequence[PlannedCall],
    words: Sequence[str],
) -> None:
    source = _best(call, parameter, before, words) or _best(call, parameter, others, words)
    if source is None and before:
        source = FromResult(before[-1])
    if source is not None:
        call.arguments[parameter.name] = _given_before(source.call, parameter) or source
    elif parameter.required:
        call.missing = (*call.missing, parameter.name)


def _take_named(
    call: PlannedCall, parameter: ParameterView, before: Sequence[PlannedCall], words: Sequence[str]
) -> None:
    """Give a parameter the result that its clause names, or what is pointed to where it took words of another."""
    source = _named(call, parameter, before, words)
    if source is not None:
        call.arguments[parameter.name] = _given_before(source.call, parameter) or source
        call.missing = tuple(m for m in call.missing if m != parameter.name)
    elif {*words} & BACK and _is_twin(call, parameter) and (same := _given_last(before, parameter)) is not None:
        call.arguments[parameter.name] = same


def _given_before(call: PlannedCall, parameter: ParameterView) -> Filled | None:
    """What a call that changes something was given for a parameter of that name: pan a camera, take a photo with it.

    Not of a call whose result is described: that is meant then.
    """
    document, given = call.view.document, call.arguments.get(parameter.name)
    described = document.returns.type or document.returns.description
    acts = document.effects.kind != "read" and not described
    return given if acts and isinstance(given, Filled) else None


def _given_last(before: Sequence[PlannedCall], parameter: ParameterView) -> Filled | None:
    """What the last call that was given a text for a parameter of that name was given."""
    given = (call.arguments.get(parameter.name) for call in reversed(before) if parameter.type == "str")
    return next((argument for argument in given if isinstance(argument, Filled)), None)


def _best(
    call: PlannedCall, parameter: ParameterView, others: Sequence[PlannedCall], words: Sequence[str]
) -> FromResult | None:
    """The result that fits a parameter and the words of its clause best; None where none fits well."""
    taken = [a for a in call.arguments.values() if isinstance(a, FromResult)]
    found = [
        (score + naming(part, source.call, call, words), source)
        for score, source, part in sources(parameter, others)
        if not (part.path and source in taken)
    ]
    score, source = max(found, key=lambda f: f[0], default=(0.0, None))
    return source if score > ENOUGH else None


def _named(
    call: PlannedCall, parameter: ParameterView, before: Sequence[PlannedCall], words: Sequence[str]
) -> FromResult | None:
    """The result that the clause names for a parameter, or points to where a result fits it by its own words."""
    taken = [a for a in call.arguments.values() if isinstance(a, FromResult)]
    given = call.arguments.get(parameter.name)
    said = set(content_stems(given.source.text)) if isinstance(given, Filled) and given.source else set[str]()
    best: tuple[float, FromResult] | None = None
    for score, source, part in sources(parameter, before):
        if part.path and source in taken:
            continue
        named = naming(part, source.call, call, words)
        own = {*(part.name_stems or source.call.view.object_stems), source.call.view.verb}
        clear = named >= NAMED and (not said or said <= own or _is_twin(call, parameter))
        points = not said and bool(set(words) & BACK) and score > POINTED
        if (clear or points) and (best is None or score + named > best[0]):
            best = (score + named, source)
    return best[1] if best else None


def _lacks(call: PlannedCall, parameter: ParameterView, words: Sequence[str]) -> bool:
    """Whether a parameter lacks a value, or takes words that may name a result instead of one."""
    if parameter.name in call.missing:
        return True
    given = call.arguments.get(parameter.name)
    source = given.source if isinstance(given, Filled) else None
    if source is None or not parameter.required or parameter.choices:
        return False
    if _is_twin(call, parameter):
        return True
    tokens = tokenize(source.text)
    return bool(tokens) and all(t.is_word for t in tokens) and _is_pointed_at(source.text, words)


def _is_pointed_at(text: str, words: Sequence[str]) -> bool:
    """Whether `the`, `its` or a participle (`encrypted`) stands before the words, `the` also one word farther."""
    said = [t.text.lower() for t in tokenize(text)]
    for index in range(len(words) - len(said) + 1):
        if list(words[index : index + len(said)]) == said:
            first = words[index - 1] if index else ""
            farther = words[index - 2] if index > 1 else ""
            return bool({said[0], first, farther} & POINTS) or first.endswith("ed")
    return False


def _is_twin(call: PlannedCall, parameter: ParameterView) -> bool:
    """Whether another required parameter takes the same words and is surer of them: one of the two is wrong."""
    own = call.arguments.get(parameter.name)
    if not isinstance(own, Filled) or own.source is None or own.source.start < 0:
        return False
    for name, other in call.arguments.items():
        if name == parameter.name or not isinstance(other, Filled) or other.source is None:
            continue
        if (other.source.start, other.source.end) == (own.source.start, own.source.end) and other.value == own.value:
            return own.confidence <= other.confidence
    return False


def naming(part: Field, source: PlannedCall, call: PlannedCall, words: Sequence[str]) -> float:
    """Return how clearly words name a part of a result: by its name, by the API's object, by what was done to it."""
    heard = {stem(w) for w in words} - set(call.view.name_stems)
    named = part.name_stems
    share = sum(1 for s in named if s in heard) / len(named) if named else 0.0
    things = source.view.object_stems
    own = sum(1 for s in things if s in heard) / len(things) if things else 0.0
    done = any(stem(w) == source.view.verb for w in words if w.endswith(("ed", "en"))) and source.view.verb in heard
    return 1.5 * share * (share >= ENOUGH) + 1.0 * own * (own >= ENOUGH) + 1.0 * done


def _words(call: PlannedCall, clauses: Sequence[Clause]) -> list[str]:
    """The words of the clause that a call comes from, lower case."""
    if not 0 < call.step <= len(clauses):
        return []
    return [t.text.lower() for t in tokenize(clauses[call.step - 1].text) if t.is_word]


def _needs(call: PlannedCall, other: PlannedCall, depth: int = 0) -> bool:
    """Whether a call takes a result of another one, or of one that does."""
    given = [a.call for a in call.arguments.values() if isinstance(a, FromResult)]
    return other in given or (depth < MOST_DEPTH and any(_needs(c, other, depth + 1) for c in given))


def _place(call: PlannedCall, calls: Sequence[PlannedCall], ordered: list[PlannedCall], depth: int) -> None:
    if call in ordered or call not in calls or depth > MOST_DEPTH:
        return
    for argument in call.arguments.values():
        if isinstance(argument, FromResult):
            _place(argument.call, calls, ordered, depth + 1)
    ordered.append(call)
