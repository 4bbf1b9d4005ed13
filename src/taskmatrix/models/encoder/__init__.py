"""The sentence encoder that ships with TaskMatrix: texts to vectors of 256 numbers, without a network."""

from taskmatrix.models.encoder.encoder import DIMENSIONS, TextEncoder, load_encoder

__all__ = ["DIMENSIONS", "TextEncoder", "load_encoder"]
