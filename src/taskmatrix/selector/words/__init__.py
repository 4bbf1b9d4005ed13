"""The word index: what documents say, found by stems."""
