"""An API for the tests of the app, in a file that any process can import."""

from taskmatrix import api


@api(package="poultry", effects="read")
def count_eggs(hens: int) -> int:
    """Count the eggs that some hens lay in a week.

    Args:
        hens: How many hens there are.
    """
    return hens * 5
