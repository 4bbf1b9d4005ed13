"""`FoundationMcfm`: a chat model as the MCFM. It proposes the outline and writes the program (§2.2)."""

import ast
import time
from collections.abc import Sequence

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ModelAnswerError, NothingFitsError
from taskmatrix.core.events import ModelReplied
from taskmatrix.core.outlines import Outline
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import ChatModel, Listen, Message, Reply, Request, Turn
from taskmatrix.core.stubs import clean
from taskmatrix.mcfm.offer import render_offer
from taskmatrix.mcfm.prompts import MAX_SUMMARY, clip, outline_messages, program_messages, summary_messages
from taskmatrix.mcfm.replies import parse, read_program, without_thoughts
from taskmatrix.mcfm.steps import read_outline
from taskmatrix.mcfm.streaming import Purpose, Writing
from taskmatrix.models.prices import ModelPrice, cost_of


class FoundationMcfm:
    """An MCFM made of any chat model. Implements `core.protocols.Mcfm`.

    `price` is what its tokens cost, for the journal; None where nobody says.
    """

    def __init__(self, model: ChatModel, price: ModelPrice | None = None) -> None:
        self._model = model
        self._price = price

    @property
    def name(self) -> str:
        """The chat model's name."""
        return self._model.name

    async def outline(self, request: Request, listen: Listen) -> Outline:
        """Propose the steps, or take those the instruction already states.

        Raises NeedsInputError, ModelError, UsageError for an instruction too long for a prompt.
        """
        reply = await self._ask("outline", outline_messages(request), listen)
        outline = read_outline(reply.text, request.instruction)
        if outline.answer and reply.unseen:
            return outline.model_copy(update={"answer": f"{outline.answer}\n\n({_unseen(reply)})"})
        return outline

    async def write(self, request: Request, listen: Listen) -> Program:
        """Write the program, or repair `request.previous`.

        Raises NothingFitsError, NeedsInputError, ModelError, UsageError for an instruction too long for a prompt.
        """
        offer = render_offer(request.documents, request.packages)
        if not offer.documents:
            raise NothingFitsError(
                "no API is on offer for this instruction", hint="import APIs that can do it (taskmatrix apis import)"
            )
        reply = await self._ask("program", program_messages(request, offer), listen)
        found = read_program(reply.text)
        notes = found.notes
        if reply.unseen:
            notes += (_unseen(reply),)
        return Program(
            code=found.code, apis=used_apis(found.code, offer.documents), author=self._model.name, notes=notes
        )

    async def summarize(self, turns: Sequence[Turn], previous_summary: str, listen: Listen) -> str:
        """Take turns, oldest first, into the summary of those before; text of at most `MAX_SUMMARY` characters.

        Raises ModelError.
        """
        reply = await self._ask("summary", summary_messages(turns, previous_summary), listen)
        summary = without_thoughts(reply.text).strip()
        if not summary:
            raise ModelAnswerError("the model answered without a summary", answer=reply.text, hint="try again")
        return clip(summary, MAX_SUMMARY)

    async def _ask(self, purpose: Purpose, messages: Sequence[Message], listen: Listen) -> Reply:
        """Ask the model and tell the listener what it says, before anyone tries to make sense of it."""
        writing = Writing(purpose, listen)
        started = time.monotonic()
        try:
            reply = await self._model.complete(messages, on_text=writing.add)
        except ModelAnswerError as error:
            if error.answer:
                seconds = round(time.monotonic() - started, 3)
                listen(ModelReplied(purpose=purpose, text=error.answer, model=self.name, seconds=seconds))
            raise
        writing.flush()
        listen(
            ModelReplied(
                purpose=purpose,
                text=reply.text,
                model=reply.model,
                input_tokens=reply.input_tokens,
                output_tokens=reply.output_tokens,
                cached_tokens=reply.cached_tokens,
                seconds=round(time.monotonic() - started, 3),
                cost=cost_of(reply, self._price),
            )
        )
        return reply


def _unseen(reply: Reply) -> str:
    return f"the model was not shown {', '.join(map(clean, reply.unseen))}"


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
