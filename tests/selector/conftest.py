import pytest
from memory_catalogue import OFFICE, MemoryCatalogue


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    return MemoryCatalogue(OFFICE)
