"""From the name of a model, as in `--model`, to the MCFM behind it."""

from pathlib import Path
from typing import TYPE_CHECKING

from taskmatrix.app.settings import read_settings
from taskmatrix.core.errors import SettingError
from taskmatrix.core.protocols import Mcfm

if TYPE_CHECKING:
    from taskmatrix.mcfm.embedded.learning.versions import Versions

EMBEDDED = "embedded"


def learned_versions(home: Path) -> "Versions":
    """Return the versions of what the embedded model has learned."""
    from taskmatrix.mcfm.embedded.learning.versions import Versions

    return Versions(home / "models" / EMBEDDED)


def make_mcfm(model: str | None = None, home: Path | None = None, *, record: Path | None = None) -> Mcfm:
    """Return the MCFM called `model`; without a name, the one the environment asks for.

    What the embedded one has learned lies under `home`, or TaskMatrix's own folder. What a chat model replies is
    appended to the script `record`, else to the one in the settings, if there is one. Nothing is contacted yet.
    Raises SettingError for a name or a price that means nothing.
    """
    settings = read_settings()
    name = (model if model is not None else settings.model_name).strip()
    if not name:
        raise SettingError("the name of the model is empty", hint="use embedded or openai:NAME")
    if name == EMBEDDED:
        from taskmatrix.mcfm.embedded import EmbeddedMcfm

        return EmbeddedMcfm(learned_versions(home or settings.folder).learned)
    from taskmatrix.mcfm.foundation import FoundationMcfm
    from taskmatrix.models import open_model, read_price

    price = read_price(settings.model_price) if settings.model_price else None
    return FoundationMcfm(open_model(name, record=record or settings.record), price)
