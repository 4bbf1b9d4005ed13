"""Which changes of an approved API wait for the operator, and which of two sources' documents is served.

An API that was approved must not become another one behind its users' backs: what a call reaches, what it does and
what it asks for stay as they were until the operator has seen the difference.
"""

import json
from collections.abc import Iterator, Mapping
from typing import cast
from urllib.parse import urlsplit

from pydantic import JsonValue

from taskmatrix.api_platform.publishing.actors import Actor
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.effects import EffectKind
from taskmatrix.core.stubs import is_required
from taskmatrix.store import Judge

OWN_CODE = frozenset(("python", "entry-point"))
"""Kinds of source that are code on this machine."""

OWNERS_KIND = "http"
"""The one kind of source that an owner may bring: all others use programs, servers or credentials of this machine."""

_CALLABLE = OWN_CODE | {OWNERS_KIND, "mcp", "aws"}
_RANK: dict[EffectKind, int] = {"read": 0, "write": 1, "destructive": 2, "physical": 3}
_BY_METHOD: dict[str, EffectKind] = {
    "GET": "read",
    "HEAD": "read",
    "OPTIONS": "read",
    "POST": "write",
    "PUT": "write",
    "PATCH": "write",
    "DELETE": "destructive",
}
_OPERATION = frozenset(("tool", "operation", "function", "method", "path", "parameters", "body", "accept", "security"))
"""Keys of a source that say which operation is called, not where it is."""
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def is_callable(document: ApiDocument) -> bool:
    """Say whether a document says how to call its API, and does not only describe it."""
    source = document.source
    return source.kind in _CALLABLE and (source.kind != "http" or bool((source.model_extra or {}).get("server")))


def preferred(served: ApiDocument, offered: ApiDocument) -> bool:
    """Say whether a document of another source replaces the one served: it can be called and that one cannot.

    So it does not matter which source came first; between equals the first stays.
    """
    return is_callable(offered) and not is_callable(served)


def is_same_place(served: ApiDocument, offered: ApiDocument) -> bool:
    """Say whether two documents are of one kind and lead to the same place, if they lead anywhere.

    That is how a source knows again what was imported from it before sources were kept.
    """
    if served.source.kind != offered.source.kind:
        return False
    return not is_callable(served) or not any(_reach(served, offered))


def with_generated(served: ApiDocument, offered: ApiDocument) -> ApiDocument:
    """Return an offer with what was generated for the document that is served; the offer itself if that is nothing."""
    if not served.generated:
        return offered
    from taskmatrix.api_platform.quality.proposals import keep_generated  # slow to import

    return keep_generated(served, offered)


def judge_for(actor: Actor) -> Judge:
    """Return the rule by which changes that this actor makes are held. The operator's own code is his to change."""

    def judge(served: ApiDocument, offered: ApiDocument) -> str | None:
        own = {served.source.kind, offered.source.kind} <= OWN_CODE
        return None if own and actor.is_operator else held_back(served, offered)

    return judge


def held_back(served: ApiDocument, offered: ApiDocument) -> str | None:
    """Return why a change waits for the operator, or None.

    It waits if it reaches another host or another kind of source, has another effect, sends more out, needs more
    parameters, presents credentials in another way, or may change more, or ensures less, unnoticed. An API that could
    not be called has nothing to protect.
    """
    if not is_callable(served):
        return None
    parts = (_reach(served, offered), _effects(served, offered), _needs(served, offered), _security(served, offered))
    parts = (*parts, _promises(served, offered))
    return "; ".join(reason for part in parts for reason in part) or None


def true_effect(document: ApiDocument) -> EffectKind:
    """Return the stricter of the effect a document states and the one that its HTTP method has."""
    stated = document.effects.kind
    method = (document.source.model_extra or {}).get("method") if document.source.kind == "http" else None
    implied = _BY_METHOD.get(method.upper(), "write") if isinstance(method, str) else stated
    return max(stated, implied, key=_RANK.__getitem__)


def _reach(served: ApiDocument, offered: ApiDocument) -> Iterator[str]:
    before, after = served.source.kind, offered.source.kind
    if before != after:
        yield f"source.kind: {before} → {after}"
        return
    old, new = _places(served), _places(offered)
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield f"source.{key}: {_shown(old.get(key))} → {_shown(new.get(key))}"


def _places(document: ApiDocument) -> dict[str, JsonValue]:
    """Return what decides where a call goes: of a URL its scheme, host and port, of a command all of it."""
    extra = cast(Mapping[str, JsonValue], document.source.model_extra or {})
    return {key: _place(value) for key, value in extra.items() if key not in _OPERATION}


def _place(value: JsonValue) -> JsonValue:
    try:
        url = urlsplit(value) if isinstance(value, str) else None
        if url is None or url.scheme not in _PORTS or not url.hostname:
            return value
        return f"{url.scheme}://{url.hostname}:{url.port or _PORTS[url.scheme]}"
    except ValueError:
        return value


def _effects(served: ApiDocument, offered: ApiDocument) -> Iterator[str]:
    old, new = served.effects, offered.effects
    if old.kind != new.kind:
        yield f"effects: {old.kind} → {new.kind}"
    elif true_effect(served) != true_effect(offered):
        yield f"effects: its method makes it {true_effect(offered)}, it was {true_effect(served)}"
    elif old.inferred and not new.inferred and new.kind != "read":
        yield f"effects: {new.kind} was inferred, and is declared now"
    if old.idempotent != new.idempotent:
        yield f"effects.idempotent: {_shown(old.idempotent)} → {_shown(new.idempotent)}"
    if set(old.sinks) != set(new.sinks):
        yield f"effects.sinks: {_shown(sorted(old.sinks))} → {_shown(sorted(new.sinks))}"


def _needs(served: ApiDocument, offered: ApiDocument) -> Iterator[str]:
    for parameter in offered.parameters:
        before = served.parameter(parameter.name)
        if not is_required(parameter) or (before is not None and is_required(before)):
            continue
        yield f"parameters.{parameter.name}: " + ("added, and required" if before is None else "required now")


def _promises(served: ApiDocument, offered: ApiDocument) -> Iterator[str]:
    old, new = served.changes, offered.changes
    if old is not None and (new is None or set(new) - set(old)):
        yield f"changes: {_shown(list(old))} → {_shown(None if new is None else list(new))}"
    if any(ensured not in offered.ensures for ensured in served.ensures):
        yield "ensures: less than it did"


def _security(served: ApiDocument, offered: ApiDocument) -> Iterator[str]:
    if _said(served.auth) != _said(offered.auth):
        yield "auth: other security schemes"
    old, new = ((d.source.model_extra or {}).get("security") for d in (served, offered))
    if _shown(old or []) != _shown(new or []):
        yield "source.security: other credentials are presented"


def _said(auth: JsonValue) -> str:
    """Return security schemes without their prose, which changes nothing."""
    if isinstance(auth, dict):
        auth = {
            name: {k: v for k, v in scheme.items() if k != "description"} if isinstance(scheme, dict) else scheme
            for name, scheme in auth.items()
        }
    return _shown(auth or {})


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
