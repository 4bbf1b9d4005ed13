"""What goes wrong before a program runs: a request, a document, a model."""

from taskmatrix.core.errors.base import TaskMatrixError
from taskmatrix.core.questions import Question


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
    exit_status = 2


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


class SourceNotFoundError(ImportRefusedError):
    """A source that is not there: no file, folder, module or package has this name."""

    exit_status = 2


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
