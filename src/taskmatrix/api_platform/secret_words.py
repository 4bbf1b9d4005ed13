"""Taking credentials out of what people type, before it is kept: those that are known, and what looks like one."""

import re

from taskmatrix.policy.redaction import MASK, Redactor

LONGEST_READ = 20_000
"""Characters looked at; what comes after is cut off."""

_NAMED = re.compile(r"([\w-]{2,40})(\s*[=:]\s*|\s+is\s+)([\"']?)([^\s\"']+)")
_BEARER = re.compile(r"\b(bearer|basic)\s+(?=\S*[0-9_+/=-])\S{8,}", re.IGNORECASE)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL)
_MARKS = "\"'`,;.!?()[]{}<>"


def without_secrets(text: str, known: Redactor | None = None) -> str:
    """Return a text with `***` in place of credentials: `known` ones, well-known kinds, `password=…`, random words.

    Cut to `LONGEST_READ` characters.
    """
    text = text[:LONGEST_READ]
    text = known.text(text) if known is not None else text
    text = _PRIVATE_KEY.sub(MASK, text)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    text = _NAMED.sub(_masked_value, text)
    return re.sub(r"\S+", lambda word: _masked_word(word[0]), text)


def _masked_value(found: re.Match[str]) -> str:
    from taskmatrix.api_platform.callers.mcp.sensitivity import sounds_secret

    name, sign, quote, value = found.groups()
    # "the password is wrong" names none: after "is", only what is no plain word counts.
    given = sign.strip() in ("=", ":") or not value.strip(_MARKS).isalpha()
    return f"{name}{sign}{quote}{MASK}" if given and sounds_secret(name) else found[0]


def _masked_word(word: str) -> str:
    from taskmatrix.api_platform.callers.mcp.sensitivity import looks_random, looks_secret

    core = word.strip(_MARKS)
    if core and core != MASK and (looks_secret(core) or any(map(looks_random, re.split(r"[=:,;]", core)))):
        return word.replace(core, MASK)
    return word
