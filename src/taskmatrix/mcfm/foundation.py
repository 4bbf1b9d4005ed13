"""`FoundationMcfm`: a chat model as the MCFM. It proposes the outline and writes the program (§2.2)."""

import ast
from collections.abc import Sequence
from typing import Literal

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ModelAnswerError, NothingFitsError
from taskmatrix.core.events import ModelReplied
from taskmatrix.core.outlines import Outline
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import ChatModel, Listen, Message, Request
from taskmatrix.mcfm.offer import render_offer
from taskmatrix.mcfm.prompts import outline_messages, program_messages
from taskmatrix.mcfm.replies import parse, read_program
from taskmatrix.mcfm.steps import read_outline


class FoundationMcfm:
    """An MCFM made of any chat model. Implements `core.protocols.Mcfm`."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The chat model's name."""
        return self._model.name

    async def outline(self, request: Request, listen: Listen) -> Outline:
        """Propose the steps, or take those the instruction already states.

        Raises NeedsInputError, ModelError, UsageError for an instruction too long for a prompt.
        """
        text = await self._ask("outline", outline_messages(request), listen)
        return read_outline(text, request.instruction)

    async def write(self, request: Request, listen: Listen) -> Program:
        """Write the program, or repair `request.previous`.

        Raises NothingFitsError, NeedsInputError, ModelError, UsageError for an instruction too long for a prompt.
        """
        offer = render_offer(request.documents, request.packages)
        if not offer.documents:
            raise NothingFitsError(
                "no API is on offer for this instruction", hint="import APIs that can do it (taskmatrix apis import)"
            )
        text = await self._ask("program", program_messages(request, offer), listen)
        found = read_program(text)
        notes = found.notes
        if offer.left_out:
            notes += (f"{offer.left_out} of the selected APIs were not shown to the model: the prompt was full",)
        return Program(
            code=found.code, apis=used_apis(found.code, offer.documents), author=self._model.name, notes=notes
        )

    async def _ask(self, purpose: Literal["outline", "program"], messages: Sequence[Message], listen: Listen) -> str:
        """Ask the model and tell the listener what it said, before anyone tries to make sense of it."""
        try:
            reply = await self._model.complete(messages)
        except ModelAnswerError as error:
            if error.answer:
                listen(ModelReplied(purpose=purpose, text=error.answer))
            raise
        listen(
            ModelReplied(
                purpose=purpose,
                text=reply.text,
                input_tokens=reply.input_tokens,
                output_tokens=reply.output_tokens,
            )
        )
        return reply.text


def used_apis(code: str, documents: Sequence[ApiDocument]) -> tuple[str, ...]:
    """Return the `package.name` of the offered APIs that a program imports or reaches through their module.

    For code that does not parse these are all of them.
    """
    tree = parse(code)
    if tree is None:
        return tuple(d.id for d in documents)
    modules: dict[str, str] = {}
    used: set[tuple[str, str]] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            used |= {(node.module or "", alias.name) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            used.add((modules[node.value.id], node.attr))
    return tuple(
        d.id
        for d in documents
        if used & {(names.module(d.package), names.function(d.name)), (names.module(d.package), "*")}
    )
