import pytest
from verifier_documents import found

HEAD = "from mail import find, newest, move\n"

FEEDS = {
    "field of the result": ("move(find('a')['id'])", []),
    "through a name": ("hit = find('a')\nmove(message=hit['id'])", []),
    "through two names": ("hit = find('a')\nn = hit['id']\nmove(n, 'spam')", []),
    "through a list": ("ids = []\nfor w in ['a']:\n    ids.append(find(w)['id'])\nfor i in ids:\n    move(i)", []),
    "through a comprehension": ("for i in [find(w)['id'] for w in ['a']]:\n    move(i)", []),
    "through a function": ("def first(w):\n    return find(w)['id']\nmove(first('a'))", []),
    "through a parameter": ("def go(n: int):\n    move(n)\ngo(find('a')['id'])", []),
    "through arithmetic": ("n = find('a')['id']\nn += 1\nmove(n)", []),
    "through unpacking": ("a, b = find('a')['id'], 3\nmove(a)", []),
    "from another API": ("move(newest())", [(1, "error")]),
    "from another API through a name": ("n = newest()\nmove(n)", [(2, "error")]),
    "another field": ("move(find('a')['size'])", [(1, "error")]),
    "a written value": ("move(17)", [(1, "warning")]),
    "a computed value": ("move(len('abc'))", []),
    "starred arguments": ("move(*[1])", []),
}


@pytest.mark.parametrize("name", FEEDS)
def test_a_parameter_takes_what_its_rule_says(check, name):
    code, expected = FEEDS[name]
    feeds = [(line - 1, severity) for line, rule, severity in found(check(HEAD + code)) if rule == "composition-feeds"]
    assert feeds == expected


def test_the_finding_says_where_the_value_should_come_from(check):
    finding = next(f for f in check(HEAD + "move(newest())").findings if f.rule == "composition-feeds")
    assert "`message` of `mail.move` takes `id` of the result of `find`" in finding.message
    assert "comes from `mail.newest`" in finding.message
    assert finding.hint == "The message is the id that find returns."
