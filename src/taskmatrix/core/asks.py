"""What a call of a chat model is about, apart from the words of its prompt."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ask:
    """The `kind` of request, and the parts that decide the reply, by name.

    `loose` parts may be otherwise when the same is asked again. Recordings are replayed by it; no model is shown it.
    """

    kind: str
    parts: Mapping[str, str]
    loose: Mapping[str, str] = field(default_factory=dict[str, str])
