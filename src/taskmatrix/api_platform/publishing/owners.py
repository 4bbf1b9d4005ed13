"""`Owners`: who may publish, known by keys of which only a hash is kept."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from taskmatrix.api_platform.publishing.actors import OPERATOR, Actor, Role
from taskmatrix.api_platform.publishing.records import Records
from taskmatrix.core.errors import ForbiddenError, NotFoundError, UsageError
from taskmatrix.store import AuditLog, Database, OwnerRecord, OwnerStore

KEY_PREFIX = "tm_"
"""How every key starts, so that scanners for leaked secrets can know one."""

_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?")
_RESERVED = frozenset((OPERATOR.name, "unknown", "system"))


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner, without anything of the key."""

    name: str
    role: Role
    created: datetime
    revoked: datetime | None = None


class Owners:
    """Adds and revokes owners, and tells whose a key is.

    A key is 32 random bytes, so a plain SHA-256 of it can neither be guessed nor looked up in a table.
    """

    def __init__(self, database: Database, actor: Actor = OPERATOR) -> None:
        self._database = database
        self._store = OwnerStore(database)
        self._records = Records(AuditLog(database), database)
        self._actor = actor

    def add(self, name: str, role: Role = "owner") -> str:
        """Add an owner and return the key, which is shown this once. Raises UsageError, AlreadyRegisteredError."""
        with self._records.written(self._actor, "owners.add", name, role):
            self._only_operator()
            if not _NAME.fullmatch(name) or name in _RESERVED:
                raise UsageError(
                    f"{name[:80]!r} cannot be an owner's name",
                    hint="use up to 64 small letters, digits, dots, dashes and underscores; not 'operator'",
                )
            key = _new_key()
            self._store.add(name, _hash(key), role)
        return key

    def rotate(self, name: str) -> str:
        """Give an owner a new key and return it; the old one, or a revocation, ends. Raises NotFoundError."""
        with self._records.written(self._actor, "owners.rotate", name):
            record = self._known(name)
            if not self._actor.is_operator and (self._actor.name != name or record.revoked is not None):
                raise ForbiddenError(
                    f"the key of {name!r} is not yours to change", hint="ask the operator of this registry"
                )
            key = _new_key()
            self._store.replace_key(name, _hash(key))
        return key

    def revoke(self, name: str) -> None:
        """End an owner's key; what he owns stays his. Raises NotFoundError."""
        with self._records.written(self._actor, "owners.revoke", name):
            self._only_operator()
            self._known(name)
            self._store.revoke(name)

    def list(self) -> Sequence[Owner]:
        """Return all owners, by name."""
        return [Owner(r.name, _role(r.role), r.created, r.revoked) for r in self._store.all()]

    def authenticate(self, key: str) -> Actor:
        """Return whose a key is. Raises ForbiddenError, the same for an unknown and a revoked one."""
        with self._records.refused(Actor("unknown"), "authenticate", "key"):
            hashed = _hash(key.strip())
            record = self._store.by_hash(hashed)
            if record is None or record.revoked is not None or not hmac.compare_digest(record.key_hash, hashed):
                raise ForbiddenError(
                    "the key is not valid", hint="ask the operator of this registry for one, or for a new one"
                )
        return Actor(record.name, _role(record.role))

    def _only_operator(self) -> None:
        if not self._actor.is_operator:
            raise ForbiddenError(
                f"{self._actor.name!r} may not change owners", hint="ask the operator of this registry"
            )

    def _known(self, name: str) -> OwnerRecord:
        record = self._store.get(name)
        if record is None:
            raise NotFoundError(
                f"there is no owner {name[:80]!r}", hint="taskmatrix apis owners list shows who there is"
            )
        return record


def _role(text: str) -> Role:
    return "operator" if text == "operator" else "owner"


def _new_key() -> str:
    return KEY_PREFIX + secrets.token_urlsafe(32)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
