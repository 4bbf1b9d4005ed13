"""Reading evaluation sets: a folder with `apis.jsonl[.gz]` and `cases.jsonl[.gz]`."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from pydantic import BaseModel, JsonValue, ValidationError

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.errors import DocumentError, EvaluationSetError
from taskmatrix.evaluation.cases import PlanningCase, RetrievalCase

_Case = TypeVar("_Case", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Line:
    """One JSON object of a file, and where it stands."""

    file: Path
    number: int
    data: Mapping[str, JsonValue]

    def error(self, message: str, hint: str | None = None) -> EvaluationSetError:
        """Return an error that names file and line."""
        return EvaluationSetError(f"{self.file}, line {self.number}: {message}", hint=hint)


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Queries over documents; `skipped` cases expect no API and cannot be searched for."""

    folder: Path
    documents: Mapping[str, ApiDocument]
    cases: tuple[RetrievalCase, ...]
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class PlanningSet:
    """Instructions over documents, by `package.name`."""

    folder: Path
    documents: Mapping[str, ApiDocument]
    cases: tuple[PlanningCase, ...]


def load_planning_set(folder: Path, limit: int | None = None) -> PlanningSet:
    """Read a planning set, or its first `limit` cases. Raises EvaluationSetError with file and line."""
    documents = load_documents(folder)
    cases: list[PlanningCase] = []
    for line in _cases(folder, limit):
        if "expected" not in line.data:
            raise line.error("no 'expected'", "a planning case has an instruction and the calls it expects")
        case = _validate(PlanningCase, line)
        unknown = [api for api in case.apis or () if api not in documents]
        if unknown:
            raise line.error(f"{unknown[0]!r} is on offer, but not among the documents")
        cases.append(case)
    return PlanningSet(folder, documents, tuple(cases))


def load_retrieval_set(folder: Path, limit: int | None = None) -> RetrievalSet:
    """Read a retrieval set, or a planning set as one: the query is the request, the expected APIs are relevant.

    Raises EvaluationSetError with file and line.
    """
    documents = load_documents(folder)
    cases: list[RetrievalCase] = []
    skipped = 0
    for line in _cases(folder, limit):
        if "expected" in line.data and "query" not in line.data:
            planned = _validate(PlanningCase, line)
            case = RetrievalCase(id=planned.id, query=planned.request, relevant=planned.relevant)
        else:
            case = _validate(RetrievalCase, line)
        if case.relevant:
            cases.append(case)
        else:
            skipped += 1
    return RetrievalSet(folder, documents, tuple(cases), skipped)


def load_documents(folder: Path) -> dict[str, ApiDocument]:
    """Return the documents of a set by `package.name`. Raises EvaluationSetError with file and line."""
    documents: dict[str, ApiDocument] = {}
    for document in read_documents(_find(folder, "apis")):
        documents.setdefault(document.id, document)
    return documents


def read_documents(file: Path) -> Iterator[ApiDocument]:
    """Yield the documents of one JSONL file. Raises EvaluationSetError with file and line."""
    for line in read_lines(file):
        try:
            yield parse_document(_with_distinct_parameters(line.data))
        except DocumentError as error:
            raise line.error(error.message, error.hint) from error


def _with_distinct_parameters(data: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Leave out parameters whose name an earlier one has: web APIs take one name in the path and in the body."""
    parameters = data.get("parameters")
    if not isinstance(parameters, list):
        return data
    distinct: dict[str, JsonValue] = {}
    for index, parameter in enumerate(parameters):
        name = parameter.get("name") if isinstance(parameter, dict) else None
        distinct.setdefault(name if isinstance(name, str) else f"\0{index}", parameter)
    return {**data, "parameters": list(distinct.values())} if len(distinct) < len(parameters) else data


def read_lines(file: Path) -> Iterator[Line]:
    """Yield the JSON objects of a `.jsonl` or `.jsonl.gz` file; empty lines are left out.

    Raises EvaluationSetError with file and line.
    """
    number = 0
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as stream:
            for number, raw in enumerate(stream, 1):
                if raw.strip():
                    yield _object(file, number, raw)
    except (OSError, EOFError, zlib.error) as error:
        where = f", line {number + 1}" if number else ""
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise EvaluationSetError(f"{file}{where}: cannot be read: {reason}") from error


def _object(file: Path, number: int, raw: bytes) -> Line:
    line = Line(file, number, {})
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise line.error(f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise line.error("not a JSON object")
    return Line(file, number, cast("Mapping[str, JsonValue]", data))


def _cases(folder: Path, limit: int | None) -> Iterator[Line]:
    for index, line in enumerate(read_lines(_find(folder, "cases"))):
        if limit is not None and index >= limit:
            return
        yield line


def _find(folder: Path, name: str) -> Path:
    for file in (folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"):
        if file.is_file():
            return file
    raise EvaluationSetError(
        f"{folder} has no {name}.jsonl or {name}.jsonl.gz",
        hint="a set is a folder with apis.jsonl and cases.jsonl, each of them plain or .gz",
    )


def _validate(model: type[_Case], line: Line) -> _Case:
    try:
        return model.model_validate(line.data)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        raise line.error(f"{path}: {first['msg']}" if path else first["msg"]) from error
