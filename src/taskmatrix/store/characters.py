"""Text that a database can hold: PostgreSQL knows no NUL, and neither database half of a surrogate pair."""


def holdable(*texts: str) -> bool:
    """Tell whether texts can be kept, and asked for, as they are."""
    for text in texts:
        if "\0" in text:
            return False
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return True


def storable(text: str, most_bytes: int | None = None) -> str:
    """Return the text with `?` in place of what cannot be kept, cut to so many bytes of UTF-8."""
    data = text.replace("\0", "?").encode(errors="replace")
    return data[:most_bytes].decode(errors="ignore")
