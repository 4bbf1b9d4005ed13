"""From the name of a model, as in `--model`, to the MCFM behind it."""

from taskmatrix.app.settings import read_settings
from taskmatrix.core.errors import SettingError
from taskmatrix.core.protocols import Mcfm

EMBEDDED = "embedded"


def make_mcfm(model: str | None = None) -> Mcfm:
    """Return the MCFM called `model`; without a name, the one the environment asks for.

    Nothing is contacted yet. Raises SettingError for a name that means nothing.
    """
    name = (model if model is not None else read_settings().model_name).strip()
    if not name:
        raise SettingError("the name of the model is empty", hint="use embedded or openai:NAME")
    if name == EMBEDDED:
        from taskmatrix.mcfm.embedded import EmbeddedMcfm

        return EmbeddedMcfm()
    from taskmatrix.mcfm.foundation import FoundationMcfm
    from taskmatrix.models import open_model

    return FoundationMcfm(open_model(name))
