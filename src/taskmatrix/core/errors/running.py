"""What goes wrong while a program runs: the program, its calls, the journal."""

from taskmatrix.core.errors.base import TaskMatrixError


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
    exit_status = 2  # what a program gives ends a run, not the command: this was typed


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


class OutcomeError(TaskMatrixError):
    """The program ran, and the world is not as it should be after it; the message says what was found.

    `beyond` says that something changed that nobody asked for.
    """

    code = "outcome-wrong"

    def __init__(self, message: str, *, beyond: bool = False, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.beyond = beyond


class UndoError(TaskMatrixError):
    """A call cannot be taken back; the message says why."""

    code = "cannot-undo"


class RunCancelledError(TaskMatrixError):
    """The run was stopped by its user."""

    code = "cancelled"
    exit_status = 130


class QuestionDeclinedError(RunCancelledError):
    """The run asked something, and its user would not answer: it ends as one whose call was refused."""

    code = "not-answered"
    exit_status = 1


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
