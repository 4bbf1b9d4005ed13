"""The difference of two versions of a document, in lines that a person reads before approving a change.

    description: Send a mail. → Send a mail to many.
    parameters.size: added (required)
    source.server: https://a.example → https://b.example

Nothing is cut from what changed: of a long text the part that both versions share at either end is left out.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, Parameter
from taskmatrix.core.stubs import is_required

_PARTS = ("description", "parameters", "returns", "errors", "examples", "composition", "rules", "effects", "auth")
_LONG = 120
_AROUND = 24

_Object = Mapping[str, JsonValue]


def differences(older: ApiDocument, newer: ApiDocument) -> Sequence[str]:
    """Return a line for each thing that differs, the five parts first; none for documents that say the same."""
    old, new = _fields(older), _fields(newer)
    order = {name: place for place, name in enumerate(_PARTS)}
    lines: list[str] = []
    for key in sorted(old.keys() | new.keys(), key=lambda key: (order.get(key, len(order)), key)):
        if key == "parameters":
            lines += _parameters(older.parameters, newer.parameters)
        else:
            lines += _objects("", *({key: said[key]} if key in said else {} for said in (old, new)))
    return lines


def _fields(document: ApiDocument) -> _Object:
    effects = cast(JsonValue, document.effects.model_dump(mode="json"))
    return document.to_json() | {
        "effects": {"kind": document.effects.kind} | (effects if isinstance(effects, dict) else {})
    }


def _parameters(older: Sequence[Parameter], newer: Sequence[Parameter]) -> Iterator[str]:
    old, new = ({p.name: p for p in parameters} for parameters in (older, newer))
    for name in dict.fromkeys([*old, *new]):
        path = f"parameters.{_plain(name)}"
        if name not in new:
            yield f"{path}: removed ({_need(old[name])})"
        elif name not in old:
            yield f"{path}: added ({_need(new[name])})"
            yield from _objects(path, {}, {key: value for key, value in _said(new[name]).items() if value})
        else:
            before, after = _said(old[name]), _said(new[name])
            if _need(old[name]) != _need(new[name]):
                yield f"{path}: {_need(old[name])} → {_need(new[name])}"
            elif old[name].required != new[name].required:
                before, after = before | {"required": old[name].required}, after | {"required": new[name].required}
            yield from _objects(path, before, after)
    if old.keys() == new.keys() and list(old) != list(new):
        yield "parameters: in another order"


def _need(parameter: Parameter) -> str:
    return "required" if is_required(parameter) else "optional"


def _said(parameter: Parameter) -> dict[str, JsonValue]:
    extra = cast(dict[str, JsonValue], parameter.model_extra or {})
    return {"description": parameter.description, "schema": cast(JsonValue, parameter.type)} | extra


def _objects(path: str, old: _Object, new: _Object) -> Iterator[str]:
    for key in dict.fromkeys([*old, *new]):
        below = f"{path}.{_plain(key)}" if path else _plain(key)
        if key not in new:
            yield f"{below}: removed (it was {_text(old[key])})"
        elif key not in old:
            yield f"{below}: added ({_text(new[key])})"
        else:
            yield from _values(below, old[key], new[key])


def _values(path: str, old: JsonValue, new: JsonValue) -> Iterator[str]:
    if _json(old) == _json(new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _objects(path, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        before, after = [_text(item) for item in old], [_text(item) for item in new]
        changed = [f"{path}: removed ({item})" for item in before if item not in after]
        changed += [f"{path}: added ({item})" for item in after if item not in before]
        yield from changed or [f"{path}: {_plain(_json(old))} → {_plain(_json(new))}"]
    else:
        texts = _parted(_text(old), _text(new))
        if texts[0] == texts[1]:
            texts = _plain(_json(old)), _plain(_json(new))
        yield f"{path}: {' → '.join(texts)}"


def _parted(old: str, new: str) -> Sequence[str]:
    """Leave out what two long texts share at their ends."""
    if max(len(old), len(new)) <= _LONG:
        return old, new
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    left, right = old[start:], new[start:]
    end = next(
        (i for i, (a, b) in enumerate(zip(reversed(left), reversed(right), strict=False)) if a != b),
        min(len(left), len(right)),
    )
    first, last = max(0, start - _AROUND), max(0, end - _AROUND)
    return [("…" if first else "") + text[first : len(text) - last] + ("…" if last else "") for text in (old, new)]


def _text(value: JsonValue) -> str:
    if isinstance(value, str):
        return _plain(value) or "(empty)"
    return _plain(_json(value))


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _plain(text: str) -> str:
    """Show what cannot be seen as escapes: this is read to find out what somebody slipped in."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
