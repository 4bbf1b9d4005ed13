import pytest
from hypothesis import settings
from memory_catalogue import OFFICE, MemoryCatalogue

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def catalogue() -> MemoryCatalogue:
    return MemoryCatalogue(OFFICE)
