"""Files of checkouts at fixed commits, read from git's objects: work trees and bare repositories alike."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from public_sets.sources import SOURCES, Source


class CheckoutError(Exception):
    """A checkout, its commit or one of its files is missing; the text says which, and what to do."""


class Checkout:
    """One repository at one commit."""

    def __init__(self, folder: Path, source: Source) -> None:
        """Open `folder`. CheckoutError where there is no repository, or it lacks the commit."""
        self.folder, self.source = folder, source
        url = f"https://github.com/{source.repository}"
        if not folder.is_dir():
            raise CheckoutError(f"{folder} is missing: git clone {url} {folder}")
        if self._git("cat-file", "-t", source.commit, check=False).strip() != b"commit":
            hint = f"git -C {folder} fetch {url} {source.commit}"
            raise CheckoutError(f"{folder} is no checkout of {source.repository} with commit {source.commit}: {hint}")

    def paths(self, pattern: str) -> list[str]:
        """Return the paths of files that the regular expression matches from their start to their end, sorted."""
        listed = self._git("ls-tree", "-r", "-z", "--name-only", self.source.commit).decode().split("\0")
        return sorted(path for path in listed if re.fullmatch(pattern, path))

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return path → content. CheckoutError names the first path that is not there."""
        paths = list(paths)
        asked = "".join(f"{self.source.commit}:{path}\n" for path in paths).encode()
        answer, position, contents = self._git("cat-file", "--batch", asked=asked), 0, {}
        for path in paths:
            end = answer.index(b"\n", position)
            header = answer[position:end].decode()
            if header.endswith(" missing"):
                hint = f"fetch {self.source.repository} whole"
                raise CheckoutError(f"{self.folder} lacks {path} at commit {self.source.commit}: {hint}")
            size = int(header.rsplit(" ", 1)[1])
            contents[path] = answer[end + 1 : end + 1 + size]
            position = end + 2 + size
        return contents

    def data(self, path: str) -> bytes:
        return self.read([path])[path]

    def text(self, path: str) -> str:
        return as_text(self.data(path))

    def _git(self, *arguments: str, asked: bytes = b"", check: bool = True) -> bytes:
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, input=asked, capture_output=True, check=check).stdout


def as_text(content: bytes) -> str:
    """Return UTF-8 text with newlines as line ends; bytes that are no UTF-8 become U+FFFD."""
    return content.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")


def open_checkouts(folder: Path, name: str) -> list[Checkout]:
    """Return the checkouts that a set is made from, in the order of the table. CheckoutError as `Checkout`."""
    return [Checkout(folder / source.folder, source) for source in SOURCES[name]]
