"""Chat models: OpenAI-compatible servers, Anthropic, and scripts that replay recorded replies."""

from taskmatrix.models.anthropic import AnthropicChatModel
from taskmatrix.models.attempts import Patience
from taskmatrix.models.names import open_model
from taskmatrix.models.openai import OpenAIChatModel
from taskmatrix.models.scripted import RecordingModel, ScriptedModel, ScriptedReply

__all__ = [
    "AnthropicChatModel",
    "OpenAIChatModel",
    "Patience",
    "RecordingModel",
    "ScriptedModel",
    "ScriptedReply",
    "open_model",
]
