"""`python -m taskmatrix`."""

from taskmatrix.cli import main

if __name__ == "__main__":
    main()
