"""`Vault`: the credentials of one home folder, as `HOME/credentials.json`.

The file says which credential is where and for which hosts; values in it are encrypted, or the names of environment
variables. It is read at each lookup (a rewritten file counts at once) and written aside, synced and renamed under a
lock, so that two processes never lose each other's changes.
"""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from taskmatrix.core.errors import CredentialError, UsageError
from taskmatrix.policy.credentials import CredentialKind, Secret
from taskmatrix.policy.redaction import Redactor
from taskmatrix.policy.sealing import Sealer
from taskmatrix.policy.vault_file import Entry, VaultFile


@dataclass(frozen=True, slots=True)
class KeptCredential:
    """What may be shown of a credential: where its value comes from, never the value."""

    package: str
    scheme: str
    kind: CredentialKind
    hosts: tuple[str, ...]
    source: Literal["environment", "encrypted"]
    variable: str | None = None
    present: bool = True


class Vault:
    """Implements `Credentials` over a home folder. Nothing is created before the first credential is kept."""

    def __init__(self, home: Path, *, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._file = VaultFile(home / "credentials.json")
        self._sealer = Sealer(home / "credentials.key", self._environment)

    def get(
        self, package: str, scheme: str, host: str | None = None, *, kind: CredentialKind = "value"
    ) -> Secret | None:
        """Return a credential, or None where none was given.

        Raises CredentialError for one that is bound to other hosts, whose variable is not set, or that cannot be
        decrypted.
        """
        entries = [e for e in self._file.read() if e.is_for(package, scheme) and e.kind == kind]
        if not entries:
            return None
        entry = next((e for e in entries if host is None or host in e.hosts), None)
        if entry is None:
            if kind == "tokens":  # of another server: a new one is asked for
                return None
            bound = ", ".join(sorted({h for e in entries for h in e.hosts})) or "no host"
            raise CredentialError(
                f"the credential {scheme!r} of {package!r} was given for {bound}, not for {host}",
                hint="check that the API really moved; then set the credential again for the new host",
            )
        return Secret(self._value(entry))

    def set_env(
        self,
        package: str,
        scheme: str,
        variable: str,
        *,
        hosts: Sequence[str],
        kind: CredentialKind = "value",
        beside: bool = False,
    ) -> None:
        """Say that a credential is the value of an environment variable, read at each call.

        Raises UsageError for what is no name of a variable, CredentialError for a file that is not ours.
        """
        if not variable.isidentifier() or not variable.isascii():
            raise UsageError("that is no name of an environment variable", hint="give the name, not the value")
        self._keep(Entry(package=package, scheme=scheme, kind=kind, hosts=tuple(hosts), env=variable), beside)

    def set_value(
        self,
        package: str,
        scheme: str,
        secret: Secret,
        *,
        hosts: Sequence[str],
        kind: CredentialKind = "value",
        beside: bool = False,
    ) -> None:
        """Keep a credential, encrypted. Raises UsageError for an empty one, CredentialError."""
        value = secret.reveal()
        if not value.strip():
            raise UsageError(f"the credential {scheme!r} of {package!r} is empty")
        entry = Entry(package=package, scheme=scheme, kind=kind, hosts=tuple(hosts))
        sealed = self._sealer.seal(value, entry.purpose)
        self._keep(entry.model_copy(update={"sealed": sealed}), beside)

    def remove(self, package: str, scheme: str | None = None) -> int:
        """Forget the credentials of a package, or of one scheme; return how many there were."""
        with self._file.changing() as entries:
            kept = [e for e in entries if e.package != package or (scheme is not None and e.scheme != scheme)]
            removed = len(entries) - len(kept)
            entries[:] = kept
        return removed

    def list(self) -> Sequence[KeptCredential]:
        """Return what is kept, by package and scheme, without any value. Raises CredentialError."""
        return [
            KeptCredential(
                package=e.package,
                scheme=e.scheme,
                kind=e.kind,
                hosts=e.hosts,
                source="environment" if e.env else "encrypted",
                variable=e.env,
                present=e.env is None or bool(self._environment.get(e.env)),
            )
            for e in sorted(self._file.read(), key=lambda e: (e.package, e.scheme, e.kind, e.hosts))
        ]

    def redactor(self) -> Redactor:
        """Return what takes the values kept here out of texts; those that cannot be read are left out."""
        found: list[str] = []
        with suppress(CredentialError):
            for entry in self._file.read():
                with suppress(CredentialError):
                    found += _secrets_of(entry.kind, self._value(entry))
        return Redactor(found)

    def _keep(self, entry: Entry, beside: bool) -> None:
        """Put an entry in the place of those it makes void: also tokens that were got with what it replaces."""
        with self._file.changing() as entries:
            entries[:] = [e for e in entries if not _voids(entry, e, beside)] + [entry]

    def _value(self, entry: Entry) -> str:
        if entry.env is None:
            return self._sealer.open(entry.sealed or "", entry.purpose)
        value = self._environment.get(entry.env, "")
        if not value.strip():
            raise CredentialError(
                f"the credential {entry.scheme!r} of {entry.package!r} is to be in the environment variable "
                f"{entry.env!r}, which is not set",
                hint=f"export {entry.env}=…, or set the credential again",
            )
        return value


def _secrets_of(kind: CredentialKind, value: str) -> Sequence[str]:
    """Return a value, and what of tokens, `USER:PASSWORD` or `ID:SECRET` is secret by itself."""
    if kind == "tokens":
        with suppress(ValueError):
            held: object = json.loads(value)
            if isinstance(held, dict):
                tokens = cast("dict[str, object]", held)
                return [v for k, v in tokens.items() if k.endswith("token") and isinstance(v, str)]
    before, _, after = value.strip().partition(":")
    return [value.strip(), after] if before else [value.strip()]


def _voids(new: Entry, old: Entry, beside: bool) -> bool:
    """Whether an entry takes the place of another. Tokens leave the client that they were got with."""
    if not old.is_for(new.package, new.scheme) or (new.kind == "tokens" and old.kind != "tokens"):
        return False
    return not beside or bool(set(old.hosts) & set(new.hosts))
