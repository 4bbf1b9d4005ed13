"""The shape of the code: which way imports go, how large things get, what start-up costs."""

import subprocess
import sys
from pathlib import Path

import taskmatrix

ROOT = Path(__file__).parents[2]
HEAVY = (
    *("sqlalchemy", "alembic", "openai", "pptx", "sympy", "tantivy", "numpy", "pydantic_monty", "pydantic"),
    *("onnxruntime", "tokenizers"),
)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


def test_imports_go_one_way() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    done = _run(str(tool), "--no-cache")
    assert done.returncode == 0, done.stdout


def test_no_module_or_function_has_outgrown_the_house() -> None:
    done = _run(sys.executable, "scripts/size_gate.py")
    assert done.returncode == 0, done.stdout


def test_help_and_version_load_no_heavy_library() -> None:
    for option in ("--help", "--version"):
        script = (
            "import sys, contextlib\n"
            "from taskmatrix.cli import main\n"
            f"with contextlib.suppress(SystemExit): main([{option!r}])\n"
            f"print('loaded:', [m for m in {HEAVY!r} if m in sys.modules])\n"
        )
        done = _run(sys.executable, "-c", script)
        assert "loaded: []" in done.stdout, (option, done.stdout, done.stderr)


def test_core_uses_pydantic_and_the_standard_library_only() -> None:
    script = (
        "import sys, pkgutil, importlib, taskmatrix.core as core\n"
        "before = set(sys.modules)\n"
        "import pydantic; pydantic.TypeAdapter(int).json_schema(); allowed = set(sys.modules) - before\n"
        "for module in pkgutil.iter_modules(core.__path__):\n"
        "    importlib.import_module('taskmatrix.core.' + module.name)\n"
        "roots = {m.split('.')[0] for m in set(sys.modules) - before - allowed}\n"
        "print('extra:', sorted(r for r in roots - set(sys.stdlib_module_names) if not r.startswith('_')))\n"
    )
    done = _run(sys.executable, "-c", script)
    extra = {"taskmatrix", "pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"}
    listed = done.stdout.partition("extra: ")[2]
    assert set(eval(listed)) <= extra, done.stdout + done.stderr  # noqa: S307 — a list this test printed


def test_the_root_offers_exactly_its_public_names() -> None:
    assert dir(taskmatrix) == taskmatrix.__all__
    for name in taskmatrix.__all__:
        assert getattr(taskmatrix, name) is not None


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    try:
        _ = taskmatrix.nothing_of_the_kind  # type: ignore[attr-defined]
    except AttributeError as error:
        assert "nothing_of_the_kind" in str(error)
    else:
        raise AssertionError("no error")
