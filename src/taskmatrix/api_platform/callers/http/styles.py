"""How scalars, arrays and objects are written in paths, queries, headers and forms (OpenAPI's `style`, `explode`).

Everything that comes back is percent-encoded, except for the delimiters of the style; so no value can add a segment,
a parameter or a host.
"""

import json
import math
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from pydantic import JsonValue

from taskmatrix.api_platform.callers.http import media
from taskmatrix.api_platform.http_sources import HttpParameter
from taskmatrix.core.errors import ApiArgumentError

_RESERVED_IN_QUERY = "/:?@!$'()*,;[]"
_RESERVED_IN_PATH = "/:@!$&'()*+,;="

_DELIMITERS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}


def scalar(value: JsonValue) -> str:
    """Return the text of a value outside of JSON; arrays and objects become JSON. Raises ApiArgumentError."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ApiArgumentError(f"{value} is no number that can be sent")
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else json.dumps(value)
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def encode(value: JsonValue, safe: str = "") -> str:
    """Percent-encode a value as UTF-8 (RFC 3986). Raises ApiArgumentError for text that has no such encoding."""
    try:
        return quote(scalar(value), safe=safe)
    except UnicodeEncodeError:
        raise ApiArgumentError("half of a surrogate pair cannot be sent") from None


def in_query(name: str, value: JsonValue, spec: HttpParameter) -> list[str]:
    """Return the pieces `name=value` of a query or a form, encoded."""
    safe = _RESERVED_IN_QUERY if spec.reserved else ""
    key, style = encode(name, "[]" if spec.reserved else ""), spec.style or "form"
    if spec.content is not None:
        return [f"{key}={encode(_serialised(value, spec.content))}"]
    if style == "deepObject":
        return [f"{key}{path}={encode(item, safe)}" for path, item in _deep(value)]
    explode = spec.explode if spec.explode is not None else style == "form"
    delimiter = _DELIMITERS.get(style, ",")
    if isinstance(value, list):
        if explode:
            return [f"{key}={encode(item, safe)}" for item in value]
        return [f"{key}={delimiter.join(encode(item, safe) for item in value)}"] if value else []
    if isinstance(value, dict):
        if explode:
            return [f"{encode(k)}={encode(item, safe)}" for k, item in value.items()]
        flat = [text for k, item in value.items() for text in (encode(k), encode(item, safe))]
        return [f"{key}={delimiter.join(flat)}"] if flat else []
    return [f"{key}={encode(value, safe)}"]


def in_path(name: str, value: JsonValue, spec: HttpParameter) -> str:
    """Return what takes the place of a variable in a path, encoded. `/` stays only where `reserved` says so."""
    safe, style = _RESERVED_IN_PATH if spec.reserved else "", spec.style or "simple"
    if spec.content is not None:
        return encode(_serialised(value, spec.content))
    explode = spec.explode or False
    if style == "matrix":
        return _matrix(encode(name), value, explode)
    items = _listed(value, explode, safe)
    return "".join(f".{item}" for item in items) if style == "label" else ",".join(items)


def in_header(value: JsonValue, spec: HttpParameter) -> str:
    """Return the value of a header, as text. Raises ApiArgumentError for control characters in it."""
    if spec.content is not None:
        text = _serialised(value, spec.content)
    elif isinstance(value, list):
        text = ",".join(scalar(item) for item in value)
    elif isinstance(value, dict):
        joint = "=" if spec.explode else ","
        text = ",".join(f"{k}{joint}{scalar(item)}" for k, item in value.items())
    else:
        text = scalar(value)
    text = text.strip(" \t")
    if any((c < " " and c != "\t") or c == "\x7f" for c in text):
        raise ApiArgumentError("a header takes no line breaks and no other control characters")
    return text


def in_cookie(name: str, value: JsonValue, spec: HttpParameter) -> list[str]:
    """Return the pieces `name=value` of a `Cookie` header, encoded."""
    plain = spec.model_copy(update={"reserved": False, "style": "form"})
    return in_query(name, value, plain)


def _serialised(value: JsonValue, media_type: str) -> str:
    if media.family(media_type) == "json":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return scalar(value)


def _listed(value: JsonValue, explode: bool, safe: str) -> Sequence[str]:
    if isinstance(value, list):
        return [encode(item, safe) for item in value]
    if isinstance(value, dict):
        if explode:
            return [f"{encode(k)}={encode(item, safe)}" for k, item in value.items()]
        return [text for k, item in value.items() for text in (encode(k), encode(item, safe))]
    return [encode(value, safe)]


def _matrix(key: str, value: JsonValue, explode: bool) -> str:
    items = _listed(value, explode, "")
    if isinstance(value, dict) and explode:
        return "".join(f";{item}" for item in items)
    if isinstance(value, list) and explode:
        return "".join(f";{key}={item}" for item in items)
    return f";{key}={','.join(items)}"


def _deep(value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    """Yield `[a][0]` and the scalar there; arrays by index, as PHP, `qs` and Stripe read them."""
    if isinstance(value, dict):
        inner = [(encode(k), item) for k, item in value.items()]
    elif isinstance(value, list):
        inner = [(str(i), item) for i, item in enumerate(value)]
    else:
        yield "", value
        return
    for key, item in inner:
        for rest, leaf in _deep(item):
            yield f"%5B{key}%5D{rest}", leaf
