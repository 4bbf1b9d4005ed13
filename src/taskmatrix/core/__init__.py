"""The nouns every part shares. Pydantic and the standard library only, and no I/O."""
