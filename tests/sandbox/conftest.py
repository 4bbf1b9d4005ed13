from collections.abc import Iterator

import anyio
import pytest
from sandbox_bench import Bench

from taskmatrix.core.errors import SandboxUnavailableError
from taskmatrix.core.protocols import Sandbox
from taskmatrix.sandbox import MontySandbox
from taskmatrix.sandbox.cpython import CpythonSandbox
from taskmatrix.sandbox.cpython.confinement import walls


@pytest.fixture(scope="session")
def monty() -> Iterator[MontySandbox]:
    sandbox = MontySandbox()
    yield sandbox
    anyio.run(sandbox.aclose)


@pytest.fixture(scope="session")
def cpython() -> Iterator[CpythonSandbox]:
    try:
        walls()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    sandbox = CpythonSandbox()
    yield sandbox
    sandbox.close()


@pytest.fixture(params=["monty", "cpython"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return request.getfixturevalue(request.param)


@pytest.fixture
def bench(monty: MontySandbox) -> Bench:
    return Bench(monty)


@pytest.fixture
def each(sandbox: Sandbox) -> Bench:
    """A bench for every sandbox there is."""
    return Bench(sandbox)
