"""Chat models: OpenAI-compatible servers, Azure, Anthropic, and scripts that replay recorded replies."""

from taskmatrix.models.anthropic import AnthropicChatModel
from taskmatrix.models.attempts import Patience
from taskmatrix.models.azure import AzureChatModel
from taskmatrix.models.names import open_model
from taskmatrix.models.openai import OpenAIChatModel
from taskmatrix.models.prices import ModelPrice, cost_of, read_price
from taskmatrix.models.scripted import RecordingModel, ScriptedModel, ScriptedReply

__all__ = [
    "AnthropicChatModel",
    "AzureChatModel",
    "ModelPrice",
    "OpenAIChatModel",
    "Patience",
    "RecordingModel",
    "ScriptedModel",
    "ScriptedReply",
    "cost_of",
    "open_model",
    "read_price",
]
