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
    │   │                                                secret.in_doc, and the codes of DocumentError
    │   └── SourceNotFoundError     import-refused   no file, folder, module or package has this name
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
    ├── OutcomeError                    outcome-wrong    it ran, and the world is not as it should be after it
    ├── UndoError                       cannot-undo      a call that nothing takes back
    ├── RunCancelledError               cancelled        its user stopped it
    │   └── QuestionDeclinedError       not-answered     its user did not answer what it asked, or refused to
    └── StoreError                      store-failed
        ├── StoreForeignError           store-foreign    a database file that is not ours, or newer than we are
        ├── StoreBusyError              store-busy       locked by another process (retry may help)
        └── StoreFullError              store-full       no space left

`code` is stable: scripts, HTTP and MCP clients match on it, never on the text.
"""

from taskmatrix.core.errors.base import TaskMatrixError
from taskmatrix.core.errors.requests import (
    AlreadyRegisteredError,
    ConflictError,
    CredentialError,
    DocumentError,
    EncoderUnavailableError,
    EvaluationSetError,
    ForbiddenError,
    ImportRefusedError,
    ModelAccessError,
    ModelAnswerError,
    ModelError,
    NameTakenError,
    NeedsInputError,
    NotFoundError,
    NothingFitsError,
    ScheduleError,
    SettingError,
    SourceNotFoundError,
    StaleVersionError,
    UsageError,
    VerificationError,
)
from taskmatrix.core.errors.running import (
    ApiAccessError,
    ApiArgumentError,
    ApiError,
    ApiFileError,
    ApiGoneError,
    ApiLimitError,
    ApiNotCallableError,
    ApiStateError,
    ApiUnavailableError,
    ApprovalDeniedError,
    ApprovalExpiredError,
    LimitError,
    OutcomeError,
    OutcomeUnknownError,
    QuestionDeclinedError,
    RunCancelledError,
    RunDivergedError,
    SandboxError,
    SandboxUnavailableError,
    StoreBusyError,
    StoreError,
    StoreForeignError,
    StoreFullError,
    UndoError,
)

__all__ = [
    "AlreadyRegisteredError",
    "ApiAccessError",
    "ApiArgumentError",
    "ApiError",
    "ApiFileError",
    "ApiGoneError",
    "ApiLimitError",
    "ApiNotCallableError",
    "ApiStateError",
    "ApiUnavailableError",
    "ApprovalDeniedError",
    "ApprovalExpiredError",
    "ConflictError",
    "CredentialError",
    "DocumentError",
    "EncoderUnavailableError",
    "EvaluationSetError",
    "ForbiddenError",
    "ImportRefusedError",
    "LimitError",
    "ModelAccessError",
    "ModelAnswerError",
    "ModelError",
    "NameTakenError",
    "NeedsInputError",
    "NotFoundError",
    "NothingFitsError",
    "OutcomeError",
    "OutcomeUnknownError",
    "QuestionDeclinedError",
    "RunCancelledError",
    "RunDivergedError",
    "SandboxError",
    "SandboxUnavailableError",
    "ScheduleError",
    "SettingError",
    "SourceNotFoundError",
    "StaleVersionError",
    "StoreBusyError",
    "StoreError",
    "StoreForeignError",
    "StoreFullError",
    "TaskMatrixError",
    "UndoError",
    "UsageError",
    "VerificationError",
]
