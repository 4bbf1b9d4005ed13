"""The time zone of this machine by its IANA name, which knows when the clock is changed."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from taskmatrix.core.errors import UsageError

_LINK = Path("/etc/localtime")
_FILE = Path("/etc/timezone")


def known_zone(name: str) -> str:
    """Return the name of a zone if there is such a zone. Raises UsageError."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"there is no time zone {name!r}", hint="use an IANA name, as Europe/Berlin") from error
    return name


def local_zone() -> str:
    """Return the zone of this machine, as `TZ` or the system says; UTC where neither does. Raises UsageError."""
    if os.environ.get("TZ"):
        return known_zone(os.environ["TZ"].removeprefix(":"))
    place = str(_LINK.resolve()) if _LINK.is_symlink() else ""
    _, found, name = place.partition("/zoneinfo/")
    if found:
        return known_zone(name)
    return known_zone(_FILE.read_text().strip()) if _FILE.is_file() else "UTC"
