"""One clause over several APIs that belong together, with linear scorers."""
