"""Attempts to reach what lies outside: files, processes, the network, the host's objects.

Each program leaves what it got hold of in `got`, or writes to the canary's path. An attempt may fail in any
way; it succeeds if the canary's text or a host object is seen.
"""

import os
import subprocess
from pathlib import Path

import pytest

from taskmatrix.core.errors import SandboxError

SECRET = "canary-3f9c1"

READ_FILE = [
    "got = open(PATH).read()",
    "import os\ngot = os.read(os.open(PATH, 0), 100)",
    "import os\ngot = os.listdir('/')",
    "import os\ngot = os.environ",
    "import os\ngot = os.getenv('CANARY')",
    "from pathlib import Path\ngot = Path(PATH).read_text()",
    "from pathlib import Path\ngot = list(Path('/').iterdir())",
    "from pathlib import Path\nPath(PATH).write_text('changed')\ngot = 'wrote'",
    "open(PATH, 'w').write('changed')\ngot = 'wrote'",
    "import os\nos.remove(PATH)\ngot = 'removed'",
    "import os\nos.rename(PATH, PATH + 'x')\ngot = 'renamed'",
    "got = open('/proc/self/environ').read()",
    "got = open('/proc/self/maps').read()",
    "got = open('/proc/1/cmdline').read()",
    "got = open('/etc/passwd').read()",
    "got = open('/dev/fd/0').read()",
    "import csv\ngot = list(csv.reader(open(PATH)))",
    "import tomllib\ngot = tomllib.load(open(PATH, 'rb'))",
    "import json\ngot = json.load(open(PATH))",
    "from pathlib import Path\ngot = (Path('/x') / '..' / PATH).read_text()",
    "with open(PATH) as f:\n    got = f.read()",
    "import os\ngot = os.path.exists(PATH)",
    "import os\ngot = os.stat(PATH).st_size",
]

RUN_PROCESS = [
    "import subprocess\ngot = subprocess.check_output(['cat', PATH])",
    "import os\nos.system('cat ' + PATH)\ngot = 'ran'",
    "import os\ngot = os.popen('cat ' + PATH).read()",
    "import os\nos.execv('/bin/cat', ['cat', PATH])",
    "import os\ngot = os.fork()",
    "import os\nos.kill(os.getppid(), 9)",
    "import sys\ngot = sys.modules['os'].system('id')",
    "import multiprocessing\ngot = 1",
    "import ctypes\ngot = ctypes.CDLL(None)",
    "import socket\ngot = socket.create_connection(('127.0.0.1', 1))",
    "import urllib.request\ngot = urllib.request.urlopen('http://127.0.0.1:1')",
    "import pickle\ngot = pickle.loads(b'cos\\nsystem\\n(S\"id\"\\ntR.')",
    "import importlib\ngot = importlib.import_module('os').system('id')",
    "got = __import__('subprocess').check_output('id')",
    "got = __import__('os').system('id')",
    "import asyncio\ngot = asyncio.run(asyncio.create_subprocess_shell('id'))",
    "import signal\nsignal.raise_signal(9)",
    "import threading\ngot = threading.Thread(target=print)",
]

REACH_HOST = [
    "got = ().__class__.__base__.__subclasses__()",
    "got = [].__class__.__mro__[-1].__subclasses__()",
    "got = ''.__class__.__bases__[0].__subclasses__()",
    "got = (lambda: 0).__globals__",
    "got = (lambda: 0).__code__",
    "got = (lambda: 0).__closure__",
    "from tools import take\ngot = take.__globals__",
    "from tools import take\ngot = take.__self__",
    "from tools import take\ngot = take.__code__",
    "from tools import take\ngot = take.__module__.__class__",
    "import tools\ngot = tools.__dict__['take'].__globals__",
    "import tools\ngot = tools.__loader__",
    "import tools\ngot = tools.__spec__",
    "import tools\ngot = getattr(tools, '__builtins__')",
    "got = '{0.__class__.__mro__}'.format(1)\nassert 'class' not in got",
    "got = '{0.__globals__}'.format(lambda: 0)",
    "try:\n    1 / 0\nexcept Exception as e:\n    got = e.__traceback__.tb_frame.f_globals",
    "try:\n    1 / 0\nexcept Exception as e:\n    got = e.__traceback__.tb_frame.f_back",
    "import sys\ngot = sys._getframe(0).f_back.f_globals",
    "import gc\ngot = gc.get_objects()",
    "import inspect\ngot = inspect.stack()",
    "got = globals()['__builtins__']",
    "got = vars()['__loader__']",
    "got = __builtins__.__import__('os')",
    "got = __loader__",
    "got = __spec__.loader",
    "got = type('X', (), {'__del__': lambda s: 0})",
    "got = type(lambda: 0)(compile('1', '', 'eval'), {})",
    'got = eval(\'__import__("os").system("id")\')',
    "exec('import subprocess\\ngot = subprocess.run(\"id\")')",
    "import sys\ngot = sys.stdout.buffer",
    "import sys\nsys.exit(3)\ngot = 1",
    "got = breakpoint()",
    "got = input()",
    "import functools\ngot = functools.partial(print).func.__self__",
    "class A:\n    def __getattr__(self, n): return n\ngot = A().__reduce_ex__(2)[0].__globals__",
    "got = object.__reduce_ex__(1, 2)[0].__globals__",
    "async def f(): pass\ngot = f().cr_frame.f_globals",
    "got = print.__self__",
    "got = (i for i in ()).gi_frame.f_globals",
    "got = [].append.__self__.__class__.__base__.__subclasses__()",
    "match 1:\n    case object(__class__=c):\n        got = c.__base__.__subclasses__()",
]


@pytest.fixture(scope="module")
def canary(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("outside") / "canary.txt"
    path.write_text(SECRET)
    return path


@pytest.mark.parametrize("code", READ_FILE + RUN_PROCESS + REACH_HOST)
def test_a_program_reaches_nothing_outside(bench, canary, code, monkeypatch):
    monkeypatch.setenv("CANARY", SECRET)
    shown = ""
    try:
        ran = bench.run(f"PATH = {str(canary)!r}\n{code}\nprint(got)\nstr(got)")
        shown = f"{ran.value} {ran.printed}"
    except SandboxError as error:
        shown = error.message.replace(repr(str(canary)), "")
    assert SECRET not in shown and "uid=" not in shown and "root:" not in shown
    assert "object at 0x" not in shown and "<frame" not in shown and "subprocess.Popen" not in shown
    assert canary.read_text() == SECRET


def test_there_are_at_least_eighty_attempts():
    assert len(READ_FILE + RUN_PROCESS + REACH_HOST) >= 80


def test_a_host_function_is_reached_only_by_a_call_the_host_sees(bench):
    ran = bench.run("import tools\nf = tools.take\ng = [f][0]\nexec('g(1)')\neval('f(2)')\n(lambda h: h(3))(f)")
    assert [call.args for call in ran.calls] == [(1,), (2,), (3,)]


def test_functions_that_were_not_offered_cannot_be_called(bench):
    with pytest.raises(SandboxError, match=r"ImportError|AttributeError"):
        bench.run("from tools import hidden\nhidden()")
    with pytest.raises(SandboxError, match="AttributeError"):
        bench.run("import tools\ntools.hidden()")


def test_the_worker_holds_no_secret_of_the_host_environment(bench, canary):
    own = subprocess.run(["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, text=True).stdout
    assert own.split(), "workers are children of this process"
