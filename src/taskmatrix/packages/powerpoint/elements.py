"""The XML elements behind python-pptx's objects, typed as far as this package uses them."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Protocol, cast

_NAMESPACES = {
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
}


class Element(Protocol):
    """What is used of an lxml element."""

    tag: str
    text: str | None

    def __iter__(self) -> "Iterator[Element]": ...
    def get(self, key: str, default: str | None = None) -> str | None:
        """Return an attribute."""
        ...

    def set(self, key: str, value: str) -> None:
        """Set an attribute."""
        ...

    def find(self, path: str) -> "Element | None":
        """Return the first child with a tag."""
        ...

    def findall(self, path: str) -> "list[Element]":
        """Return the children with a tag."""
        ...

    def iter(self, *tags: str) -> "Iterator[Element]":
        """Return the element and everything below it with these tags."""
        ...

    def insert(self, index: int, element: "Element") -> None:
        """Insert a child."""
        ...

    def append(self, element: "Element") -> None:
        """Add a last child."""
        ...

    def remove(self, element: "Element") -> None:
        """Remove a child."""
        ...

    def getparent(self) -> "Element | None":
        """Return the element that holds this one."""
        ...


class HasElement(Protocol):
    """A python-pptx object with an XML element behind it."""

    @property
    def element(self) -> object:
        """The lxml element."""
        ...


def element_of(owner: HasElement) -> Element:
    """Return the XML element behind a python-pptx object."""
    return cast(Element, owner.element)


def tag(name: str) -> str:
    """Return the qualified form of a tag or attribute such as `a:p`."""
    prefix, local = name.split(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"


def copy(element: Element) -> Element:
    """Return a deep copy of an element."""
    return deepcopy(element)


def drop(element: Element) -> None:
    """Take an element out of its parent."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
