"""The seams: how the parts meet. Each part implements one of these and knows the others only by them."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, overload, runtime_checkable

from pydantic import JsonValue

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.asks import Ask as Ask
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.events import ApprovalRequested, Event, ModelReplied, ModelWriting, QuestionAsked, StepChoices
from taskmatrix.core.happenings import Happening
from taskmatrix.core.outlines import Outline
from taskmatrix.core.programs import CheckReport, Finding, Plan, Program
from taskmatrix.core.questions import Answered
from taskmatrix.core.sandboxes import ANY_ORIGIN as ANY_ORIGIN
from taskmatrix.core.sandboxes import Checked as Checked
from taskmatrix.core.sandboxes import HostCall as HostCall
from taskmatrix.core.sandboxes import Limits as Limits
from taskmatrix.core.sandboxes import ModuleStub as ModuleStub
from taskmatrix.core.sandboxes import OpenSandboxRun as OpenSandboxRun
from taskmatrix.core.sandboxes import Origin as Origin
from taskmatrix.core.sandboxes import Raised as Raised
from taskmatrix.core.sandboxes import Sandbox as Sandbox
from taskmatrix.core.sandboxes import SandboxRun as SandboxRun
from taskmatrix.core.sandboxes import Value as Value
from taskmatrix.core.search import ANYTHING, Explanation, SearchFilter


class Registry(Protocol):
    """The API platform's catalogue, read side. Reading one API costs the same whatever the size."""

    def get(self, package: str, name: str) -> ApiDocument | None:
        """Return the document of one API, or None."""
        ...

    def find(self, api: str) -> ApiDocument | None:
        """Return the document printed as `api` (`package.name`; either part may hold dots), or None."""
        ...

    def package(self, name: str) -> Package | None:
        """Return what is known of a package, or None."""
        ...

    def packages(self) -> Sequence[Package]:
        """Return all packages, by name."""
        ...

    def documents(self, package: str | None = None) -> Sequence[ApiDocument]:
        """Return the documents on offer, of all or of one package, by package and name. None in quarantine is."""
        ...

    def count(self) -> int:
        """Return how many APIs are on offer."""
        ...


class Caller(Protocol):
    """Makes the call of one document's API. Chosen by the document's `source.kind`."""

    async def __call__(
        self, document: ApiDocument, arguments: Mapping[str, JsonValue], context: RunContext
    ) -> JsonValue:
        """Call the API. Raises ApiError (or a subclass) when it fails."""
        ...


@dataclass(frozen=True, slots=True)
class Match:
    """A document that answers a query: `score` is the probability that it fits, `why` says what brought it."""

    document: ApiDocument
    score: float
    why: str = ""
    explanation: Explanation | None = None


@dataclass(frozen=True)
class Found(Sequence[Match]):
    """What a search found: `matches`, best first. `unmet`: the steps of the query that nothing fits.

    Where `fits` is False nothing fits at all, and the matches are the closest that there are. `lacks_vectors`: APIs
    may have been passed over whose vectors are still to be made.
    """

    matches: tuple[Match, ...] = ()
    unmet: tuple[str, ...] = ()
    fits: bool = True
    lacks_vectors: bool = False

    @overload
    def __getitem__(self, index: int) -> Match: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Match]: ...
    def __getitem__(self, index: int | slice) -> Match | Sequence[Match]:
        return self.matches[index]

    def __len__(self) -> int:
        return len(self.matches)


@dataclass(frozen=True, slots=True)
class Selection:
    """What the selector offers for an outline: per step the choices, and all documents together, best first.

    `nearest` holds the closest names where a step had no fitting API.
    """

    steps: tuple[StepChoices, ...]
    documents: tuple[ApiDocument, ...]
    nearest: tuple[str, ...] = ()

    @property
    def unmet(self) -> tuple[str, ...]:
        """The steps that nothing fits."""
        return tuple(s.step for s in self.steps if not s.choices)


class Selector(Protocol):
    """Finds the APIs that can do the steps of an outline (§2.4), or says that nothing fits."""

    def search(self, query: str, *, limit: int = 10, where: SearchFilter = ANYTHING, explain: bool = False) -> Found:
        """Return the best documents for one query, best first; never raises for what the query holds."""
        ...

    def select(self, outline: Outline, *, instruction: str = "", limit: int = 24) -> Selection:
        """Return the documents to offer for an outline, searched step by step."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One call that was made, or is expected. `arguments` may hold `{"$ref": call_id, "field": …}`."""

    api: str
    arguments: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier turn of the conversation: what was said and, for the user's turns, what was called for it."""

    role: Literal["user", "assistant", "tool"]
    text: str
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Media:
    """Bytes that a chat model is shown: an image or a sound, with its media type; `name` is what texts call it."""

    media_type: str
    data: bytes = field(repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something the user gave along with an instruction.

    `text` is what of it can be read (a text file, a transcript, a description); `media` what a model that sees or
    hears can be shown (the image, frames of a video, the sound).
    """

    artifact: Artifact
    text: str = ""
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """C in `A = MCFM(θ, P, I, C)`: the conversation so far, what packages can read of the world, the clock.

    `summary` says in words what earlier turns than `turns` were about; `event` is what the run was started by.
    """

    turns: tuple[Turn, ...] = ()
    world: str = ""
    now: datetime | None = None
    summary: str = ""
    attachments: tuple[Attachment, ...] = ()
    event: Happening | None = None


@dataclass(frozen=True, slots=True)
class UsedBefore:
    """A run over some of the offered APIs that its user confirmed: what was asked for, and the program."""

    instruction: str
    code: str


@dataclass(frozen=True, slots=True)
class Request:
    """What an MCFM is asked: the instruction, its context, and from step 3 on the outline and the offered APIs.

    `findings` are what the verifier said about `previous`, the program to repair. `answers` are those to what was
    asked so far, oldest first; of two about the same thing the later one counts. `edit` are the user's words on how
    to change `outline`. `learned` says, for another round, what was done and what went wrong in those before.
    `used` are confirmed runs of offered APIs.
    """

    instruction: str
    context: Context = field(default_factory=Context)
    outline: Outline | None = None
    documents: tuple[ApiDocument, ...] = ()
    packages: tuple[Package, ...] = ()
    previous: Program | None = None
    findings: tuple[Finding, ...] = ()
    answers: tuple[Answered, ...] = ()
    edit: str = ""
    learned: str = ""
    used: tuple[UsedBefore, ...] = ()

    @property
    def asked(self) -> str:
        """The instruction after up to three turns in which the user said more since something was last called."""
        called = max((i for i, turn in enumerate(self.context.turns) if turn.calls), default=-1)
        said = [turn.text for turn in self.context.turns[called + 1 :] if turn.role == "user"]
        return "\n".join([*said[-3:], self.instruction])


Listen = Callable[[ModelReplied | ModelWriting], None]
"""Hears what a chat model writes, and what it has replied."""


class Mcfm(Protocol):
    """The multimodal conversational foundation model: steps 1 and 3 of the flow.

    `listen` is told what a chat model replied and how many tokens it took; the embedded model has nothing to
    tell.
    """

    @property
    def name(self) -> str:
        """As in `--model`: `embedded`, `openai:NAME`."""
        ...

    async def outline(self, request: Request, listen: Listen) -> Outline:
        """Propose the steps, or change those of `request.outline`. Raises NeedsInputError, ModelError."""
        ...

    async def write(self, request: Request, listen: Listen) -> Program:
        """Write the program over `request.documents`.

        Raises NothingFitsError where no offered API does what is asked, NeedsInputError where something is
        missing, ModelError.
        """
        ...


@runtime_checkable
class Recalls(Protocol):
    """An MCFM that has learned from examples which APIs such requests take: they are on offer whatever is found."""

    def recall(self, request: Request, registered: Callable[[str], bool]) -> tuple[str, ...]:
        """Return the APIs (`package.name`) that examples call for such a request, best first; often none.

        `registered` says whether there is an API of that name.
        """
        ...


@runtime_checkable
class Summarizes(Protocol):
    """An MCFM that can say in short what turns of a conversation were about."""

    async def summarize(self, turns: Sequence[Turn], previous_summary: str, listen: Listen) -> str:
        """Return a summary of the turns that takes in the one before. Raises ModelError."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """One message to or from a chat model. The last one of a call may say what is asked."""

    role: Literal["system", "user", "assistant"]
    content: str
    media: tuple[Media, ...] = ()
    ask: Ask | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """A chat model's whole answer, with what it cost in tokens: None for what its server does not report.

    `cached_tokens` are part of the input. `unseen` names the media that the model could not be shown.
    """

    text: str
    input_tokens: int | None = None
    output_tokens: int | None = None
    model: str = ""
    cached_tokens: int | None = None
    unseen: tuple[str, ...] = ()


class ChatModel(Protocol):
    """Any LLM that completes a chat."""

    @property
    def name(self) -> str:
        """As in `--model`: `openai:NAME`."""
        ...

    async def complete(self, messages: Sequence[Message], *, on_text: Callable[[str], None] | None = None) -> Reply:
        """Answer; `on_text` sees the pieces as they arrive. Raises ModelError, with a hint."""
        ...


class Verifier(Protocol):
    """Proof before running (§2.2): syntax, unknown APIs, types against stubs, composition rules, effects."""

    def check(self, code: str, documents: Sequence[ApiDocument], plan: Plan | None = None) -> CheckReport:
        """Check a program against the documents on offer and, where there is one, the plan that it carries out."""
        ...


class Journal(Protocol):
    """Where a run's events go; an event is kept when `append` returns."""

    def append(self, run_id: str, event: Event) -> Event:
        """Number, stamp and store an event; return it as stored. Raises StoreError."""
        ...

    def append_all(self, run_id: str, new: Sequence[Event], *, durable: bool = True) -> Sequence[Event]:
        """Store events in one transaction, all of them or none. Raises StoreError.

        What is not `durable` survives the end of the process, not a power cut.
        """
        ...


class Record(Protocol):
    """Appends events to the journal of the run in hand, in one transaction, and shows them to whoever watches."""

    def __call__(self, event: Event, *more: Event, durable: bool = True) -> Event:
        """Return the first event as stored. Raises StoreError; then none of them is in the journal."""
        ...


class BlobStore(Protocol):
    """Keeps bytes by content: the name of a blob is its SHA-256 (hex)."""

    def put(self, data: bytes) -> str:
        """Store bytes, durably, once; return their digest. Raises StoreFullError."""
        ...

    def get(self, digest: str) -> bytes:
        """Return the bytes. Raises NotFoundError."""
        ...


class Approver(Protocol):
    """Answers approval requests, now or never: None leaves the run waiting."""

    async def __call__(self, request: ApprovalRequested) -> str | None:
        """Return one of `request.options`, or None to let the run wait for a later answer."""
        ...


class Asker(Protocol):
    """Answers what the instruction leaves open, now or never: None leaves the run waiting."""

    async def __call__(self, request: QuestionAsked) -> str | None:
        """Return the answer (empty to end the run without any call), or None to wait for a later one."""
        ...


class Policy(Protocol):
    """Says what may run without asking."""

    def decide(self, document: ApiDocument, arguments: Mapping[str, JsonValue]) -> "Decision":
        """Decide on one call with its actual arguments."""
        ...


@dataclass(frozen=True, slots=True)
class Decision:
    """A policy's answer; `reason` is shown to the person who is asked.

    `rule` names what decided, in the same words each time; `permit` says who allowed what the rule would ask about.
    """

    verdict: Literal["run", "ask", "refuse"]
    reason: str = ""
    rule: str = ""
    permit: str = ""


EventStream = AsyncIterator[Event]
"""What a run yields while it goes on."""
