"""Regular expressions of documents, matched in linear time.

Python's `re` backtracks: `(a+)+$` on forty characters never ends. Rust's engine, which pydantic brings along, does
not; a pattern that it cannot compile (look-around, back references, one too large) is not enforced.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

LONGEST = 4_000
"""Characters of a pattern that is compiled."""


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found anywhere in the text; True for a pattern that cannot be compiled."""
    compiled = _compiled(pattern)
    return compiled is None or compiled.isinstance_python(text)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> "SchemaValidator | None":
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    if len(pattern) > LONGEST:
        return None
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except (SchemaError, UnicodeEncodeError):
        return None
