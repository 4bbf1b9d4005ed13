# ruff: noqa: E501
"""Programs as they are typically written: each must pass its check and give its value."""

import pytest
from sandbox_bench import Bench

from taskmatrix.core.protocols import ModuleStub

SHOP = ModuleStub(
    "shop",
    """from typing import Any, Literal, NotRequired, TypedDict

class Item(TypedDict):
    name: str
    price: float
    tags: list[str]
    stock: NotRequired[int]

def items(kind: Literal["fruit", "bread"] = "fruit") -> list[Item]: ...
def find(name: str) -> Item | None: ...
def raw(query: str) -> Any: ...
""",
    ("items", "find", "raw"),
)

ITEMS = [
    {"name": "Apple", "price": 1.5, "tags": ["red", "sweet"], "stock": 3},
    {"name": "Pear", "price": 2.0, "tags": ["green"]},
    {"name": "Plum", "price": 0.5, "tags": ["blue", "sweet"], "stock": 12},
]

PROGRAMS = {
    "loop and sum": ("total = 0.0\nfor item in items():\n    total += item['price']\ntotal", 4.0),
    "sum of a generator": ("sum(item['price'] for item in items())", 4.0),
    "list comprehension with a condition": ("[i['name'] for i in items() if i['price'] > 1]", ["Apple", "Pear"]),
    "dict comprehension": ("{i['name']: len(i['tags']) for i in items()}", {"Apple": 2, "Pear": 1, "Plum": 2}),
    "nested comprehension": ("sorted({t for i in items() for t in i['tags']})", ["blue", "green", "red", "sweet"]),
    "sort by key": ("[i['name'] for i in sorted(items(), key=lambda i: i['price'])]", ["Plum", "Apple", "Pear"]),
    "greatest": ("max(items(), key=lambda i: i['price'])['name']", "Pear"),
    "enumerate": ("[f'{n}. {i[\"name\"]}' for n, i in enumerate(items(), 1)][0]", "1. Apple"),
    "zip": ("dict(zip(['a', 'b'], [1, 2]))", {"a": 1, "b": 2}),
    "slice and unpack": ("first, *rest = [i['name'] for i in items()]\n[first, rest[::-1]]", ["Apple", ["Plum", "Pear"]]),
    "optional key": ("[i.get('stock', 0) for i in items()]", [3, 0, 12]),
    "optional result": ("hit = find('Kiwi')\n'none' if hit is None else hit['name']", "none"),
    "narrowed result": ("hit = find('Pear')\nname = ''\nif hit:\n    name = hit['name']\nname", "Pear"),
    "untyped result": ("data = raw('x')\n[data['rows'][0]['id'], data.get('next'), len(data['rows'])]", [7, None, 1]),
    "format": ("'{:>6.2f}|{:<5}|{:03d}'.format(1.5, 'ab', 7)", "  1.50|ab   |007"),
    "f-string": ("x = 3.14159\nf'{x:.2f} {x!r} {\"a\":>3}'", "3.14 3.14159   a"),
    "text methods": ("' a,b ,c '.strip().replace(' ', '').upper().split(',')", ["A", "B", "C"]),
    "join": ("'\\n'.join(i['name'] for i in items())", "Apple\nPear\nPlum"),
    "while": ("n, steps = 27, 0\nwhile n != 1:\n    n = n // 2 if n % 2 == 0 else 3 * n + 1\n    steps += 1\nsteps", 111),
    "break and else": ("for i in items():\n    if i['price'] > 9:\n        break\nelse:\n    i = None\ni", None),
    "handled error": ("try:\n    int('x')\nexcept ValueError as e:\n    text = 'bad'\nfinally:\n    done = True\ntext", "bad"),
    "own error": ("def f(n):\n    if n < 0:\n        raise ValueError('neg')\n    return n\ntry:\n    f(-1)\nexcept ValueError as e:\n    got = str(e)\ngot", "neg"),
    "functions with defaults": ("def f(a: int, b: int = 2, *c: int, k: int = 1) -> int:\n    return a + b + sum(c) + k\nf(1) + f(1, 2, 3, k=4)", 14),
    "recursion": ("def fact(n: int) -> int:\n    return 1 if n < 2 else n * fact(n - 1)\nfact(20)", 2432902008176640000),
    "closure": ("def counter():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n        return n\n    return up\nc = counter()\nc()\nc()", 2),
    "match": ("def f(x):\n    match x:\n        case {'name': str(n)}:\n            return n\n        case [a, *_]:\n            return a\n        case _:\n            return '?'\n[f(items()[0]), f([1, 2]), f(3)]", ["Apple", 1, "?"]),
    "walrus": ("[n for i in items() if (n := len(i['name'])) > 4]", [5]),
    "dataclass": ("from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: int = 2\np = P(1)\np.x + p.y", 3),
    "class": ("class Cart:\n    def __init__(self):\n        self.lines = []\n    def add(self, name: str, n: int = 1):\n        self.lines.append((name, n))\n        return self\nc = Cart().add('a').add('b', 2)\nc.lines", [["a", 1], ["b", 2]]),
    "json": ("import json\njson.loads(json.dumps({'a': [1, 2.5, None, True]}))", {"a": [1, 2.5, None, True]}),
    "regular expression": ("import re\n[m.group(1) for m in re.finditer(r'(\\d+) EUR', '5 EUR, 12 EUR')]", ["5", "12"]),
    "date": ("from datetime import date, timedelta\n(date(2026, 2, 27) + timedelta(days=2)).isoformat()", "2026-03-01"),
    "counting": ("from collections import Counter\nCounter('hello').most_common(1)[0][0]", "l"),
    "default dict": ("from collections import defaultdict\nd: dict[str, list[str]] = defaultdict(list)\nfor i in items():\n    for t in i['tags']:\n        d[t].append(i['name'])\nd['sweet']", ["Apple", "Plum"]),
    "mathematics": ("import math\n[math.floor(2.7), math.isclose(0.1 + 0.2, 0.3), round(2.5), 7 // 2, -7 % 3]", [2, True, 2, 3, 2]),
    "any and all": ("[any(i['price'] > 1 for i in items()), all(i['price'] > 1 for i in items())]", [True, False]),
    "set operations": ("sorted({1, 2, 3} & {2, 3, 4} | {9})", [2, 3, 9]),
    "kinds": ("[isinstance(1, int), isinstance('a', (int, str)), type(1.0).__name__]", [True, True, "float"]),
    "gather": ("import asyncio\nasync def one(n):\n    return [i['name'] for i in items()][n]\nasync def main():\n    return await asyncio.gather(one(0), one(2))\nasyncio.run(main())", ["Apple", "Plum"]),
    "literal parameter": ("[i['name'] for i in items(kind='bread')]", ["Apple", "Pear", "Plum"]),
    "global": ("n = 0\ndef up():\n    global n\n    n += 1\nup()\nup()\nn", 2),
    "text with quotes": ("'''a \"b\" 'c' \\\\ é 日'''", "a \"b\" 'c' \\ é 日"),
}  # fmt: skip


def shop(call):
    match call.function:
        case "items":
            return ITEMS
        case "find":
            return next((i for i in ITEMS if i["name"] == call.args[0]), None)
        case _:
            return {"rows": [{"id": 7}]}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_typical_program_passes_its_check_and_gives_its_value(bench, name):
    code, value = PROGRAMS[name]
    code = f"from shop import find, items, raw\n{code}"
    assert bench.check(code, [SHOP]) == []
    assert bench.run(code, shop, modules=[SHOP]).value == value


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_gives_the_same_value_in_the_whole_language(cpython, name):
    code, value = PROGRAMS[name]
    assert Bench(cpython).run(f"from shop import find, items, raw\n{code}", shop, modules=[SHOP]).value == value
