"""What a model is shown of images and sounds: what its protocol carries, less what its server does not take."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from taskmatrix.core.protocols import Media, Message

IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
SOUNDS = frozenset({"audio/wav", "audio/mpeg"})

_STATUSES = frozenset({400, 404, 413, 415, 422, 500, 501})
_WORDS = {"image": r"image|vision|mmproj", "audio": r"audio|sound|speech"}
_PARTS = re.compile(
    r"multi-?modal|modalit|unknown variant|valid string|content[^.]{0,40}\b(string|str|text|parts?|list|array|type)\b"
    r"|\b(string|str|text)\b[^.]{0,40}content"
)
"""How servers say that the content of a message is to be a text and not a list of parts."""
_THIS_TIME = re.compile(
    r"too (large|big|long|many|small)|exceed|larger than|length|dimension|corrupt|decod|process|safety|policy"
)
"""A refusal in such words is about these very media, and not about all."""


@dataclass(frozen=True, slots=True)
class Senses:
    """What a protocol carries: media types, how many bytes of one item, and of all of a call together."""

    types: frozenset[str]
    item_bytes: int
    all_bytes: int


class Sight:
    """What one model is shown. The kinds of media that its server refuses are not sent to it again."""

    def __init__(self, senses: Senses) -> None:
        self._senses = senses
        self._refused: set[str] = set()

    def of(self, messages: Sequence[Message]) -> "Showing":
        """Return the messages of one call as the model is shown them."""
        return Showing(messages, self._senses, self._refused)


class Showing:
    """The messages of one call: `messages` as they are sent, `unseen` the names of the media that are not."""

    def __init__(self, given: Sequence[Message], senses: Senses, refused: set[str]) -> None:
        self._given = given
        self._senses = senses
        self._refused = refused
        self._left_out: set[str] = set()
        self._compose()

    def give_up(self, status: int, body: object) -> bool:
        """Leave out the media that a refusal speaks of; return whether there are any, and it is to be asked again."""
        sent = {kind(media) for message in self.messages for media in message.media}
        if not sent or status not in _STATUSES:
            return False
        said = str(body)[:10_000].lower()
        named = {each for each in sent if re.search(_WORDS[each], said)}
        # Of a failure of its own a server has to name the media, of a refusal it is enough to speak of parts.
        if not named and not (status == 413 or (status < 500 and _PARTS.search(said))):
            return False
        left_out = named or sent
        self._left_out |= left_out
        if status != 413 and not _THIS_TIME.search(said):
            self._refused |= left_out
        self._compose()
        return True

    def _compose(self) -> None:
        self.messages: list[Message] = []
        unseen: list[str] = []
        room = self._senses.all_bytes
        for message in self._given:
            shown: list[Media] = []
            lines = [message.content]
            for media in message.media:
                if message.role == "user" and self._fits(media, room):
                    shown.append(media)
                    room -= len(media.data)
                else:
                    unseen.append(label(media))
                    lines.append(f"[{label(media)}: this model is not shown it]")
            self.messages.append(replace(message, content="\n".join(lines), media=tuple(shown)))
        self.unseen = tuple(dict.fromkeys(unseen))

    def _fits(self, media: Media, room: int) -> bool:
        return (
            media.media_type in self._senses.types
            and kind(media) not in self._left_out | self._refused
            and 0 < len(media.data) <= min(self._senses.item_bytes, room)
        )


def kind(media: Media) -> str:
    """Return `image` or `audio`."""
    return media.media_type.partition("/")[0]


def label(media: Media) -> str:
    """Return what a text calls it: `image photo.png`."""
    return f"{kind(media)} {media.name}".strip()
