"""What the embedded model learns from corrections and from the examples of API documents."""
