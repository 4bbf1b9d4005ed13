"""The vector index: what documents mean, found by nearness."""
