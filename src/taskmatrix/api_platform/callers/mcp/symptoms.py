"""What can be seen of a server from outside its protocol: why it may have failed."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from taskmatrix.policy.redaction import Redactor

_log = logging.getLogger(__name__)
_TAIL = 8
_LONGEST = 300


@dataclass(slots=True)
class Symptoms:
    """Collected by a transport, read when something failed. Its texts hold no secrets."""

    name: str
    redactor: Redactor = field(default_factory=Redactor)
    heard: int = 0
    received: int = 0
    rubbish: int = 0
    first_rubbish: str = ""
    complaints: deque[str] = field(default_factory=lambda: deque[str](maxlen=_TAIL))
    hung_up: bool = False
    exit_status: int | None = None
    http_status: int | None = None
    too_large: bool = False
    ended: Callable[[], None] = field(default=lambda: None, repr=False)

    def complain(self, line: str) -> None:
        """Note a line of the server's standard error."""
        text = self.redactor.text(line).strip()
        if text:
            _log.debug("MCP server %s: %s", self.name, text)
            self.complaints.append(text[:_LONGEST])

    def find_rubbish(self, line: bytes) -> None:
        """Note a line of its standard output that is no message."""
        self.rubbish += len(line)
        if not self.first_rubbish:
            text = self.redactor.text(line[:2_000].decode("utf-8", "replace")).strip()
            self.first_rubbish = text[:_LONGEST]
            _log.debug("MCP server %s printed what is no message: %s", self.name, self.first_rubbish)

    def describe(self) -> str:
        """Say what was seen, as the end of a sentence; empty if nothing was."""
        parts: list[str] = []
        if self.exit_status is not None:
            parts.append(f"it ended with status {self.exit_status}")
        if self.http_status is not None and self.http_status >= 400:
            parts.append(f"it answered with HTTP status {self.http_status}")
        if self.first_rubbish:
            parts.append(f"it printed {self.first_rubbish!r}, which is no MCP message")
        if self.complaints:
            parts.append(f"its last words were: {' / '.join(list(self.complaints)[-3:])}")
        return "; ".join(parts)
