import anyio
import pytest

from taskmatrix.core.errors import ModelAccessError
from taskmatrix.core.protocols import Message
from taskmatrix.models import AzureChatModel, Patience, open_model

HELLO = [Message("user", "hello")]
KEY = "azure-key-4711"


@pytest.fixture
def azure(server, monkeypatch):
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", server.root + "/")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_API_VERSION", raising=False)
    server.will(server.stream("Hello"))
    return server


def ask(model=None) -> str:
    model = model or open_model("azure:my-gpt")
    return anyio.run(lambda: model.complete(HELLO)).text


def test_a_deployment_is_asked_through_the_v1_api(azure):
    assert ask() == "Hello"
    assert azure.paths == ["/openai/v1/chat/completions"]
    assert azure.bodies[0]["model"] == "my-gpt" and KEY in azure.headers[0]["authorization"]


def test_an_endpoint_may_be_given_with_the_path_of_the_v1_api(azure, monkeypatch):
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", azure.root + "/openai/v1/")
    ask()
    assert azure.paths == ["/openai/v1/chat/completions"]


def test_a_dated_version_is_asked_through_the_api_of_that_date(azure, monkeypatch):
    monkeypatch.setenv("OPENAI_API_VERSION", "2024-10-21")
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "of somebody else")
    assert ask() == "Hello"
    assert azure.paths == ["/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21"]
    assert azure.headers[0]["api-key"] == KEY and "authorization" not in azure.headers[0]


@pytest.mark.parametrize("missing", ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY"])
def test_what_is_not_set_is_named_when_a_call_is_made(azure, monkeypatch, missing):
    monkeypatch.delenv(missing)
    model = open_model("azure:my-gpt")
    assert model.name == "azure:my-gpt"
    with pytest.raises(ModelAccessError, match=missing):
        ask(model)


def test_a_refused_key_is_named_and_not_shown(azure):
    azure.will(azure.error(401, f"Access denied due to invalid subscription key {KEY}"))
    with pytest.raises(ModelAccessError) as caught:
        ask(AzureChatModel("my-gpt", patience=Patience(retries=0)))
    assert "AZURE_OPENAI_API_KEY" in (caught.value.hint or "") and KEY not in caught.value.message
