import os
import subprocess
import sys

import pytest

from taskmatrix.core.errors import ApiError
from taskmatrix.packages.math import process
from taskmatrix.packages.math.calculations import evaluate

ENDLESS = "exp(x^x) * sin(x^3 + 1) / (1 + x^7)"


def test_a_calculation_that_takes_too_long_is_stopped_and_the_next_one_works() -> None:
    with pytest.raises(ApiError, match=r"took longer than 0\.5 seconds"):
        process.calculate("integrate", seconds=0.5, expression=ENDLESS, variable="x", lower=None, upper=None)
    assert process.calculate("evaluate", expression="1+1") == {"exact": "2", "decimal": 2.0}


def test_a_calculation_that_needs_too_much_memory_is_an_error_and_the_next_one_works() -> None:
    with pytest.raises(ApiError):
        process.calculate("simplify", expression="(x + y + z + a + b + c + d)^40 - x", seconds=3)
    assert evaluate("1+1")["exact"] == "2"


def test_a_worker_that_was_ended_from_outside_is_replaced() -> None:
    evaluate("1+1")
    (worker, *_) = process._idle[os.getpid()]
    worker._process.kill()
    worker._process.wait()
    assert evaluate("2+2")["exact"] == "4"


def test_workers_are_used_again_and_few_are_kept() -> None:
    import threading

    threads = [threading.Thread(target=evaluate, args=("2^10",)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= len(process._idle[os.getpid()]) <= 2


def test_a_file_of_the_users_that_is_called_like_a_library_is_not_loaded(tmp_path) -> None:
    (tmp_path / "sympy.py").write_text("open('loaded', 'w')")
    code = "from taskmatrix.packages.math.calculations import evaluate; print(evaluate('3*4')['exact'])"
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "12"
    assert not (tmp_path / "loaded").exists()


def test_no_worker_outlives_the_process_that_started_it() -> None:
    code = (
        "from taskmatrix.packages.math import process\n"
        "process.calculate('evaluate', expression='1+1')\n"
        "import os; print(process._idle[os.getpid()][0]._process.pid)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_importing_the_packages_loads_no_heavy_library() -> None:
    code = (
        "import sys; from taskmatrix.packages.math import package; package.documents()\n"
        "from taskmatrix.packages.powerpoint import package; package.documents()\n"
        "print([m for m in ('sympy', 'pptx', 'lxml', 'PIL', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
