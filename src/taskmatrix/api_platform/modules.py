"""Python modules that a user registered, loaded by path or by name, once, and again when their file changes."""

import hashlib
import importlib
import importlib.util
import sys
import threading
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from taskmatrix.core.errors import ImportRefusedError


@dataclass(frozen=True, slots=True)
class _Loaded:
    module: ModuleType
    state: str


_loaded: dict[Path, _Loaded] = {}
_lock = threading.RLock()


def load_file(path: Path) -> ModuleType:
    """Return the module in a file, run afresh if the file changed. Raises ImportRefusedError."""
    path = path.resolve()
    with _lock:
        state = _state(path)
        known = _loaded.get(path)
        if known is None or known.state != state:
            known = _loaded[path] = _Loaded(_run(path), state)
        return known.module


def load_module(name: str, root: str | None = None) -> ModuleType:
    """Return an importable module; `root` is a folder to look in as well. Raises ImportRefusedError."""
    with _lock, _searching(root), _refusing(f"the module {name!r}"):
        return importlib.import_module(name)


def find_module(name: str, root: str | None = None) -> bool:
    """Say whether a module of that name can be imported. Raises ImportRefusedError."""
    with _lock, _searching(root), _refusing(f"the module {name!r}"):
        try:
            return importlib.util.find_spec(name) is not None
        except ModuleNotFoundError:
            return False


def _state(path: Path) -> str:
    try:
        found = path.stat()
    except OSError as error:
        raise ImportRefusedError(f"{path} cannot be read: {error.strerror}") from error
    return f"{found.st_mtime_ns} {found.st_size}"


def _run(path: Path) -> ModuleType:
    # A name of its own, so that files that are called alike do not meet.
    name = f"taskmatrix_file_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportRefusedError(f"{path} is no Python file", hint="its name ends in .py")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        with _searching(str(path.parent)), _refusing(str(path)):
            # Compiled here: the cache beside the file goes by whole seconds and would miss a quick edit.
            exec(compile(path.read_bytes(), path, "exec", dont_inherit=True), vars(module))  # noqa: S102
    except BaseException:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise
    return module


@contextmanager
def _searching(root: str | None) -> Generator[None, None, None]:
    """Look for modules in a folder too, last: a file there must not hide an installed module."""
    if root is None or root in sys.path:
        yield
        return
    sys.path.append(root)
    try:
        yield
    finally:
        if root in sys.path:
            sys.path.remove(root)


@contextmanager
def _refusing(what: str) -> Generator[None, None, None]:
    try:
        yield
    except ImportRefusedError:
        raise
    except SyntaxError as error:
        where = f"{error.filename or what}, line {error.lineno or '?'}"
        raise ImportRefusedError(f"{where}: {error.msg}", hint="correct the file, then import it again") from error
    except (Exception, SystemExit) as error:  # A process edge: running a user's module.
        last = traceback.extract_tb(error.__traceback__)[-1]
        raise ImportRefusedError(
            f"{what} cannot be imported: {type(error).__name__}: {error} ({last.filename}, line {last.lineno})",
            hint="it must run through without an error when Python imports it",
        ) from error
