"""The multimodal conversational foundation model: outlines and programs."""
