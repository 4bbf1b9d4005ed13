"""API packages that come with TaskMatrix, found by the entry point group `taskmatrix.packages`."""
