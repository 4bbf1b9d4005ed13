"""The loop from an instruction to an answer."""
