"""From the name that a person types to the identity behind it, also of what is gone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskmatrix.core.errors import NotFoundError

if TYPE_CHECKING:
    from taskmatrix.api_platform.registry import ApiRegistry


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one API from all others."""

    package: str
    name: str


class Identities:
    """Finds identities by `package.name`, in which either part may hold dots."""

    def __init__(self, registry: "ApiRegistry") -> None:
        self._registry = registry
        self._catalogue = registry.catalogue

    def served(self, name: str) -> Identity | None:
        """Return the API of that name, or None."""
        found = self._registry.find(name)
        return None if found is None else Identity(found.package, found.name)

    def package(self, name: str) -> str:
        """Return the name of a package. Raises NotFoundError with the nearest names."""
        if self._registry.package(name) is None:
            self._registry.resolve(name)
            raise NotFoundError(f"there is no package {name!r}")
        return name

    def known(self, name: str) -> Identity:
        """Return the API of that name, or the one that had it last. Raises NotFoundError with the nearest names."""
        found = self.served(name) or next(self._removed(name), None)
        if found is None:
            kind = self._registry.resolve(name)
            raise NotFoundError(f"{name!r} is a {kind}, not an API", hint=f"taskmatrix apis list --package {name!r}")
        return found

    def _removed(self, name: str) -> Iterator[Identity]:
        parts = name.split(".")
        for i in range(1, len(parts)):
            package, api = ".".join(parts[:i]), ".".join(parts[i:])
            if package and api and self._catalogue.tombstone(package, api) is not None:
                yield Identity(package, api)
