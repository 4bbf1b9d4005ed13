"""What looks like a credential.

Every literal value of an environment or a header that a file gives a server is stored as a credential. This is about
the rest: which arguments of a command and which parts of an address are credentials too, and which values must be
blotted out of texts (not `info` of `LOG_LEVEL=info`, which would take half of every `information`).
"""

import re
from urllib.parse import parse_qsl

_NAME = re.compile(
    r"(?:^|[^a-z])(?:api_?-?key|access_?-?key|key|token|secret|passw(?:or)?d|passphrase|pwd|pass|pat|auth|authorization|"
    r"credentials?|bearer|cookie|session|dsn|jwt|signature|sig)(?:$|[^a-z])|apikey|token|secret|password",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\b(?:sk-|pk-|rk_|ghp_|gho_|ghs_|github_pat_|glpat-|xox[abeprs]-|AKIA|ASIA|AIza|hf_|npm_|pypi-|eyJ[A-Za-z0-9_-]{8})"
    r"|://[^/\s:@]*:[^/\s@]+@"
)
_PASSWORD = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_RANDOM = 20


def sounds_secret(name: str) -> bool:
    """Say whether a name is one that credentials have."""
    return bool(_NAME.search(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)))


def looks_secret(value: str) -> bool:
    """Say whether a value has the form of a credential, or holds a password in a URL."""
    return bool(_VALUE.search(value))


def looks_random(value: str) -> bool:
    """Say whether a value is long and made of letters and digits in no order that words have."""
    solid = value.replace("-", "").replace("_", "")
    changes = len(re.findall(r"[A-Za-z][0-9]|[0-9][A-Za-z]", solid))
    return len(solid) >= _RANDOM and solid.isalnum() and changes >= 3


def is_secret(name: str, value: str) -> bool:
    """Say whether a value with this name must not be shown."""
    return bool(value) and (sounds_secret(name) or looks_secret(value) or looks_random(value))


def secret_parts(value: str) -> list[str]:
    """Return a secret argument or part of an address, and what in it is the secret proper."""
    parts = [value, value.rpartition(" ")[2], *_PASSWORD.findall(value)]
    parts += [given for name, given in parse_qsl(value) if is_secret(name, given)]
    return [part for part in parts if part]
