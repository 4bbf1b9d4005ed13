"""Encrypting what must lie on disk: Fernet, with a key in a file of its own or in the environment."""

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from taskmatrix.core.errors import CredentialError

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

KEY_VARIABLE = "TASKMATRIX_SECRET_KEY"

_NEW_KEY = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())' makes one"


class Sealer:
    """Encrypts and decrypts texts. `purpose` goes into the ciphertext: a text opens for nothing else."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self._path = path
        self._environment = environment

    def seal(self, text: str, purpose: Sequence[str]) -> str:
        """Encrypt a text; the key is made if there is none. Raises CredentialError."""
        plain = json.dumps({"for": list(purpose), "text": text}).encode()
        return self._fernet(create=True).encrypt(plain).decode("ascii")

    def open(self, sealed: str, purpose: Sequence[str]) -> str:
        """Decrypt a text. Raises CredentialError for another key, another purpose, or a damaged text."""
        from cryptography.fernet import InvalidToken

        fernet, plain = self._fernet(create=False), None
        with contextlib.suppress(InvalidToken):
            plain = fernet.decrypt(sealed.encode("ascii", "replace"))
        if plain is None:
            raise CredentialError(
                f"the credential of {purpose[0]!r} was encrypted with another key, or is damaged",
                hint=f"bring the key back ({self._where()}), or set the credential again",
            )
        opened = json.loads(plain)
        if opened["for"] != list(purpose):
            raise CredentialError(
                f"the credential of {purpose[0]!r} was given for something else",
                hint="set it again: taskmatrix apis credentials set",
            )
        text: str = opened["text"]
        return text

    def _fernet(self, *, create: bool) -> "Fernet":
        from cryptography.fernet import Fernet

        given = self._environment.get(KEY_VARIABLE)
        key = given.strip().encode("utf-8", "replace") if given else self._key_file(create=create)
        try:
            return Fernet(key)
        except ValueError:
            problem = CredentialError(f"{self._where()} holds no key", hint=_NEW_KEY)
        raise problem

    def _where(self) -> str:
        return KEY_VARIABLE if self._environment.get(KEY_VARIABLE) else str(self._path)

    def _key_file(self, *, create: bool) -> bytes:
        from cryptography.fernet import Fernet

        try:
            if create and not self._path.exists():
                _create(self._path, Fernet.generate_key())
            return self._path.read_bytes().strip()
        except FileNotFoundError as error:
            raise CredentialError(
                f"the key of the encrypted credentials is gone: {str(self._path)!r}",
                hint=f"bring it back, set {KEY_VARIABLE}, or set the credentials again",
            ) from error
        except OSError as error:
            raise CredentialError(f"{str(self._path)!r} cannot be used: {error.strerror}") from error


def _create(path: Path, key: bytes) -> None:
    """Write a key that only its owner can read, whole or not at all; of two processes, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            return
    finally:
        Path(aside).unlink(missing_ok=True)
