"""Chat models that Azure OpenAI serves, by the name of their deployment."""

import os
from typing import TYPE_CHECKING

from taskmatrix.core.errors import ModelAccessError
from taskmatrix.models.answers import ANOTHER
from taskmatrix.models.endpoint import Endpoint, open_endpoint
from taskmatrix.models.failures import Provider
from taskmatrix.models.openai import OpenAIChatModel

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

KEY, PLACE, VERSION = "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "OPENAI_API_VERSION"


class AzureChatModel(OpenAIChatModel):
    """A deployment at `AZURE_OPENAI_ENDPOINT`, called with `AZURE_OPENAI_API_KEY`.

    Asked through Azure's v1 API; where `OPENAI_API_VERSION` is set, through the older API of that date.
    """

    @property
    def name(self) -> str:
        """`azure:DEPLOYMENT`."""
        return f"azure:{self._model}"

    def _provider(self) -> Provider:
        place, key = self._base_url or os.environ.get(PLACE), self._api_key or os.environ.get(KEY)
        if not place or not key:
            missing = PLACE if not place else KEY
            raise ModelAccessError(
                f"{self.name} needs an address and a key, and {missing} is not set", hint=f"set {missing}, {ANOTHER}"
            )
        place = place.rstrip("/").removesuffix("/openai/v1")
        path = "openai" if os.environ.get(VERSION) else "openai/v1"
        return Provider(self.name, KEY, open_endpoint(f"{place}/{path}", key, KEY))

    def _client(self, endpoint: Endpoint, http: "httpx2.AsyncClient") -> "AsyncOpenAI":
        version = os.environ.get(VERSION)
        if not version:
            return super()._client(endpoint, http)
        from openai import AsyncAzureOpenAI

        return AsyncAzureOpenAI(
            api_key=endpoint.key, base_url=endpoint.url, api_version=version, http_client=http, max_retries=0
        )
