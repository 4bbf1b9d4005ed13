"""A call of one API as a run of its own: checked, asked about and journalled like any other."""

from collections.abc import Mapping

from pydantic import JsonValue

from taskmatrix.api_platform.validation import fault
from taskmatrix.conversation import Given
from taskmatrix.core import names
from taskmatrix.core.binding import bind
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiArgumentError
from taskmatrix.core.programs import Program

AUTHOR = "you"


def program_of_call(document: ApiDocument, arguments: Mapping[str, JsonValue]) -> Given:
    """Return the program that makes one call. Raises ApiArgumentError for unknown or missing parameters."""
    by_identifier = {names.identifier(p.name): p.name for p in document.parameters}
    arguments = {
        name if document.parameter(name) else by_identifier.get(name, name): value for name, value in arguments.items()
    }
    unknown = [name for name in arguments if document.parameter(name) is None]
    if unknown:
        takes = ", ".join(parameter.name for parameter in document.parameters)
        raise ApiArgumentError(
            f"{document.id} has no parameter {unknown[0]!r}", hint=f"it takes {takes}" if takes else "it takes none"
        )
    for name, value in arguments.items():
        parameter = document.parameter(name)
        if parameter is not None and (wrong := fault(parameter.type, value)):
            raise ApiArgumentError(f"{document.id}: {name}: {wrong}", hint="taskmatrix apis show says what it takes")
    written = {names.identifier(name): value for name, value in arguments.items()}
    bind(document, (), written)
    function = names.function(document.name)
    given = ", ".join(f"{name}={value!r}" for name, value in written.items())
    code = f"from {names.module(document.package)} import {function}\n\n{function}({given})\n"
    return Given(Program(code=code, apis=(document.id,), author=AUTHOR), (document,))
