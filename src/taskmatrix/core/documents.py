"""The documentation schema of the API platform (§2.3 of the paper): five parts, plus what running safely needs.

The JSON form is the interchange format of `apis.jsonl`: only `package`, `name`, `description` and `parameters`
are always there, names are kept verbatim, unknown keys are kept.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
    model_validator,
)

from taskmatrix.core.effects import UNKNOWN, Effect, Feed
from taskmatrix.core.errors import DocumentError

Schema = dict[str, JsonValue]
"""A JSON Schema, kept as it was given; `{}` says nothing about the type."""

Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True, serialize_by_alias=True)


class Parameter(_Part):
    """One input of an API. A parameter with a `default` in its schema is never required."""

    name: str = Field(min_length=1)
    description: Text = ""
    required: bool = False
    # `schema` is a method of pydantic models, so the attribute has another name than the JSON key.
    type: Schema = Field(default_factory=dict, alias="schema")

    @model_validator(mode="before")
    @classmethod
    def _lenient(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        data: dict[str, Any] = dict(value)  # pyright: ignore[reportUnknownArgumentType]
        if data.get("schema") is None and "type" not in data:
            data.pop("schema", None)
        return data

    @property
    def has_default(self) -> bool:
        """Whether the schema states a default."""
        return "default" in self.type

    @property
    def default(self) -> JsonValue:
        """The default the schema states; None when it states none (see `has_default`)."""
        return self.type.get("default")

    @property
    def choices(self) -> tuple[JsonValue, ...]:
        """The values an `enum` allows, in order, null left out; empty when any value is allowed."""
        options = self.type.get("anyOf")
        solid = (
            [o for o in options if isinstance(o, dict) and o.get("type") != "null"]
            if isinstance(options, list)
            else []
        )
        values = (solid[0] if len(solid) == 1 else self.type).get("enum")
        return tuple(v for v in values if v is not None) if isinstance(values, list) else ()


class Returns(_Part):
    """What a call gives back."""

    description: Text = ""
    type: Schema = Field(default_factory=dict, alias="schema")

    @model_validator(mode="before")
    @classmethod
    def _from_fields(cls, value: Any) -> Any:
        """Accept the looser forms found in the wild: a bare schema, or a mapping field → {type, description}."""
        if not isinstance(value, Mapping):
            return value
        data: dict[str, Any] = {str(k): v for k, v in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType, reportUnknownMemberType]
        if not data or "schema" in data or (set(data) == {"description"} and isinstance(data["description"], str)):
            return data
        if isinstance(data.get("type"), str) or "properties" in data or "items" in data or "$ref" in data:
            description = data.get("description")
            return {"schema": data, "description": description if isinstance(description, str) else ""}
        if all(isinstance(v, Mapping) for v in data.values()):
            return {"schema": {"type": "object", "properties": data}}
        return data


class ErrorDocument(_Part):
    """One error an API documents."""

    name: str
    description: Text = ""


class CompositionRule(_Part):
    """A composition instruction that a machine can check, beside the prose.

    `before`   one of `apis` must have been called earlier in the run (`select_title` before `insert_text`)
    `after`    one of `apis` must be called later in the run (`close` after `open`, `save` after an edit)
    `feeds`    the result of one of `apis` (its `field`, or all of it) is what `parameter` takes
    `once`     at most one call per run
    `lines`    no line of `parameter` has more than `most` characters, unless the user gave it so
    Names in `apis` and `until` are `package.name`, or `name` for the same package. A call of one of `until` ends what
    one of `apis` began: with `before`, `write` needs `open` until `close`; with `after`, `close` must come after
    `open` and before the next `open`.
    """

    kind: Literal["before", "after", "feeds", "once", "lines"]
    apis: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    parameter: str | None = None
    field: str | None = None
    most: int | None = Field(default=None, ge=1)


class Ensured(_Part):
    """A post-condition that a machine can check: what `read` gives, once the run has ended, is as it says.

    `read` is an API of the same package that only reads; `arguments` feed it from the call's result or arguments.
    `path` goes down in its result by names and indexes, in a list of objects also by their `id` or `name`. With
    `equals` or `contains` what is there must be, or hold, that value, else it must only be there (`absent`: must not
    be). `says` is it in words. In `path` and `says`, `{parameter}` stands for an argument of the call, `{result}` and
    `{result.order.id}` for what it gave, `{session.slide}` for what its package remembers after it.
    """

    read: str = Field(min_length=1)
    arguments: dict[str, Feed] = Field(default_factory=dict[str, Feed])
    path: str = ""
    equals: Feed | None = None
    contains: Feed | None = None
    absent: bool = False
    says: str = ""

    @model_validator(mode="after")
    def _one_condition(self) -> "Ensured":
        if (self.equals is not None) + (self.contains is not None) + self.absent > 1:
            raise ValueError("give one of `equals`, `contains` and `absent`")
        return self


class Source(_Part):
    """How an API is called: `kind` picks the caller, the other keys are that caller's own."""

    kind: str = "none"


class ApiDocument(_Part):
    """The documentation of one API. Its identity is (`package`, `name`), printed as `package.name`."""

    package: str = Field(min_length=1)
    name: str = Field(min_length=1)
    description: Text
    parameters: tuple[Parameter, ...]
    returns: Returns = Field(default_factory=Returns)
    errors: tuple[ErrorDocument, ...] = ()
    examples: tuple[str, ...] = ()
    composition: Text = ""
    rules: tuple[CompositionRule, ...] = ()
    effects: Effect = UNKNOWN
    ensures: tuple[Ensured, ...] = ()
    changes: tuple[str, ...] | None = Field(
        default=None,
        description="what a call may change of the state that its package's `state` API reads: paths as in "
        "`slides.{slide}.title`, each with all below it, `*` for any one name, braces as in `Ensured.path`; "
        "None where nobody says",
    )
    auth: JsonValue = None
    limits: JsonValue = Field(default=None, description="kept as given; `core.limits` reads it")
    source: Source = Field(default_factory=Source)
    version: str | None = None
    owner: str | None = None
    quality: JsonValue = None
    generated: tuple[str, ...] = Field(
        default=(), description="parts nobody wrote: `description`, `parameters.NAME.description`, `examples`, …"
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        items: dict[str, Any] = dict(value)  # pyright: ignore[reportUnknownArgumentType]
        return {k: v for k, v in items.items() if v is not None or k in ("package", "name", "description")}

    @field_validator("parameters")
    @classmethod
    def _names_are_distinct(cls, parameters: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
        seen: set[str] = set()
        for parameter in parameters:
            if parameter.name in seen:
                raise ValueError(f"parameter {parameter.name!r} is declared twice")
            seen.add(parameter.name)
        return parameters

    @property
    def id(self) -> str:
        """`package.name`, for people and evaluation files; names may hold dots, so never split it."""
        return f"{self.package}.{self.name}"

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter called `name`, or None."""
        return next((p for p in self.parameters if p.name == name), None)

    def resolve(self, reference: str) -> str:
        """Turn a name in one of this document's rules into a full `package.name`."""
        return reference if reference.startswith(self.package + ".") else f"{self.package}.{reference}"

    def to_json(self) -> dict[str, Any]:
        """Return the interchange form: parts that say nothing are left out, unknown keys are kept."""
        return self.model_dump(mode="json", exclude_defaults=True) | {
            "package": self.package,
            "name": self.name,
            "description": self.description,
            "parameters": [
                {"name": p.name, "description": p.description, "required": p.required, "schema": p.type}
                | dict(p.model_extra or {})
                for p in self.parameters
            ],
        }

    def digest(self) -> str:
        """Return a hash of the content (hex, 64 characters): two documents that say the same have the same."""
        return digest_of(self.to_json())


class Package(_Part):
    """A group of APIs with one domain: the selector's first level, and a module in action code."""

    name: str = Field(min_length=1)
    description: Text = ""
    composition: Text = ""
    version: str | None = None
    owner: str | None = None
    sandbox: str | None = Field(
        default=None, description="a server its owner names, where calls change nothing that matters"
    )
    view: str | None = Field(
        default=None, description="its API that says, as a text for the model, what is there now; needs no argument"
    )
    state: str | None = Field(
        default=None, description="its API that reads all that its calls can change, as JSON; needs no argument"
    )
    volatile: tuple[str, ...] = Field(
        default=(), description="what of its state changes by itself, such as a clock: paths as in `changes`"
    )
    readers: tuple[ApiDocument, ...] = Field(
        default=(), description="APIs that are never offered: only TaskMatrix itself calls them, to see how things are"
    )

    def reader(self, api: str) -> ApiDocument | None:
        """Return the reader called `api` (its name, or `package.name`), or None."""
        return next((d for d in self.readers if api in (d.name, d.id)), None)


def is_view(document: ApiDocument) -> bool:
    """Whether an API can serve as its package's `view` or `state`: it only reads, and needs no argument."""
    return document.effects.kind == "read" and not any(p.required and not p.has_default for p in document.parameters)


def fed_by_name(document: ApiDocument, undo: ApiDocument) -> Iterator[tuple[str, Feed]]:
    """Yield how an undo that is only named is fed, by equal names: from what the call returns, then its arguments."""
    properties = document.returns.type.get("properties")
    returned = set(properties) if isinstance(properties, dict) else set[str]()
    for parameter in undo.parameters:
        origin = "result" if parameter.name in returned else "argument"
        if origin == "result" or document.parameter(parameter.name) is not None:
            yield parameter.name, Feed.model_validate({"from": origin, "path": parameter.name})


def digest_of(data: Mapping[str, Any]) -> str:
    """Return the digest of a document's interchange form. Raises ValueError for what JSON cannot hold."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def parse_document(data: object) -> ApiDocument:
    """Validate the JSON form of a document.

    Raises DocumentError naming the field's path and what was wrong with it.
    """
    try:
        return ApiDocument.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"]) or "document"
        raise DocumentError(
            f"{path}: {first['msg']}",
            path=path,
            code="name.charset" if path in ("package", "name") and first["type"] == "string_too_short" else None,
            hint="a document needs package, name, description and parameters",
        ) from error
