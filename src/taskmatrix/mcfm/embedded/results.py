"""Results of earlier calls as arguments of later ones, and as lists to go through."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.core.schemas import kind, resolve
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.instruction.language import content_stems, name_stems, related
from taskmatrix.mcfm.embedded.plan import FromItem, FromResult, PlannedCall


@dataclass(frozen=True, slots=True)
class Field:
    """A part of a result that the document names: `schema` is its JSON Schema."""

    path: tuple[str | int, ...]
    schema: dict[str, JsonValue]

    @property
    def type(self) -> str:
        """Its Python type, or `Any`."""
        return kind(self.schema)

    @property
    def stems(self) -> frozenset[str]:
        """The stems of its name and description."""
        name = next((str(p) for p in reversed(self.path) if isinstance(p, str)), "")
        return frozenset(name_stems(name)) | frozenset(content_stems(str(self.schema.get("description") or "")))

    @property
    def name_stems(self) -> tuple[str, ...]:
        """The stems of its name."""
        return name_stems(next((str(p) for p in reversed(self.path) if isinstance(p, str)), "")) if self.path else ()


@dataclass(frozen=True, slots=True)
class Mention:
    """A result that a clause speaks of, and the stems it does so with."""

    source: FromResult
    part: Field
    stems: frozenset[str]


def fields(view: ApiView, depth: int = 2) -> list[Field]:
    """Return the whole result and its parts, outer ones first."""
    root = dict(view.document.returns.type)
    return list(_walk(root, (), depth, root))


def _walk(
    schema: dict[str, JsonValue], path: tuple[str | int, ...], depth: int, root: dict[str, JsonValue]
) -> Iterator[Field]:
    schema = _followed(schema, root)
    yield Field(path, schema)
    properties = schema.get("properties")
    if depth and isinstance(properties, dict):
        for key, value in properties.items():
            if isinstance(value, dict):
                yield from _walk(value, (*path, key), depth - 1, root)


def _followed(schema: dict[str, JsonValue], root: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The schema with a reference of its own (or that of the one solid alternative) replaced by what it stands for."""
    for _ in range(8):
        reference, options = schema.get("$ref"), schema.get("anyOf")
        target: JsonValue = resolve(reference, root) if isinstance(reference, str) else None
        if isinstance(options, list):
            solid = [o for o in options if isinstance(o, dict) and o.get("type") != "null"]
            target = {**solid[0], "nullable": len(solid) < len(options)} if len(solid) == 1 else None
        if not isinstance(target, dict):
            return schema
        told = {k: v for k, v in schema.items() if k in ("description", "nullable")}
        schema = {**target, **told}
    return schema


def field_at(view: ApiView, path: Sequence[str | int], depth: int = 0) -> list[Field]:
    """Return the part of a result at `path` (an index stands for any item) and its own parts `depth` deep.

    Their paths are relative to it; empty where the document names no such part.
    """
    root = dict(view.document.returns.type)
    schema: JsonValue = _followed(root, root)
    for step in path:
        inner = schema.get("items") if isinstance(step, int) else schema.get("properties")
        schema = inner.get(step) if isinstance(step, str) and isinstance(inner, dict) else inner
        if not isinstance(schema, dict):
            return []
        schema = _followed(schema, root)
    return list(_walk(schema, (), depth, root))


def part_of(source: FromResult | FromItem) -> Field | None:
    """Return what the documents say of the part of a result, or of a loop's item; None where they do not name it."""
    if isinstance(source, FromResult):
        found = field_at(source.call.view, source.path)
    else:
        origin = source.loop.origin
        found = field_at(origin.call.view, (*origin.path, 0, *source.path))
    return found[0] if found else None


def source_for(parameter: ParameterView, earlier: Sequence[PlannedCall]) -> FromResult | None:
    """Return the part of an earlier result that a parameter most likely wants; the latest call wins ties."""
    score, source, _ = max(sources(parameter, earlier), key=lambda f: f[0], default=(0.0, None, None))
    return source if score > 0.5 else None


def sources(parameter: ParameterView, earlier: Sequence[PlannedCall]) -> list[tuple[float, FromResult, Field]]:
    """Return the parts of earlier results that a parameter can take, each with how well it fits; latest call first."""
    found: list[tuple[float, FromResult, Field]] = []
    for distance, call in enumerate(reversed(earlier)):
        for part in fields(call.view):
            if _fits(part, parameter):
                score = _affinity(part, parameter, call.view) - 0.05 * distance - 0.02 * len(part.path)
                found.append((score, FromResult(call, part.path), part))
    return found


def mentioned(stems: Sequence[str], earlier: Sequence[PlannedCall]) -> list[Mention]:
    """Return the results of earlier calls that words speak of: `the joke` after `get_random_joke`, latest first."""
    said = set(stems)
    found: list[Mention] = []
    for call in reversed(earlier):
        for part in fields(call.view):
            if part.path and part.name_stems and set(part.name_stems) <= said:
                found.append(Mention(FromResult(call, part.path), part, frozenset(part.name_stems)))
        own = call.view.object_stems[-1:]
        if own and own[0] in said:
            whole = fields(call.view)
            parts = [f for f in whole if len(f.path) == 1]
            part = parts[0] if len(parts) == 1 else whole[0]
            found.append(Mention(FromResult(call, part.path), part, frozenset(own)))
    return found


def takes(parameter: ParameterView, mention: Mention) -> bool:
    """Whether a parameter can be given the result that is mentioned."""
    return _fits(mention.part, parameter)


def _fits(part: Field, parameter: ParameterView) -> bool:
    if not part.path and kind(part.schema) == "dict" and part.schema.get("properties"):
        return parameter.type in ("dict",)
    loose = {"Any"}
    if part.type in loose or parameter.type in loose or part.type == parameter.type:
        return True
    return {part.type, parameter.type} == {"int", "float"} or parameter.type == "str"


def _affinity(part: Field, parameter: ParameterView, view: ApiView) -> float:
    wanted = {*parameter.name_stems} or {parameter.name}
    given = set(part.name_stems) or set(view.object_stems)
    shared = sum(1 for w in wanted if any(w == g for g in given)) / len(wanted)
    soft = sum(1 for w in wanted if any(related(w, g) for g in given)) / len(wanted)
    told = part.stems | set(view.name_stems)
    about = len(parameter.stems & told) / (2 + len(parameter.stems)) + 0.3 * bool(wanted & set(view.description_stems))
    only = 0.35 if sum(1 for f in fields(view, 1) if f.path) <= 1 else 0.0
    return 2 * shared + soft + 1.5 * about + only


def list_in(view: ApiView, item: str) -> tuple[str | int, ...] | None:
    """Return the path of the list in a result that holds the items spoken of; None if it holds no list."""
    wanted = set(content_stems(item))
    lists = [f for f in fields(view) if f.type == "list"]
    if not lists:
        return () if kind(view.document.returns.type) in ("list", "Any") else None

    def worth(part: Field) -> tuple[int, int, int]:
        return (len(wanted & part.stems), -len(part.path), -lists.index(part))

    return max(lists, key=worth).path


def item_field(view: ApiView, path: tuple[str | int, ...], phrase: str) -> tuple[str | int, ...]:
    """Return the path inside one item of the list at `path` that a phrase such as `its name` speaks of."""
    parts = field_at(view, (*path, 0))
    properties = parts[0].schema.get("properties") if parts else None
    if not isinstance(properties, dict) or not properties:
        return ()
    wanted = set(content_stems(phrase))
    keys = list(properties)
    best = max(keys, key=lambda k: (len(wanted & set(name_stems(k))), k in ("name", "title"), -keys.index(k)))
    return (best,)
