"""What a dialogue's file holds. `README.md` explains it for people."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

FOLDER = Path(__file__).parent


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(_Part):
    """One reply of the model, in lines. `to` is the prompt that it replies to, `knows` what that has to say.

    A line that is only `@NAME` stands for the variant's text of that name.
    """

    to: Literal["outline", "program", "repair", "edit"]
    lines: tuple[str, ...]
    knows: tuple[str, ...] = ()


class Answer(_Part):
    """What the user replies to a question of the turn, in a process of its own."""

    text: str
    replies: tuple[Said, ...] = ()


class Maker(_Part):
    """Makes a template of the run of a turn."""

    turn: int
    name: str
    words: dict[str, str] = Field(default_factory=dict[str, str])
    renamed: dict[str, str] = Field(default_factory=dict[str, str])


class Reuse(_Part):
    """Runs a template with other values."""

    name: str
    values: dict[str, JsonValue]


class Turn(_Part):
    """One turn: something is said, or (`reuse`) a template is run. `make` happens before, `meanwhile` too.

    `meanwhile` is merged into JSON files: what happens in the world by itself. A turn with `skip` is not played,
    for the reason that it says.
    """

    user: str = ""
    replies: tuple[Said, ...] = ()
    answers: tuple[Answer, ...] = ()
    review: Literal["never", "unless-explicit", "always"] = "never"
    make: Maker | None = None
    reuse: Reuse | None = None
    meanwhile: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    skip: str = ""


class Statement(_Part):
    """One statement of the paper (`where`, in its words), and the check that holds it."""

    paper: str
    where: str
    check: str = ""
    given: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    only: tuple[str, ...] = Field(default=(), description="the variants that it is about; all by default")
    note: str = ""
    skip: str = ""

    @model_validator(mode="after")
    def _is_held(self) -> "Statement":
        if not self.check and not self.skip:
            raise ValueError("a statement needs a check, or the reason why it has none")
        return self


class Variant(_Part):
    """The same dialogue in another world, or with other replies."""

    name: str
    files: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    texts: dict[str, tuple[str, ...]] = Field(default_factory=dict[str, tuple[str, ...]])


class Dialogue(_Part):
    """A dialogue of the paper, reconstructed: its pictures are not at hand, only text and captions."""

    figures: tuple[int, ...]
    about: str
    packages: tuple[str, ...]
    files: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    variants: tuple[Variant, ...] = (Variant(name=""),)
    turns: tuple[Turn, ...]
    statements: tuple[Statement, ...]


def dialogues() -> dict[str, Dialogue]:
    """Return every dialogue of this folder by the name of its file."""
    return {
        path.stem: Dialogue.model_validate_json(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("figure_*.json"))
    }
