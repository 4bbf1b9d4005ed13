"""What can be set from outside: few things, and none of them needs to be."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from taskmatrix.core.errors import SettingError

DEFAULT_OPENAI_MODEL = "gpt-5.1"


class Settings(BaseSettings):
    """The environment variables TaskMatrix reads. An empty value counts as unset; no `.env` file is read."""

    model_config = SettingsConfigDict(env_prefix="TASKMATRIX_", env_ignore_empty=True, frozen=True, extra="ignore")

    home: Path | None = Field(default=None, description="where the registry, journal and blobs lie")
    database_url: str | None = Field(
        default=None,
        repr=False,
        description="the registry's database, as sqlite:////folder/file.db or postgresql://user:password@host/name",
    )
    model: str | None = Field(
        default=None, description="embedded, openai:NAME, azure:DEPLOYMENT, anthropic:NAME or scripted:PATH"
    )
    model_price: str | None = Field(
        default=None,
        description='the price of a million tokens in and out, as "1.25/10 USD": runs then say their cost',
    )
    record: Path | None = Field(
        default=None, description="the script that a chat model's replies are appended to; scripted:PATH replays it"
    )
    background: Literal["on", "off"] = Field(
        default="on", description="off: no vectors are computed by themselves after APIs have changed"
    )
    index: Literal["files", "database"] = Field(
        default="files", description="database: APIs are searched in PostgreSQL, and this machine keeps no index"
    )
    call_seconds: float = Field(default=300, gt=0, description="how long a call may take whose document says nothing")
    run_seconds: float = Field(default=86_400, gt=0, description="how long a run may take in one process")
    budget: str | None = Field(default=None, description='the most that the calls of a run may cost, as "5 USD"')
    approval_hours: float = Field(default=7 * 24, gt=0, le=24 * 366, description="how long an approval can be given")
    queue_days: float = Field(
        default=7, ge=0, le=3_650, description="how long PostgreSQL's queue keeps the rows of runs that have ended"
    )
    sandbox: Literal["monty", "auto"] = Field(
        default="monty",
        description="auto: what the small Python does not run runs in the whole language, if the kernel confines it",
    )
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    openai_model: str | None = Field(default=None, validation_alias="OPENAI_MODEL")

    @property
    def folder(self) -> Path:
        """Where TaskMatrix keeps what it keeps: `home`, or the platform's folder for user data."""
        if self.home is not None:
            return self.home.expanduser().absolute()
        from platformdirs import user_data_path

        return user_data_path("taskmatrix", appauthor=False)

    @property
    def model_name(self) -> str:
        """The MCFM to use: as set, else an OpenAI-compatible one if there is a key or an address, else `embedded`."""
        if self.model:
            return self.model
        if self.openai_api_key or self.openai_base_url:
            return f"openai:{self.openai_model or DEFAULT_OPENAI_MODEL}"
        return "embedded"


def read_settings() -> Settings:
    """Read the environment. Raises SettingError naming the variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        variable = name if name.startswith("OPENAI") else f"TASKMATRIX_{name}"
        raise SettingError(f"{variable} cannot be used: {first['msg']}") from error
