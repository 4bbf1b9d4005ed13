"""The sentence encoder that ships with TaskMatrix: texts to vectors of 256 numbers, without a network."""

from taskmatrix.models.encoder.encoder import DIMENSIONS, TextEncoder, encoder_folder, load_encoder

__all__ = ["DIMENSIONS", "TextEncoder", "encoder_folder", "load_encoder"]
