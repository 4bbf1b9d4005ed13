"""JSON as its standard has it: what Python's reader lets pass is refused."""

import json
import math
from typing import NoReturn


def parse_json(text: bytes) -> object:
    """Parse UTF-8 JSON. Raises ValueError for anything that another reader might take otherwise.

    That is a key given twice, NaN and infinities, integers of more than 4,300 digits, data nested too deep.
    """
    try:
        return json.loads(
            text.decode(), object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise ValueError(f"no UTF-8 (byte {error.start + 1})") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error.msg} (column {error.pos + 1})") from error
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {key!r} is given twice")
            seen.add(key)
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large for a number")
    return number
