"""From what PostgreSQL answers to the one error tree, by SQLSTATE.

Errors of connecting carry no SQLSTATE: of those, libpq's words are shown, which never hold the password.
"""

from taskmatrix.core.errors import StoreBusyError, StoreError, StoreFullError

_ADDRESS = "see whether the server runs, and whether TASKMATRIX_DATABASE_URL names its host, port and database"
_LOGIN = "see whether TASKMATRIX_DATABASE_URL gives the right user and password"
_RIGHTS = "let that user own the database, or GRANT it the right"

_BUSY = {
    "40001": "its transactions got in each other's way",
    "40P01": "its transactions got in each other's way",
    "53300": "it has no connection free",
    "55P03": "it is locked by another process",
    "57P03": "it is starting up or shutting down",
}
_NO_DATABASE = "3D000"
_NO_SCHEMA = "3F000"
_READ_ONLY = "25006"
_FULL = "53100"
_NO_RIGHT = "42501"
_DAMAGED = ("XX001", "XX002", "58P01")
_LOGIN_STATES = ("28000", "28P01")
_LOST = ("08", "57P")
_MOST_WORDS = 300


def translate_postgres(error: Exception, where: str) -> StoreError:
    """Return the StoreError that stands for an error of psycopg."""
    state = getattr(error, "sqlstate", None)
    words = _words(error)
    if state is None:
        return _of_connecting(words, where)
    if state in _BUSY:
        return StoreBusyError(f"{where} cannot be used now: {_BUSY[state]}", hint="wait a moment, then try again")
    if state == _FULL:
        return StoreFullError(f"no space is left to write {where}", hint="free some space on the database server")
    if state in _DAMAGED:
        return StoreError(f"{where} is damaged: {words}", hint="restore it from a copy")
    if state == _READ_ONLY:
        return StoreError(f"{where} cannot be written: {words}", hint="name the primary server, not a standby")
    if state in (_NO_RIGHT, _NO_SCHEMA):
        return StoreError(f"{where} cannot be used: {words}", hint=_RIGHTS)
    if state in _LOGIN_STATES:
        return StoreError(f"{where} cannot be opened: {words}", hint=_LOGIN)
    if state == _NO_DATABASE:
        return StoreError(f"{where} cannot be opened: {words}", hint="create it: createdb -E UTF8 NAME")
    if state.startswith(_LOST):
        return StoreError(f"the connection to {where} was lost: {words}", hint="try again; nothing is half written")
    return StoreError(f"{where}: {words}")


def _of_connecting(words: str, where: str) -> StoreError:
    lowered = words.lower()
    if "too many clients" in lowered or "remaining connection slots" in lowered or "is starting up" in lowered:
        return StoreBusyError(f"{where} cannot be used now: {words}", hint="wait a moment, then try again")
    if "password" in lowered or "pg_hba.conf" in lowered or "role" in lowered:
        return StoreError(f"{where} cannot be opened: {words}", hint=_LOGIN)
    if "database" in lowered and "does not exist" in lowered:
        return StoreError(f"{where} cannot be opened: {words}", hint="create it: createdb -E UTF8 NAME")
    if "terminat" in lowered or "closed" in lowered or "lost" in lowered:
        return StoreError(f"the connection to {where} was lost: {words}", hint="try again; nothing is half written")
    return StoreError(f"{where} cannot be reached: {words}", hint=_ADDRESS)


def _words(error: Exception) -> str:
    """Return the first lines of what the server says; what follows quotes the statement."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("LINE ", "^", "CONTEXT:"))]
    return "; ".join(kept)[:_MOST_WORDS] or type(error).__name__
