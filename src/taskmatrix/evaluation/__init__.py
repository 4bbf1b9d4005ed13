"""`taskmatrix eval`: every part measured on data in one neutral format."""
