"""Items of loops as arguments: `send each of them a mail with their balance`.

Words that stand for the item (`it`, `them`, `the customer`, `their balance`) are no values: the item, or the field of
it that they and the parameter speak of, takes their place. A required value that nothing says may be the item's too.
"""

import re
from collections.abc import Sequence

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import content_stems, related, stem
from taskmatrix.mcfm.embedded.plan import FromItem, FromResult, Loop, PlannedCall
from taskmatrix.mcfm.embedded.results import Field, field_at, part_of

_PRONOUNS = frozenset(
    "it its them their theirs they him his he her hers she this that these those each every one".split()
)
_POINTING = re.compile(
    r"(?:each|every|all)\s+(?:one\s+)?(?:of\s+)?|(?:this|that|the|these|those|its|their|his|her)\s+", re.I
)
SURE, SAID = 1.0, 0.6


def feed_items(call: PlannedCall, loops: Sequence[Loop], text: str) -> None:
    """Give the items of the loops around a call, inner ones first, to the parameters that mean them.

    `text` is the instruction.
    """
    _unshare(call, loops, text)
    shared: dict[FromItem, list[ParameterView]] = {}
    for parameter in call.view.parameters:
        known = call.arguments.get(parameter.name)
        said = _words(known, text)
        meant = [loop for loop in reversed(loops) if said and _means(said, loop)]
        wanted = parameter.name in call.wanting or parameter.name in call.missing
        if not meant and (isinstance(known, Filled) or not wanted):
            continue
        best: tuple[float, FromItem] | None = None
        for loop in meant or reversed(loops):
            found = _field(parameter, said, loop)
            if found is not None and (best is None or found[0] > best[0]):
                best = found
        enough = SAID if meant else SURE
        if best is None or best[0] < enough:
            if meant:
                # The words only point at something: they are not what the parameter takes.
                del call.arguments[parameter.name]
                call.missing = (*call.missing, parameter.name) if parameter.required else call.missing
            continue
        call.arguments[parameter.name] = best[1]
        if meant:
            shared.setdefault(best[1], []).append(parameter)
        call.missing = tuple(m for m in call.missing if m != parameter.name)
        call.wanting = tuple(w for w in call.wanting if w != parameter.name)
    for item, parameters in shared.items():
        _give_on(call, item, parameters[0])
        _share_out(call, item, parameters)


def _give_on(call: PlannedCall, item: FromItem, parameter: ParameterView) -> None:
    """Where a parameter took the words that another one lacks, and another field fits it: each takes its own."""
    other = _field(parameter, "", item.loop, but=item.path)
    part = part_of(item)
    lacking = [p for n in (*call.wanting, *call.missing) if (p := call.view.parameter(n)) and n not in call.arguments]
    if other is None or other[0] < SAID or part is None or len(lacking) != 1 or not _type_fits(part, lacking[0]):
        return
    name = lacking[0].name
    call.arguments |= {parameter.name: other[1], name: item}
    call.missing = tuple(m for m in call.missing if m != name)
    call.wanting = tuple(w for w in call.wanting if w != name)


def _unshare(call: PlannedCall, loops: Sequence[Loop], text: str) -> None:
    """Where two parameters take the same words, take them from the one that a field of the item fits better."""
    filled = [(n, a.source) for n, a in call.arguments.items() if isinstance(a, Filled) and a.source is not None]
    for name, source in filled:
        twins = [n for n, other in filled if source.start >= 0 and other == source and n in call.arguments]
        if len(twins) < 2 or _means(_words(call.arguments[name], text), loops[-1] if loops else None):
            continue
        fitting = [
            (f[0], n) for n in twins for loop in loops if (p := call.view.parameter(n)) and (f := _field(p, "", loop))
        ]
        score, twin = max(fitting, default=(0.0, ""))
        if score >= SAID:
            del call.arguments[twin]
            call.missing = (*call.missing, twin)


def _words(known: object, text: str) -> str:
    """The words that an argument was read from, with a `their` before them."""
    source = known.source if isinstance(known, Filled) else None
    if source is None:
        return ""
    owner = re.search(
        r"\b(?:its|their|his|her|[a-z]+['’]s)\s+$", text[max(0, source.start - 20) : max(0, source.start)], re.I
    )
    return (owner.group() if owner else "") + source.text


def _share_out(call: PlannedCall, item: FromItem, parameters: Sequence[ParameterView]) -> None:
    """Where several parameters take one field for the same words, it stays with the one no other field fits."""
    others = {p.name: _field(p, "", item.loop, but=item.path) for p in parameters}
    able = [p for p in parameters if (other := others[p.name]) is not None and other[0] >= SAID]
    able.sort(key=lambda p: -(others[p.name] or (0.0, item))[0])
    for parameter in able[: len(parameters) - 1]:
        other = others[parameter.name]
        if other is not None:
            call.arguments[parameter.name] = other[1]


def settle(call: PlannedCall) -> None:
    """Forget the doubt about an argument that the item, or an earlier call, has taken the place of."""
    if call.doubt is None:
        return
    known = call.arguments.get(call.doubt.parameter)
    other = call.doubt.other.source
    words = re.findall(r"[a-z]+", other.text.lower()) if other is not None else []
    if not isinstance(known, Filled) or (words and set(words) <= _PRONOUNS):
        call.doubt = None


def _means(said: str, loop: Loop | None) -> bool:
    """Whether words stand for the item of a loop: a pronoun, its own name, or a part of it."""
    words = re.findall(r"[A-Za-z]+", said.lower())
    if not words or len(words) > 5 or '"' in said or "'" in said.replace("'s", ""):
        return False
    if words[0] in _PRONOUNS or re.match(r"\w+['’]s\s", said):
        return True
    item = (content_stems(loop.item) or [""])[-1] if loop else ""
    return item in {stem(w) for w in words} and bool(_POINTING.match(said) or len(words) == 1)


def _field(
    parameter: ParameterView, said: str, loop: Loop, but: tuple[str | int, ...] | None = None
) -> tuple[float, FromItem] | None:
    """The part of an item that fits a parameter and the words said for it best, and how well."""
    origin = loop.origin
    parts = field_at(origin.call.view, (*origin.path, 0), 2)
    spoken = set(content_stems(said)) - set(content_stems(loop.item))
    found: list[tuple[float, FromItem]] = []
    for part in parts or [Field((), {})]:
        if part.type == "dict" and parameter.type not in ("dict", "Any"):
            continue
        if but is not None and part.path == but:
            continue
        fitting = _type_fits(part, parameter)
        if fitting:
            found.append((_affinity(part, parameter, spoken, loop, alone=len(parts) <= 1), FromItem(loop, part.path)))
    return max(found, key=lambda f: f[0], default=None)


def _type_fits(part: Field, parameter: ParameterView) -> bool:
    if parameter.choices and part.type != "str":
        return False
    if "Any" in (part.type, parameter.type) or part.type == parameter.type:
        return True
    return (part.type == "int" and parameter.type == "float") or (parameter.type == "str" and part.type != "dict")


def _affinity(part: Field, parameter: ParameterView, spoken: set[str], loop: Loop, *, alone: bool) -> float:
    own = set(part.name_stems) or set(content_stems(loop.item))
    wanted = set(parameter.name_stems)
    told = own | set(content_stems(str(part.schema.get("description") or "")))
    score = 2.5 * sum(1 for s in spoken if any(related(s, o) for o in own)) / (len(spoken) or 1)
    score += 1.5 * sum(1 for w in wanted if w in own) / (len(wanted) or 1)
    score += 0.7 * bool(any(related(w, o) for w in wanted for o in own))
    score += 0.6 * len(parameter.stems & own) + 0.2 * len(parameter.stems & told)
    score += 1.0 if alone else 0.0
    score += 0.3 if part.type == parameter.type else 0.0
    return score


def within(call: PlannedCall, visible: Sequence[PlannedCall], loops: Sequence[Loop]) -> None:
    """Take back results and items that cannot be seen where a call stands: they are missing instead."""
    for name, argument in list(call.arguments.items()):
        unseen = isinstance(argument, FromResult) and argument.call not in visible
        unseen = unseen or (isinstance(argument, FromItem) and argument.loop not in loops)
        if unseen:
            del call.arguments[name]
            parameter = call.view.parameter(name)
            if parameter is not None and parameter.required:
                call.missing = (*call.missing, name)
