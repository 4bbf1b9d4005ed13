# ruff: noqa: E501
"""Typical programs of the whole language: each runs in one sandbox or the other, as its check says before.

Where Monty alone may run them, those it cannot run are found before they run, with what to write instead.
"""

import pytest
from sandbox_bench import Bench

from taskmatrix.core.protocols import Origin
from taskmatrix.sandbox import Sandboxes

PROGRAMS = {
    'generator function': ('def evens(n):\n    for i in range(n):\n        if i % 2 == 0:\n            yield i\nlist(evens(7))', [0, 2, 4, 6]),
    'generator delegation': ('def walk(x):\n    if isinstance(x, list):\n        for y in x:\n            yield from walk(y)\n    else:\n        yield x\nlist(walk([1, [2, [3]]]))', [1, 2, 3]),
    'delete a key': ("d = {'a': 1, 'b': 2}\ndel d['a']\nd", {'b': 2}),
    'delete a slice': ('x = [1, 2, 3, 4]\ndel x[1:3]\nx', [1, 4]),
    'own exception': ("class TooDear(Exception):\n    pass\ntry:\n    raise TooDear('9')\nexcept TooDear as e:\n    text = str(e)\ntext", '9'),
    'inheritance': ('class Shape:\n    def area(self): return 0\nclass Square(Shape):\n    def __init__(self, a): self.a = a\n    def area(self): return self.a ** 2\nSquare(3).area()', 9),
    'super': ('class A:\n    def __init__(self): self.x = 1\nclass B(A):\n    def __init__(self):\n        super().__init__()\n        self.y = 2\nb = B()\nb.x + b.y', 3),
    'property': ('class Box:\n    def __init__(self, w, h):\n        self.w, self.h = w, h\n    @property\n    def area(self): return self.w * self.h\nBox(2, 3).area', 6),
    'staticmethod': ('class T:\n    @staticmethod\n    def double(x): return 2 * x\nT.double(4)', 8),
    'classmethod': ("class P:\n    def __init__(self, x): self.x = x\n    @classmethod\n    def parse(cls, text): return cls(int(text))\nP.parse('7').x", 7),
    'dunder repr': ("class P:\n    def __init__(self, x): self.x = x\n    def __repr__(self): return f'P({self.x})'\nrepr(P(3))", 'P(3)'),
    'dunder str': ("class P:\n    def __str__(self): return 'a point'\nf'{P()}'", 'a point'),
    'dunder eq': ('class P:\n    def __init__(self, x): self.x = x\n    def __eq__(self, other): return self.x == other.x\nP(1) == P(1)', True),
    'dunder lt': ('class P:\n    def __init__(self, x): self.x = x\n    def __lt__(self, other): return self.x < other.x\n[p.x for p in sorted([P(2), P(1)])]', [1, 2]),
    'dunder len and getitem': ('class L:\n    def __len__(self): return 3\n    def __getitem__(self, i): return i * 10\nl = L()\n[len(l), l[2]]', [3, 20]),
    'dunder iter': ('class L:\n    def __iter__(self): return iter([1, 2])\nlist(L())', [1, 2]),
    'dunder call': ('class Add:\n    def __init__(self, n): self.n = n\n    def __call__(self, x): return x + self.n\nAdd(2)(3)', 5),
    'dunder add': ('class V:\n    def __init__(self, x): self.x = x\n    def __add__(self, o): return V(self.x + o.x)\n(V(1) + V(2)).x', 3),
    'dunder contains': ('class S:\n    def __contains__(self, x): return x == 3\n3 in S()', True),
    'dunder bool': ('class N:\n    def __bool__(self): return False\nbool(N())', False),
    'dunder hash': ('class K:\n    def __init__(self, x): self.x = x\n    def __hash__(self): return hash(self.x)\n    def __eq__(self, o): return self.x == o.x\nlen({K(1), K(1)})', 1),
    'own context manager': ("class C:\n    def __init__(self): self.log = []\n    def __enter__(self):\n        self.log.append('in')\n        return self\n    def __exit__(self, *a): self.log.append('out')\nwith C() as c:\n    c.log.append('x')\nc.log", ['in', 'x', 'out']),
    'contextlib': ("from contextlib import contextmanager\nlog = []\n@contextmanager\ndef tag(n):\n    log.append(f'<{n}>')\n    yield n\n    log.append(f'</{n}>')\nwith tag('b') as t:\n    log.append(t)\n''.join(log)", '<b>b</b>'),
    'suppress': ("from contextlib import suppress\nwith suppress(KeyError):\n    {}['x']\n'on'", 'on'),
    'enum': ('from enum import Enum\nclass Size(Enum):\n    S = 1\n    L = 2\n[s.name for s in Size]', ['S', 'L']),
    'statistics': ('import statistics\n[statistics.mean([1, 2, 6]), statistics.median([3, 1, 2])]', [3, 2]),
    'ordered dict': ("from collections import OrderedDict\nd = OrderedDict(a=1, b=2)\nd.move_to_end('a')\nlist(d)", ['b', 'a']),
    'dataclass as dict': ('from dataclasses import asdict, dataclass\n@dataclass\nclass P:\n    x: int\n    y: int = 2\nasdict(P(1))', {'x': 1, 'y': 2}),
    'dataclass field': ("from dataclasses import dataclass, field\n@dataclass\nclass P:\n    tags: list = field(default_factory=list)\np = P()\np.tags.append('a')\np.tags", ['a']),
    'dataclass replace': ('from dataclasses import dataclass, replace\n@dataclass(frozen=True)\nclass P:\n    x: int\n    y: int = 2\nreplace(P(1), y=5).y', 5),
    'dataclass order': ('from dataclasses import dataclass\n@dataclass(order=True)\nclass P:\n    x: int\nmin(P(2), P(1)).x', 1),
    'named tuple': ("from collections import namedtuple\nP = namedtuple('P', 'x y')\nP(1, 2).y", 2),
    'typed named tuple': ('from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    y: int = 5\nP(1).y', 5),
    'csv from text': ("import csv, io\n[r['name'] for r in csv.DictReader(io.StringIO('name,n\\nA,1\\nB,2\\n'))]", ['A', 'B']),
    'csv to text': ("import csv, io\nout = io.StringIO()\ncsv.writer(out).writerows([[1, 'a,b'], [2, 'c']])\nout.getvalue()", '1,"a,b"\r\n2,c\r\n'),
    'string constants': ('import string\nstring.ascii_lowercase[:3] + string.digits[:2]', 'abc01'),
    'textwrap': ("import textwrap\ntextwrap.fill('aa bb cc dd', 5).split('\\n')", ['aa bb', 'cc dd']),
    'heapq': ('import heapq\nheapq.nlargest(2, [3, 1, 4, 1, 5])', [5, 4]),
    'operator': ("from operator import itemgetter\nsorted([{'n': 2}, {'n': 1}], key=itemgetter('n'))", [{'n': 1}, {'n': 2}]),
    'fractions': ('from fractions import Fraction\nstr(Fraction(1, 3) + Fraction(1, 6))', '1/2'),
    'urllib.parse': ("from urllib.parse import urlencode, urlparse\n[urlencode({'q': 'a b'}), urlparse('http://x.org/p?q=1').path]", ['q=a+b', '/p']),
    'html': ("import html\nhtml.escape('<a> & b')", '&lt;a&gt; &amp; b'),
    'difflib': ("import difflib\ndifflib.get_close_matches('appel', ['apple', 'pear'])", ['apple']),
    'calendar': ('import calendar\ncalendar.monthrange(2028, 2)[1]', 29),
    'uuid of a name': ("import uuid\nstr(uuid.uuid5(uuid.NAMESPACE_DNS, 'x.org'))[:8]", '8d26f658'),
    'abstract base': ('from abc import ABC, abstractmethod\nclass A(ABC):\n    @abstractmethod\n    def f(self): ...\nclass B(A):\n    def f(self): return 1\nB().f()', 1),
    'future annotations': ('from __future__ import annotations\nclass Later:\n    def me(self) -> Later: return self\nlen([Later().me()])', 1),
    'exception groups': ("try:\n    raise ExceptionGroup('g', [ValueError('a'), TypeError('b')])\nexcept* ValueError as e:\n    got = len(e.exceptions)\nexcept* TypeError:\n    pass\ngot", 1),
    'bytes of a list': ('bytes([72, 105]).decode()', 'Hi'),
    'bytearray': ("b = bytearray(b'ab')\nb.append(99)\nbytes(b).decode()", 'abc'),
    'strptime': ("from datetime import datetime\ndatetime.strptime('05 Mar 2026', '%d %b %Y').date().isoformat()", '2026-03-05'),
    'total ordering': ('from functools import total_ordering\n@total_ordering\nclass P:\n    def __init__(self, x): self.x = x\n    def __eq__(self, o): return self.x == o.x\n    def __lt__(self, o): return self.x < o.x\nP(2) >= P(1)', True),
    'lru cache': ('from functools import lru_cache\n@lru_cache\ndef fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(60)', 1548008755920),
    'reduce': ('from functools import reduce\nreduce(lambda a, b: a * b, [1, 2, 3, 4])', 24),
    'partial': ('from functools import partial\npartial(pow, 2)(10)', 1024),
    'asyncio tasks': ('import asyncio\nasync def one(n):\n    await asyncio.sleep(0)\n    return n * 2\nasync def main():\n    tasks = [asyncio.create_task(one(n)) for n in range(3)]\n    return [await t for t in tasks]\nasyncio.run(main())', [0, 2, 4]),
    'task group': ("import asyncio\nasync def main():\n    async with asyncio.TaskGroup() as group:\n        t = group.create_task(asyncio.sleep(0, 'x'))\n    return t.result()\nasyncio.run(main())", 'x'),
    'semaphore': ('import asyncio\nasync def main():\n    gate = asyncio.Semaphore(2)\n    async def one(n):\n        async with gate:\n            return n\n    return await asyncio.gather(*[one(n) for n in range(3)])\nasyncio.run(main())', [0, 1, 2]),
    'asynchronous generator': ('import asyncio\nasync def count():\n    for i in range(3):\n        yield i\nasync def main():\n    return [i async for i in count()]\nasyncio.run(main())', [0, 1, 2]),
    'type alias': ("from typing import TypeAlias\nName: TypeAlias = str\nn: Name = 'x'\nn", 'x'),
    'generic class': ("from typing import Generic, TypeVar\nT = TypeVar('T')\nclass Stack(Generic[T]):\n    def __init__(self): self.items: list[T] = []\n    def push(self, x: T): self.items.append(x)\ns = Stack[int]()\ns.push(3)\ns.items", [3]),
    'protocol': ('from typing import Protocol\nclass Has(Protocol):\n    x: int\nclass P:\n    x = 3\ndef f(p: Has) -> int: return p.x\nf(P())', 3),
    'slots': ("class P:\n    __slots__ = ('x',)\n    def __init__(self, x): self.x = x\nP(4).x", 4),
    'chain map': ("from collections import ChainMap\nChainMap({'a': 1}, {'a': 2, 'b': 3})['b']", 3),
    'deque': ('from collections import deque\nd = deque([1, 2], maxlen=2)\nd.append(3)\nlist(d)', [2, 3]),
    'groupby': ("from itertools import groupby\n[[k, len(list(g))] for k, g in groupby('aabccc')]", [['a', 2], ['b', 1], ['c', 3]]),
    'accumulate': ('from itertools import accumulate, chain\nlist(accumulate(chain([1], [2, 3])))', [1, 3, 6]),
    'decorator': ('def twice(f):\n    def g(*a):\n        return f(*a) * 2\n    return g\n@twice\ndef h(x): return x + 1\nh(2)', 6),
    'wraps': ('from functools import wraps\ndef note(f):\n    @wraps(f)\n    def g(*a): return f(*a)\n    return g\n@note\ndef h(): return 1\nh.__name__', 'h'),
    'print to text': ("import io\nfrom contextlib import redirect_stdout\nout = io.StringIO()\nwith redirect_stdout(out):\n    print('x')\nout.getvalue()", 'x\n'),
    'complex': ('(1 + 2j).imag', 2.0),
    'decimal': ("from decimal import Decimal\nstr(Decimal('0.1') + Decimal('0.2'))", '0.3'),
    'base64': ("import base64\nbase64.b64encode(b'hi').decode()", 'aGk='),
    'hashlib': ("import hashlib\nhashlib.sha256(b'x').hexdigest()[:8]", '2d711642'),
    'seeded random': ('import random\nr = random.Random(3)\n0 <= r.random() < 1', True),
    'sort with cmp': ('from functools import cmp_to_key\nsorted([3, 1, 2], key=cmp_to_key(lambda a, b: b - a))', [3, 2, 1]),
    'struct': ("import struct\nlist(struct.unpack('>HB', struct.pack('>HB', 258, 3)))", [258, 3]),
    'xml': ('import xml.etree.ElementTree as ET\n[e.get(\'n\') for e in ET.fromstring(\'<a><b n="1"/><b n="2"/></a>\')]', ['1', '2']),
    'stopiteration': ("it = iter([1])\nnext(it)\nnext(it, 'none')", 'none'),
    'iterator protocol': ('class Up:\n    def __init__(self): self.n = 0\n    def __iter__(self): return self\n    def __next__(self):\n        self.n += 1\n        if self.n > 3: raise StopIteration\n        return self.n\nlist(Up())', [1, 2, 3]),
    'format map': ("'{a}-{b}'.format_map({'a': 1, 'b': 2})", '1-2'),
    'translate': ("'abc'.translate(str.maketrans('ab', 'xy'))", 'xyc'),
    'getattr default': ("class P:\n    x = 1\n[getattr(P(), 'y', 0), hasattr(P(), 'x')]", [0, True]),
    'vars': ('class P:\n    def __init__(self): self.a = 1\nP().__dict__', {'a': 1}),
    'class attributes': ('class C:\n    n = 0\n    def up(self): C.n += 1\nC().up()\nC().up()\nC.n', 2),
    'raise from': ("try:\n    try:\n        1 / 0\n    except ZeroDivisionError as e:\n        raise ValueError('x') from e\nexcept ValueError as e:\n    got = type(e.__cause__).__name__\ngot", 'ZeroDivisionError'),
    'zip strict': ("try:\n    list(zip([1], [1, 2], strict=True))\n    r = 'no'\nexcept ValueError:\n    r = 'yes'\nr", 'yes'),
    'set default': ("d: dict[str, list[int]] = {}\nd.setdefault('a', []).append(1)\nd", {'a': [1]}),
    'dict union': ("{'a': 1} | {'b': 2}", {'a': 1, 'b': 2}),
    'pattern substitution': ("import re\nre.sub(r'(\\w+)@(\\w+)', lambda m: m.group(2), 'a@b c@d')", 'b d'),
    'time zones': ('from datetime import datetime, timedelta, timezone\ndatetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2))).isoformat()', '2026-01-01T00:00:00+02:00'),
    'assert': ("try:\n    assert 1 == 2, 'no'\nexcept AssertionError as e:\n    t = str(e)\nt", 'no'),
    'lambda default': ('fs = [lambda x, n=n: x + n for n in range(3)]\n[f(1) for f in fs]', [1, 2, 3]),
    'star call': ("def f(a, b, *, c): return a + b + c\nf(*[1, 2], **{'c': 3})", 6),
    'isqrt': ('import math\n[math.isqrt(17), math.gcd(12, 18), math.comb(5, 2)]', [4, 6, 10]),
    'int base': ("[int('ff', 16), bin(5), hex(255), format(5, '04b')]", [255, '0b101', '0xff', '0101']),
    'sorted by two': ("sorted([('b', 1), ('a', 2), ('a', 1)], key=lambda t: (t[0], -t[1]))", [['a', 2], ['a', 1], ['b', 1]]),
    'sort by a method': ("sorted(['b', 'A', 'c'], key=str.lower)", ['A', 'b', 'c']),
    'first that fits': ('next((n for n in [1, 5, 7] if n > 3), None)', 5),
    'json of dates': ("import json\nfrom datetime import date\njson.dumps({'d': date(2026, 1, 2)}, default=str)", '{"d": "2026-01-02"}'),
}  # fmt: skip


@pytest.fixture(scope="module")
def both(cpython):
    sandboxes = Sandboxes(whole_language=True)
    yield Bench(sandboxes)
    sandboxes.close()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_passes_its_check_and_runs_where_that_says(both, name):
    code, value = PROGRAMS[name]
    checked = both.sandbox.check(code, [])
    assert [f for f in checked if f.severity == "error"] == []
    assert both.run(code, modules=(), origin=Origin(backend=checked.backend)).value == value


@pytest.mark.parametrize("name", PROGRAMS)
def test_on_monty_alone_it_runs_or_is_refused_with_a_hint(bench, name):
    code, value = PROGRAMS[name]
    errors = [f for f in bench.check(code, []) if f.severity == "error"]
    if errors:
        assert any(f.hint for f in errors), errors
    else:
        assert bench.run(code, modules=()).value == value


def test_many_of_the_programs_need_the_whole_language_and_many_do_not(monty):
    needing = [code for code, _ in PROGRAMS.values() if any(f.severity == "error" for f in monty.check(code, []))]
    assert len(PROGRAMS) >= 60 and 40 <= len(needing) <= len(PROGRAMS) - 30


def test_a_program_that_the_small_python_runs_stays_there(both):
    assert both.sandbox.check("x = sum(n for n in [1, 2])\nx", []).backend == "monty"


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import os\ndel os", "unresolved-import"),
        ("x = [1]\ndel x[0]\nopen('x')", "unresolved-reference"),
        ("def f():\n    yield nothing_like_it", "unresolved-reference"),
        ("from tools import count\ndef f():\n    yield count(3)", "invalid-argument-type"),
        ("from tools import count\ndef f():\n    yield count()", "missing-argument"),
        ("class A(Exception): pass\nexit()", "unsupported-syntax"),
        ("import asyncio\nasync def f():\n    await asyncio.create_subprocess_shell('id')", "unresolved-attribute"),
        ("from . import x", "unsupported-syntax"),
    ],
)
def test_what_no_sandbox_runs_is_an_error_in_the_whole_language_too(both, code, rule):
    assert rule in [f.rule for f in both.check(code) if f.severity == "error"]


def test_without_leave_for_the_whole_language_the_findings_stay():
    sandboxes = Sandboxes()
    checked = sandboxes.check("x = [1]\ndel x[0]", [])
    assert checked.backend == "monty" and checked[0].hint
    sandboxes.close()
