"""The cross-encoder: one instruction and one document to the arguments of a call."""
