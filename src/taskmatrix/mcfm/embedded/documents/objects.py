"""Parameters that are objects, read as one parameter for each of their properties, and put together again.

One level: what is nested deeper, and lists of objects, are for a model that writes JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from taskmatrix.core.documents import Parameter
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.values.candidates import Candidate

MOST_PROPERTIES = 12
_BETWEEN = "."


def flatten(view: ApiView) -> ApiView:
    """Return the view with `address: {city, zip}` as `address.city` and `address.zip`; the same where nothing is."""
    parameters: list[ParameterView] = []
    for parameter in view.parameters:
        parts = _parts(parameter)
        parameters += [ParameterView(part, len(parameters) + i) for i, part in enumerate(parts)] or [parameter]
    return view if len(parameters) == len(view.parameters) else replace(view, parameters=tuple(parameters))


def gather(view: ApiView, filled: Mapping[str, Filled]) -> dict[str, Filled]:
    """Return the arguments of the document's own parameters: properties go back into their objects."""
    made: dict[str, Filled] = {}
    for parameter in view.parameters:
        if parameter.name in filled:
            made[parameter.name] = filled[parameter.name]
            continue
        inner = {p.name: filled[p.name] for p in _parts(parameter) if p.name in filled}
        if inner:
            start = len(parameter.name) + len(_BETWEEN)
            value: dict[str, JsonValue] = {name[start:]: f.value for name, f in inner.items()}
            sources = [f.source for f in inner.values() if f.source is not None]
            made[parameter.name] = Filled(value, _whole(sources), min(f.confidence for f in inner.values()))
    return made


def _whole(sources: Sequence[Candidate]) -> Candidate | None:
    """All the words that some values were read from, from the first to the last."""
    first = min(sources, key=lambda s: (s.start < 0, s.start), default=None)
    return None if first is None else replace(first, end=max(s.end for s in sources))


def owners(view: ApiView, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the document's own parameters that some names of the flat view belong to."""
    own = {part.name: p.name for p in view.parameters for part in _parts(p)}
    return tuple(dict.fromkeys(own.get(name, name) for name in names))


def _parts(parameter: ParameterView) -> list[Parameter]:
    schema = parameter.parameter.type
    properties = schema.get("properties")
    if parameter.type != "dict" or not isinstance(properties, dict) or not 0 < len(properties) <= MOST_PROPERTIES:
        return []
    needed = schema.get("required")
    required: list[JsonValue] = needed if isinstance(needed, list) else []
    found: list[Parameter] = []
    for name, inner in properties.items():
        if not isinstance(inner, dict):
            return []
        text = str(inner.get("description") or parameter.text)
        must = parameter.required and name in required and "default" not in inner
        found.append(
            Parameter(name=f"{parameter.name}{_BETWEEN}{name}", description=text, required=must, schema=inner)
        )
    return found
