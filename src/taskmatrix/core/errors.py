"""The one error tree. Every error says what, which, and what to do.

    TaskMatrixError                     failed
    ├── UsageError                      usage            the caller asked for something that makes no sense
    │   ├── SettingError                setting-invalid
    │   ├── ScheduleError               not-now          wanted at a time, or after an event, that cannot be waited for
    │   └── EvaluationSetError          set-invalid      a malformed evaluation set, with file and line
    ├── NotFoundError                   not-found        an API, run, file or model that does not exist
    ├── DocumentError                   doc.invalid      an API document that breaks its schema, or finer:
    │                                                    name.charset, name.confusable, example.invalid, encoding,
    │                                                    json.duplicate_key, json.number
    ├── ImportRefusedError              import-refused   a source that no importer can take, or finer: ref.external,
    │                                                    secret.in_doc, and the codes of DocumentError
    ├── ForbiddenError                  forbidden        somebody else's package or API, or a key that is not valid
    ├── ConflictError                   conflict         the registry is in another state than the caller thinks
    │   ├── StaleVersionError           version-conflict an update of a version that is no longer the current one
    │   ├── AlreadyRegisteredError      already-registered
    │   └── NameTakenError              name-taken       a name of another owner, or freed too short ago
    ├── CredentialError                 credential-missing a credential that an API needs and nobody has given
    ├── NothingFitsError                nothing-fits     no registered API does what a step needs
    ├── NeedsInputError                 needs-input      an argument is missing or a phrase has two readings
    ├── VerificationError               program-invalid  a program that did not pass its check
    ├── ModelError                      model-failed     a chat model that did not answer usably (retry may help)
    │   ├── ModelAccessError            model-access     no key, a refused key, an unknown model, a wrong address
    │   └── ModelAnswerError            model-answer     it answered, but with nothing usable (retry may help)
    ├── EncoderUnavailableError         encoder-unavailable no vectors of texts here: searches go by words alone
    ├── SandboxError                    program-failed   a program that raised while it ran
    │   ├── SandboxUnavailableError     sandbox-unavailable this machine lacks what confines such a program
    │   ├── RunDivergedError            run-diverged     run again, it made another call than its journal says
    │   └── LimitError                  limit-exceeded   time, memory, recursion, output, calls, money
    ├── ApiError                        api-failed       an API call that did not do what it was asked
    │   ├── ApiArgumentError            api-argument     an argument the API cannot take
    │   ├── ApiStateError               api-state        called out of order: nothing open, nothing selected
    │   ├── ApiFileError                api-file         a missing, corrupt, empty or read-only file
    │   ├── ApiNotCallableError         api-not-callable documented, but nothing here can call it
    │   ├── ApiGoneError                api.gone         deleted, or quarantined, while a run uses it
    │   ├── ApiAccessError              api-access       the API refused the credential
    │   ├── ApiUnavailableError         api-unavailable  not reachable, too busy or broken (retry may help)
    │   └── ApiLimitError               api.limit        an answer too large or too slow
    ├── ApprovalDeniedError             approval-denied
    ├── ApprovalExpiredError            approval-expired nobody answered in time; nothing was called
    ├── OutcomeUnknownError             outcome-unknown  stopped at a call that may or may not have happened
    ├── UndoError                       cannot-undo      a call that nothing takes back
    ├── RunCancelledError               cancelled
    └── StoreError                      store-failed
        ├── StoreForeignError           store-foreign    a database file that is not ours, or newer than we are
        ├── StoreBusyError              store-busy       locked by another process (retry may help)
        └── StoreFullError              store-full       no space left

`code` is stable: scripts, HTTP and MCP clients match on it, never on the text.
"""

from typing import ClassVar

from taskmatrix.core.questions import Question


class TaskMatrixError(Exception):
    """Base of every error TaskMatrix raises on purpose.

    `message` says what went wrong and with which thing; `hint` says what to do about it.
    """

    code: str = "failed"
    retryable: ClassVar[bool] = False
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(TaskMatrixError):
    """The request itself is wrong: an empty instruction, an option that contradicts another."""

    code = "usage"
    exit_status = 2


class SettingError(UsageError):
    """A setting or environment variable has a value that cannot be used."""

    code = "setting-invalid"


class ScheduleError(UsageError):
    """Something is wanted later, or again and again, and it cannot be waited for, or that time is past.

    `best` is the program that would do it now; it is never run.
    """

    code = "not-now"

    def __init__(self, message: str, *, hint: str | None = None, best: object | None = None) -> None:
        super().__init__(message, hint=hint)
        self.best = best


class EvaluationSetError(UsageError):
    """An evaluation set is malformed; the message names file and line."""

    code = "set-invalid"


class NotFoundError(TaskMatrixError):
    """Something named by the caller does not exist."""

    code = "not-found"


class DocumentError(TaskMatrixError):
    """An API document breaks its schema; `path` names the field, as in `parameters.0.schema`.

    `code` may be finer than the class's own.
    """

    code = "doc.invalid"

    def __init__(self, message: str, *, path: str = "", code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path
        if code is not None:
            self.code = code


class ImportRefusedError(TaskMatrixError):
    """A source that cannot be imported, for a reason that lies in the source.

    `path` names the field it lies in, where there is one; `code` may be finer than the class's own.
    """

    code = "import-refused"

    def __init__(self, message: str, *, path: str = "", code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path
        if code is not None:
            self.code = code


class ForbiddenError(TaskMatrixError):
    """The caller may not do this: the package or API is somebody else's, or the key is not valid."""

    code = "forbidden"


class ConflictError(TaskMatrixError):
    """The registry is in another state than the caller thinks."""

    code = "conflict"


class StaleVersionError(ConflictError):
    """The version to be replaced is no longer the current one."""

    code = "version-conflict"


class AlreadyRegisteredError(ConflictError):
    """The very same thing was registered before, by another request."""

    code = "already-registered"


class NameTakenError(ConflictError):
    """The name belongs to another owner, or was freed too short ago to be given to a new one."""

    code = "name-taken"


class CredentialError(TaskMatrixError):
    """An API needs a credential that nobody has given, or one that cannot be read."""

    code = "credential-missing"


class NothingFitsError(TaskMatrixError):
    """No registered API does what a step needs; `nearest` are the closest names, best first.

    `confidence` is how sure that is (0…1), where the MCFM says so.
    """

    code = "nothing-fits"

    def __init__(self, message: str, *, nearest: tuple[str, ...] = (), hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.nearest = nearest
        self.confidence: float | None = None


class NeedsInputError(TaskMatrixError):
    """The instruction leaves something open; `question` is the one thing to ask the user.

    `best` is the program that a guess would give, for measuring; it is never run.
    """

    code = "needs-input"

    def __init__(self, question: Question | str, *, hint: str | None = None, best: object | None = None) -> None:
        self.question = Question(question) if isinstance(question, str) else question
        super().__init__(self.question.text, hint=hint)
        self.best = best


class VerificationError(TaskMatrixError):
    """A program did not pass its check and was not run."""

    code = "program-invalid"


class ModelError(TaskMatrixError):
    """A chat model failed, or answered with something that holds no usable program."""

    code = "model-failed"
    retryable = True


class ModelAccessError(ModelError):
    """The model cannot be used as it is set up: no key, a refused key, an unknown model, a wrong address."""

    code = "model-access"
    retryable = False


class ModelAnswerError(ModelError):
    """The model answered with something unusable: nothing, half an answer, prose. `answer` keeps what it said."""

    code = "model-answer"

    def __init__(self, message: str, *, answer: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.answer = answer


class EncoderUnavailableError(TaskMatrixError):
    """The sentence encoder cannot be loaded: a file or library is missing or broken. It never ends a search."""

    code = "encoder-unavailable"


class SandboxError(TaskMatrixError):
    """A program raised an error that it did not handle; `line` is 1-based, 0 if unknown."""

    code = "program-failed"

    def __init__(self, message: str, *, line: int = 0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.line = line


class SandboxUnavailableError(SandboxError):
    """This machine lacks what a program of the whole language is confined with; the hint names what to install."""

    code = "sandbox-unavailable"


class RunDivergedError(SandboxError):
    """A program that was run once more made another call than its journal says: it does not do the same twice."""

    code = "run-diverged"


class LimitError(SandboxError):
    """A run went over a `limit` (see `LimitReached`); `allowed` and `used` say how much, where that is known."""

    code = "limit-exceeded"

    def __init__(
        self,
        message: str,
        *,
        limit: str = "",
        allowed: str = "",
        used: str = "",
        line: int = 0,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, line=line, hint=hint)
        self.limit, self.allowed, self.used = limit, allowed, used


class ApiError(TaskMatrixError):
    """An API call failed. Packages raise this or a subclass; programs see it as `RuntimeError`."""

    code = "api-failed"


class ApiArgumentError(ApiError):
    """An argument has a value the API cannot take, such as a slide number out of range."""

    code = "api-argument"


class ApiStateError(ApiError):
    """The API was called out of order: nothing open, nothing selected."""

    code = "api-state"


class ApiFileError(ApiError):
    """A file an API was given is missing, empty, corrupt, read-only or of another kind."""

    code = "api-file"


class ApiNotCallableError(ApiError):
    """The API is documented, but no caller here can execute it."""

    code = "api-not-callable"


class ApiGoneError(ApiError):
    """The API was deleted or quarantined while a run uses it."""

    code = "api.gone"


class ApiAccessError(ApiError):
    """The API refused the credential, or the rights that come with it."""

    code = "api-access"


class ApiUnavailableError(ApiError):
    """The API cannot be reached (`sent` is False), is too busy (for `after_s`, if it says so), or failed itself."""

    code = "api-unavailable"
    retryable = True

    def __init__(
        self, message: str, *, hint: str | None = None, sent: bool = True, after_s: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.sent, self.after_s = sent, after_s


class ApiLimitError(ApiError):
    """An answer was too large or took too long."""

    code = "api.limit"


class ApprovalDeniedError(TaskMatrixError):
    """A person or the policy in force refused a call."""

    code = "approval-denied"


class ApprovalExpiredError(TaskMatrixError):
    """An approval was answered after its time; the call was not made."""

    code = "approval-expired"


class OutcomeUnknownError(TaskMatrixError):
    """Somebody stopped the run at a call that was sent and never answered."""

    code = "outcome-unknown"


class UndoError(TaskMatrixError):
    """A call cannot be taken back; the message says why."""

    code = "cannot-undo"


class RunCancelledError(TaskMatrixError):
    """The run was stopped by its user."""

    code = "cancelled"
    exit_status = 130


class StoreError(TaskMatrixError):
    """The database could not do what was asked."""

    code = "store-failed"


class StoreForeignError(StoreError):
    """The file is no TaskMatrix database, or one written by a newer version."""

    code = "store-foreign"


class StoreBusyError(StoreError):
    """Another process holds the database for longer than we wait."""

    code = "store-busy"
    retryable = True


class StoreFullError(StoreError):
    """No space is left where the database or its blobs lie."""

    code = "store-full"
