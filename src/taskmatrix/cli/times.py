"""Times as options give them."""

from datetime import datetime, tzinfo

from taskmatrix.core.errors import UsageError


def read_time(text: str, zone: tzinfo | None = None) -> datetime:
    """Read an ISO 8601 time, in a zone (default: this machine's) where it names none. Raises UsageError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no time", hint="write it as 2026-12-24T18:00") from error
    if found.tzinfo:
        return found
    return found.astimezone() if zone is None else found.replace(tzinfo=zone)
