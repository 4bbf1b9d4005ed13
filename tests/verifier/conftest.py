from collections.abc import Callable, Iterator

import anyio
import pytest
from verifier_documents import DECK, MAIL

from taskmatrix.core.programs import CheckReport
from taskmatrix.sandbox import MontySandbox
from taskmatrix.verifier import ProgramVerifier

Check = Callable[[str], CheckReport]


@pytest.fixture(scope="session")
def verifier() -> Iterator[ProgramVerifier]:
    sandbox = MontySandbox()
    yield ProgramVerifier(sandbox)
    anyio.run(sandbox.aclose)


@pytest.fixture
def check(verifier: ProgramVerifier) -> Check:
    return lambda code: verifier.check(code, (*DECK, *MAIL))
