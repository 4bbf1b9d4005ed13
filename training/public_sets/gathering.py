"""Gathers sets whose source has its own function documents: documents get one identity each, cases are checked."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from public_sets.planning_set import Case, Document, PlanningSet
from public_sets.type_names import (
    Schema,
    as_function_name,
    as_parameter_name,
    fits,
    read_schema,
    read_type,
    typed_value,
)

Message = dict[str, Any]


class Gatherer:
    """Documents and cases of one set while it is made."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        """Identity → document."""
        self.cases: list[Case] = []
        self.dropped: Counter[str] = Counter()
        self._known: dict[str, str] = {}
        self._seen: set[str] = set()

    def add(self, package: str, name: str, description: str, parameters: list[Document], **more: Any) -> str:
        """Return a document's identity. One name with another definition gets another package."""
        about = [[item["name"], item["description"], item["schema"]] for item in parameters]
        key = json.dumps([package, name, description, about], sort_keys=True, default=str)
        if key in self._known:
            return self._known[key]
        safe, own, number = as_function_name(name), package, 1
        while f"{own}.{safe}" in self.documents:
            number += 1
            own = f"{package}_{number}"
        document = {"package": own, "name": safe, "description": description or "", "parameters": parameters, **more}
        if safe != name:
            document["title"] = name
        self.documents[f"{own}.{safe}"] = document
        self._known[key] = f"{own}.{safe}"
        return self._known[key]

    def put(self, name: str, messages: list[Message], apis: list[str], expected: list[Document], **more: Any) -> None:
        """Add a case, where none says, offers and expects the same. One message alone is an instruction."""
        said = {"instruction": messages[0]["content"]} if len(messages) == 1 else {"messages": list(messages)}
        key = json.dumps([said, expected, sorted(apis)], sort_keys=True, ensure_ascii=False)
        if key in self._seen:
            self.dropped["duplicate"] += 1
            return
        self._seen.add(key)
        self.cases.append({"id": name, **said, "apis": apis, "expected": expected, "order": "any", **more})

    def finish(self, relax: bool = False) -> PlanningSet:
        """Return the set without cases that break their documents.

        With `relax` a parameter that some gold call leaves out is not required.
        """
        if relax:
            for gold in (gold for case in self.cases for gold in case["expected"]):
                for item in self.documents[gold["api"]]["parameters"]:
                    if item["required"] and not gold["arguments"].get(item["name"]):
                        item["required"] = False
        kept = []
        for case in self.cases:
            if fault := self._fault(case["expected"]):
                self.dropped[fault] += 1
            else:
                kept.append(case)
        used = {api for case in kept for api in case["apis"]}
        return PlanningSet([api for name, api in self.documents.items() if name in used], kept, self.dropped)

    def _fault(self, expected: list[Document]) -> str | None:
        fault = None
        for gold in expected:
            known = {item["name"]: item for item in self.documents[gold["api"]]["parameters"]}
            for name, values in gold["arguments"].items():
                if name not in known:
                    fault = "gold parameter not in the document"
                elif values and not any(fits(value, known[name]["schema"]) for value in values):
                    fault = "gold value of another type than the schema"
            if any(item["required"] and item["name"] not in gold["arguments"] for item in known.values()):
                fault = "required parameter missing from gold"
        return fault


class Offered:
    """The functions on offer in one row of a source, by the names that the row uses."""

    def __init__(self, gatherer: Gatherer, package: str) -> None:
        self.gatherer, self.package = gatherer, package
        self.identities: dict[str, str] = {}
        self.schemas: dict[str, dict[str, Schema]] = {}

    def add(self, name: str, description: str, parameters: list[Document], **more: Any) -> None:
        self.identities[name] = self.gatherer.add(self.package, name, description, parameters, **more)
        self.schemas[name] = {item["name"]: item["schema"] for item in parameters}

    @property
    def apis(self) -> list[str]:
        return list(dict.fromkeys(self.identities.values()))

    def call(self, name: str, arguments: dict[str, Any]) -> Document:
        """Return a gold call with values as their schemas want them."""
        return {"api": self.identities[name], "arguments": self.arguments(name, arguments)}

    def arguments(self, name: str, given: dict[str, Any]) -> dict[str, list[Any]]:
        return {as_parameter_name(key): [self.value(name, key, value)] for key, value in given.items()}

    def value(self, name: str, key: str, value: Any) -> Any:
        return typed_value(value, self.schemas[name].get(as_parameter_name(key), {}))


def named_parameters(properties: dict[str, Any]) -> list[Document]:
    """Return parameters whose types are texts; optional are those that say so, and those with a default."""
    parameters = []
    for name, found in properties.items():
        if isinstance(found, dict):
            typed = read_type(found.get("type"))
            schema, default = dict(typed.schema), found.get("default")
            if default not in (None, ""):
                schema["default"] = typed_value(default, schema)
            parameters.append(_parameter(name, found, not typed.optional and "default" not in schema, schema))
    return parameters


def schema_parameters(properties: dict[str, Any], required: Iterable[str]) -> list[Document]:
    """Return the parameters of a JSON Schema object."""
    return [
        _parameter(name, found, name in required, read_schema(found))
        for name, found in properties.items()
        if isinstance(found, dict)
    ]


def _parameter(name: str, found: dict[str, Any], required: bool, schema: Schema) -> Document:
    about = found.get("description", "")
    return {"name": as_parameter_name(name), "description": about, "required": required, "schema": schema}


def written_call(name: str, arguments: dict[str, Any]) -> str:
    """Return a call as it stands in the messages: `name(parameter="value")`."""
    values = [
        f"{as_parameter_name(key)}={json.dumps(value, ensure_ascii=False, default=str)}"
        for key, value in arguments.items()
    ]
    return f"{as_function_name(name)}({', '.join(values)})"
