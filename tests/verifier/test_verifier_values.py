"""Where secret, private and untrusted values may go."""

import pytest
from verifier_documents import OFFICE, SECRET, document, found

from taskmatrix.core.documents import Returns, parse_document
from taskmatrix.core.programs import Flow, Plan
from taskmatrix.core.sensitivity import Mark, marks, of_parameter

HEAD = "import vault, portal, people, post, web, disk\ne = vault.entry('main')\n"

LEAKS = {
    "printed": ("print(e['password'])", "secret-as-text"),
    "printed whole": ("print(e)", "secret-as-text"),
    "in an f-string": ("x = f'pw {e[\"password\"]}'", "secret-as-text"),
    "added to a text": ("x = 'pw ' + e['password']", "secret-as-text"),
    "by percent": ("x = 'pw %s' % e['password']", "secret-as-text"),
    "by format": ("x = '{}'.format(e['password'])", "secret-as-text"),
    "by join": ("x = ' '.join([e['password']])", "secret-as-text"),
    "by str": ("x = str(e)", "secret-as-text"),
    "upper case": ("x = e['password'].upper()", "secret-as-text"),
    "a piece": ("x = e['password'][:3]", "secret-as-text"),
    "as JSON": ("import json\nx = json.dumps(e)", "secret-as-text"),
    "as the answer": ("e['password']", "secret-as-text"),
    "within the answer": ("[1, {'a': e['password']}]", "secret-as-text"),
    "raised": ("raise RuntimeError(e['password'])", "secret-as-text"),
    "in a loop": ("for k in ['user', 'password']:\n    print(e[k])", "secret-as-text"),
    "of all values": ("for v in e.values():\n    print(v)", "secret-as-text"),
    "of all items": ("for k, v in e.items():\n    print(v)", "secret-as-text"),
    "through a list": ("kept = []\nkept.append(e['password'])\nprint(kept[0])", "secret-as-text"),
    "through another name of the list": (
        "a = []\nb = a\nb.append(e['password'])\nfor x in a:\n    print(x)",
        "secret-as-text",
    ),
    "through a dict": ("d = {}\nd['p'] = e['password']\nprint(d['p'])", "secret-as-text"),
    "through a function": ("def f(x):\n    return x['password']\nprint(f(e))", "secret-as-text"),
    "within a function": ("def f(x):\n    print(x['password'])\nf(e)", "secret-as-text"),
    "a function that fills a list": (
        "def f(out):\n    out.append(e['password'])\nkept = []\nf(kept)\nprint(kept)",
        "secret-as-text",
    ),
    "through a recursion": (
        "def f(n):\n    if n:\n        print(f(n - 1))\n    return e['password']\nf(3)",
        "secret-as-text",
    ),
    "through a lambda": ("f = lambda x: x['password']\nprint(f(e))", "secret-as-text"),
    "by the key of a sort": ("sorted([e], key=lambda x: x['password'].lower())", "secret-as-text"),
    "through an object": (
        "class Box:\n    def __init__(self, x):\n        self.x = x\n    def show(self):\n        print(self.x)\n"
        "Box(e['password']).show()",
        "secret-as-text",
    ),
    "on one branch": ("x = ''\nif len(e['user']):\n    x = e['password']\nprint(x)", "secret-as-text"),
    "after a failure": (
        "x = ''\ntry:\n    x = e['password']\n    portal.log('a')\n    x = ''\nexcept RuntimeError:\n    print(x)",
        "secret-as-text",
    ),
    "in a finally": ("x = ''\ntry:\n    x = e['password']\nfinally:\n    print(x)", "secret-as-text"),
    "in the next turn": ("x = ''\nfor i in [1, 2]:\n    print(x)\n    x = e['password']", "secret-as-text"),
    "by an assignment expression": ("if (x := e['password']):\n    print(x)", "secret-as-text"),
    "by match": ("match e:\n    case {'password': p}:\n        print(p)", "secret-as-text"),
    "by unpacking": ("a, b = e['user'], e['password']\nprint(b)", "secret-as-text"),
    "in a comprehension": ("x = [str(p) for p in vault.every()]", "secret-as-text"),
    "to another parameter": ("portal.log(e['password'])", "secret-to-parameter"),
    "to another parameter by name": ("portal.log(text=e['password'])", "secret-to-parameter"),
    "to another parameter by star": ("portal.login(*[e['password'], e['password']])", "secret-to-parameter"),
    "to the wrong one of two": ("portal.login(e['password'], e['password'])", "secret-to-parameter"),
    "to an API under another name": ("log = portal.log\nlog(e['password'])", "secret-to-parameter"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_secret_never_becomes_text(verifier, name):
    code, rule = LEAKS[name]
    findings = [f for f in verifier.check(HEAD + code, OFFICE).findings if f.severity == "error"]
    assert {f.rule for f in findings} == {rule} and all(f.line > 2 and "vault." in f.message for f in findings)


KEPT = {
    "given for its parameter": "portal.login(e['user'], e['password'])",
    "through names and functions": "def go(x):\n    p = x['password']\n    portal.login(x['user'], password=p)\ngo(e)",
    "in containers": "for p in [q for q in vault.every()]:\n    portal.login('a', p)",
    "the other field": "print(e['user'])\nx = f\"{e['user']} {e.get('user')}\"",
    "the other field of many": "es = [vault.entry(n) for n in ['a', 'b']]\nfor one in es:\n    print(one['user'])",
    "a name with a new value": "x = e['password']\nportal.login('a', x)\nx = 'done'\nprint(x)",
    "looked at": "if e['password'] and len(e['password']) > 3 and e['password'] != 'x':\n    print('long')",
    "another branch": "if len(e['user']):\n    x = e['password']\n    portal.login('a', x)\nelse:\n    print('no')",
    "left by return": "def f(b: bool):\n    x = 'a'\n    if b:\n        x = e['password']\n        return x\n"
    "    print(x)\n    return x\nportal.login('a', f(True))",
    "a sorted list of others": "for u in sorted([e['user'], 'b']):\n    print(u)",
}


@pytest.mark.parametrize("name", KEPT)
def test_a_secret_may_go_where_secrets_go(verifier, name):
    assert found(verifier.check(HEAD + KEPT[name], OFFICE)) == []


def test_a_finding_about_a_secret_quotes_the_owner(verifier):
    (finding,) = verifier.check(HEAD + "portal.login(e['password'], 'x' * 3)", OFFICE).findings
    assert finding.message == "a secret from `vault.entry` is given for `user` of `portal.login`, which takes none"
    assert (finding.line, finding.column) == (3, 14) and finding.hint == "Passwords are for this alone."


def test_a_secret_written_in_the_program_is_a_warning(verifier):
    report = verifier.check("import portal\nportal.login('a', 'hunter2')", OFFICE)
    assert report.ok and found(report) == [(2, "secret-in-program", "warning")]
    assert "hunter2" not in str(report.findings)


def test_calls_made_together_keep_their_values_apart(verifier):
    code = (
        "import asyncio, vault, people\nasync def main() -> None:\n    e, c = await asyncio.gather(\n"
        "        asyncio.to_thread(vault.entry, 'a'), asyncio.to_thread(people.count, 'b')\n    )\n    print({})\n"
        "await main()"
    )
    assert verifier.check(code.format("c"), OFFICE).ok
    assert [f.rule for f in verifier.check(code.format("e"), OFFICE).findings] == ["secret-as-text"]


SINKS = {
    "private to an address": ("post.send(p['address'], 'hello')", []),
    "private in the text": ("post.send('a', p['address'])", ["private-to-sink"]),
    "private in an f-string": ("post.send('a', f\"{p['address']}\")", ["private-to-sink"]),
    "another field": ("post.send('a', p['city'])", []),
    "translated": ("post.send('a', people.reword(p['address']))", ["private-to-sink"]),
    "counted": ("post.send('a', str(people.count(p['address'])))", []),
    "masked": ("post.send('a', people.mask(p['address']))", []),
    "kept here": ("portal.log(p['address'])\nprint(p)", []),
    "untrusted to a destructive call": ("disk.wipe(w)", ["untrusted-to-effect"]),
    "untrusted words": ("for word in w.split():\n    disk.wipe(word)", ["untrusted-to-effect"]),
    "untrusted where it is expected": ("disk.play(w)", []),
    "untrusted for what must be trusted": ("disk.pay(w)", ["untrusted-to-effect"]),
    "untrusted in a text": ("post.send('a', w)\nportal.log(w)", []),
    "own words": ("disk.wipe('old')\ndisk.pay('me')", []),
}


@pytest.mark.parametrize("name", SINKS)
def test_private_and_untrusted_values_go_where_documents_let_them(verifier, name):
    code, expected = SINKS[name]
    head = HEAD + "p = people.find('Ann')\nw = web.page('x')\n"
    assert [f.rule for f in verifier.check(head + code, OFFICE).findings] == expected


def test_what_the_user_allowed_passes_but_never_for_secrets(verifier):
    code = HEAD + "post.send('a', people.find('Ann')['address'])"
    flow = Flow(source="people.find", api="post.send", parameter="text")
    assert not verifier.check(code, OFFICE, Plan()).ok
    assert verifier.check(code, OFFICE, Plan(permitted=(flow,))).ok
    secret = Flow(source="vault.entry", api="portal.log", parameter="text")
    assert not verifier.check(HEAD + "portal.log(e['password'])", OFFICE, Plan(permitted=(secret,))).ok


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("for i in [1, 2]:\n    print(late)\n    late = i", 2),
        ("while len('a'):\n    x = late\n    late = x", 2),
        ("for i in [1]:\n    for k in [2]:\n        print(late)\n    late = i", 3),
        ("def f():\n    for i in [1]:\n        print(late)\n        late = i\nf()", 3),
    ],
)
def test_a_name_that_gets_its_value_later_in_the_loop_is_an_error(verifier, code, line):
    report = verifier.check(code, OFFICE)
    assert (line, "used-before-set", "error") in found(report)


@pytest.mark.parametrize(
    "code",
    [
        "for i in [1, 2]:\n    if i > 1:\n        print(late)\n    late = i",
        "late = 0\nfor i in [1, 2]:\n    print(late)\n    late = i",
        "for i in [1, 2]:\n    late = i\n    print(late)\nprint(late)",
        "def f(a=None, *b):\n    if a is None:\n        a, b = [], ()\n    for x in a:\n        print(b)\nf()",
        "for i in [1]:\n    try:\n        i += 1\n    except RuntimeError as error:\n        print(error)",
        "for i in [1]:\n    print([j for j in [i] if (k := j)])\n    print(k)",
    ],
)
def test_a_name_that_may_have_a_value_is_none(verifier, code):
    assert "used-before-set" not in {f.rule for f in verifier.check(code, OFFICE).findings}


def test_a_field_read_earlier_is_the_field_that_counts(verifier):
    from verifier_documents import MAIL

    code = "from mail import find, move\nhit = find('a')\nn = hit['{}']\nmove(n)"
    assert verifier.check(code.format("id"), MAIL).ok
    (finding,) = verifier.check(code.format("size"), MAIL).findings
    assert finding.rule == "composition-feeds" and "the field is `size`" in finding.message


def test_marks_are_found_at_any_depth_and_unknown_words_mean_nothing():
    schema = {
        "type": "array",
        "items": {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "null"}]},
        "$defs": {"a": {"properties": {"key": {"writeOnly": True}, "who": {"x-sensitivity": "private"}}}},
    }
    assert set(marks(Returns(schema=schema))) == {Mark(("*", "key"), "secret"), Mark(("*", "who"), "private")}
    assert marks(Returns.model_validate({"schema": {}, "x-sensitivity": "untrusted"})) == (Mark((), "untrusted"),)
    assert marks(Returns(schema={"x-sensitivity": "odd"})) == ()
    assert marks(Returns(schema={"x-sensitivity": ["secret"], "format": "password"})) == (Mark((), "secret"),)


def test_a_cyclic_schema_has_marks_too():
    schema = {"properties": {"key": SECRET, "next": {"$ref": "#"}}}
    assert Mark(("key",), "secret") in marks(Returns(schema=schema))


def test_a_marked_document_is_the_same_after_it_was_written_and_read():
    written = document("vault.x", ("key", SECRET), returns={"x-sensitivity": "private"}).to_json()
    read = parse_document(written)
    assert read.to_json() == written and of_parameter(read.parameters[0]) == "secret"


@pytest.mark.parametrize(
    "code", ["burn('old.txt')", "x = 'my old.txt'\nburn(x)", "burn(f'{1}/old.txt')", "burn('old')"]
)
def test_what_came_with_an_event_decides_no_destructive_call_unless_its_author_put_it_there(verifier, code):
    documents = [document("fire.burn", ("path", {"type": "string"}), effects="destructive")]
    code = f"from fire import burn\n{code}"
    report = verifier.check(code, documents, Plan(untrusted=("no", "old.txt")))
    assert [finding.rule for finding in report.findings] == ["untrusted-to-effect"]
    assert verifier.check(code, documents, Plan(untrusted=("old.txt",), placed=True)).ok
    assert verifier.check(code, documents, Plan(untrusted=("other.txt",))).ok


def test_a_parameter_that_takes_nothing_untrusted_takes_nothing_of_an_event(verifier):
    light = document("fire.light", ("where", {"type": "string", "x-sensitivity": "trusted"}))
    code, plan = "from fire import light\nlight('attic')", Plan(untrusted=("attic",), placed=True)
    assert not verifier.check(code, [light], plan).ok
    assert verifier.check(code, [light], Plan(untrusted=("cellar",), placed=True)).ok
