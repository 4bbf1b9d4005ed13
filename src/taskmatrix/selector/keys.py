"""What stands for an API, a text, a package, an owner or an effect in files that hold no text."""

from hashlib import blake2b


def key_of(package: str, name: str) -> int:
    """Return the 64-bit number of an API, never 0; the same in every process and on every machine.

    Among a million APIs, the chance that any two share their number is 3 in 100 million.
    """
    return _number(f"{len(package)} {package} {name}", 8)


def tag_of(text: str) -> int:
    """Return the 32-bit number of a package, an owner or an effect, never 0; two texts may share one."""
    return _number(text, 4)


def digest_of(passage: str) -> int:
    """Return the 64-bit digest of a passage, never 0."""
    return _number(passage, 8)


def owner_of(package: str, owner: str) -> str:
    """Return who answers for an API: its owner, or for what nobody owns its package. No owner's name has a colon."""
    return owner or f"package:{package}"


def _number(text: str, size: int) -> int:
    # Half characters occur in documents from outside; they are texts like any other here.
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()
    return int.from_bytes(digest, "little") or 1
