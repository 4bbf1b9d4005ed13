"""Credentials written into a document: refused, without printing them."""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from taskmatrix.api_platform.importers.json_parts import Node, node, part
from taskmatrix.core.errors import ImportRefusedError

CODE = "secret.in_doc"

_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|sk-[A-Za-z0-9_-]{20,}|[sr]k_live_[A-Za-z0-9]{16,}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}|xox[a-z]-[0-9A-Za-z-]{20,}"
    r"|AIza[0-9A-Za-z_-]{35})|-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\S{20}"
)
_PLACEHOLDER = re.compile(r"example|x{4,}|\*{3,}|\.{3}|…|your|dummy|sample|placeholder|redacted|<.*>|\{.*\}|0{8,}|"
    r"123456|abcdef|changeme|demo|test|insert|secret$|token$|password$|key$", re.IGNORECASE)  # fmt: skip
_FIELD = re.compile(
    r"(?:x[-_])?(?:(?:api|access|client|auth|bearer|default|secret)[-_]?)*(?:value|key|token|secret|password|credential)s?",
    re.IGNORECASE,
)
_CREDENTIAL_NAME = re.compile(r"(?:^|[-_.])(?:api|app|access|auth|secret|client)?[-_]?"
    r"(?:key|token|secret|password|authorization)$", re.IGNORECASE)  # fmt: skip
_SHORTEST = 8
_MOST = 10_000


def refuse_key(value: str, path: str) -> None:
    """Raise ImportRefusedError for a text that holds what looks like a real key."""
    if holds_key(value):
        raise _refusal(path)


def holds_key(value: str) -> bool:
    """Whether a text holds a key of a well-known kind that is no placeholder."""
    return any(not _PLACEHOLDER.search(found[0]) for found in _KEY.finditer(value))


def is_credential(name: str, value: JsonValue) -> bool:
    """Whether a default is somebody's credential: a long value of a parameter that is called like one."""
    return (
        isinstance(value, str)
        and _CREDENTIAL_NAME.search(name) is not None
        and len(value) >= 2 * _SHORTEST
        and not _PLACEHOLDER.search(value)
        and " " not in value
    )


def refuse_keys_in_schemes(document: Node) -> None:
    """Raise ImportRefusedError for a security scheme that holds a credential."""
    for where, schemes in (
        ("components.securitySchemes", part(part(document, "components"), "securitySchemes")),
        ("securityDefinitions", part(document, "securityDefinitions")),
    ):
        path = key_in_schemes(schemes, where)
        if path is not None:
            raise _refusal(path)


def key_in_schemes(schemes: Node, where: str) -> str | None:
    """Return the path of a credential in security schemes, which stand at `where`; None if they hold none."""
    for name, scheme in schemes.items():
        for key, value, path in _texts(node(scheme), f"{where}.{name}"):
            if holds_key(value) or (_FIELD.fullmatch(key) and _is_value(value)):
                return path
    return None


def _is_value(value: str) -> bool:
    return len(value) >= _SHORTEST and " " not in value.strip() and not _PLACEHOLDER.search(value)


def _texts(scheme: Node, path: str) -> Iterator[tuple[str, str, str]]:
    waiting: list[tuple[str, JsonValue, str]] = [("", dict(scheme), path)]
    for _ in range(_MOST):
        if not waiting:
            return
        key, value, where = waiting.pop()
        if isinstance(value, str):
            yield key, value, where
        elif isinstance(value, dict):
            # The keys of `scopes` are names: `read:token` holds a description.
            waiting += [(k if key != "scopes" else "", v, f"{where}.{k}") for k, v in value.items()]
        elif isinstance(value, list):
            waiting += [(key, v, f"{where}.{i}") for i, v in enumerate(value)]


def _refusal(path: str) -> ImportRefusedError:
    return ImportRefusedError(
        f"{path}: a credential is written into the document",
        path=path,
        code=CODE,
        hint="take it out of the document, make it invalid, and give the new one with `taskmatrix credentials`",
    )
