"""JSON as its standard has it: what Python's reader lets pass is refused."""

import json
import math
from typing import NoReturn


class JsonFault(ValueError):
    """What is wrong with a JSON text; `code` is that of the DocumentError it stands for."""

    def __init__(self, message: str, code: str = "doc.invalid") -> None:
        super().__init__(message)
        self.code = code


def parse_json(text: bytes) -> object:
    """Parse UTF-8 JSON. Raises JsonFault for anything that another reader might take otherwise.

    That is a key given twice (`json.duplicate_key`), NaN, infinities and integers of more than 4,300 digits
    (`json.number`), what is no UTF-8 (`encoding`), data nested too deep.
    """
    try:
        return json.loads(
            text.decode(), object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise JsonFault(f"no UTF-8 (byte {error.start + 1})", "encoding") from error
    except json.JSONDecodeError as error:
        raise JsonFault(f"no JSON: {error.msg} (column {error.pos + 1})") from error
    except RecursionError as error:
        raise JsonFault("nested too deep") from error
    except JsonFault:
        raise
    except ValueError as error:
        # The one thing left: an integer that Python refuses to read for its length.
        raise JsonFault("an integer of more than 4,300 digits", "json.number") from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise JsonFault(f"the key {key!r} is given twice", "json.duplicate_key")
            seen.add(key)
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise JsonFault(f"{name} is no JSON number", "json.number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JsonFault(f"{text} is too large for a number", "json.number")
    return number
