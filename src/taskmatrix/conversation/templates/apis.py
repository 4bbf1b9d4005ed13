"""The APIs that a template calls: those that its program imports."""

import ast
import sys
from collections.abc import Sequence

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.event_parts import ApiVersion
from taskmatrix.core.protocols import Registry
from taskmatrix.core.templates import PACKAGE, Template
from taskmatrix.sandbox.language import MODULES
from taskmatrix.sandbox.parsing import parse

_OWN = MODULES | sys.stdlib_module_names | {"__future__", names.module(PACKAGE)}


def documents_of(template: Template, registry: Registry) -> Sequence[ApiDocument]:
    """Return the documents of the template's APIs, as they are registered now, without those that are gone."""
    found = (registry.get(package, name) for package, name in _called(template))
    return [document for document in found if document is not None]


def missing_apis(template: Template, registry: Registry) -> tuple[str, ...]:
    """Return the APIs of a template that are not registered."""
    return tuple(f"{package}.{name}" for package, name in _called(template) if registry.get(package, name) is None)


def changed_apis(template: Template, registry: Registry) -> tuple[str, ...]:
    """Return the APIs of a template whose documents say something else than when it was made."""
    known = {(version.package, version.name): version.digest for version in template.apis}
    return tuple(
        d.id for d in documents_of(template, registry) if d.digest() != known.get((d.package, d.name), d.digest())
    )


def with_versions(template: Template, registry: Registry) -> Template:
    """Return the template with the versions of its APIs as they are now, where it names none, and of no others."""
    known = {(version.package, version.name): version for version in template.apis}
    versions = [known.get(key) or _version(registry.get(*key)) for key in _called(template)]
    return template.model_copy(update={"apis": tuple(version for version in versions if version is not None)})


def _version(document: ApiDocument | None) -> ApiVersion | None:
    return (
        ApiVersion(package=document.package, name=document.name, digest=document.digest())
        if document is not None
        else None
    )


def _called(template: Template) -> list[tuple[str, str]]:
    """Return (package, name) of what the program imports from packages; templates are none of them."""
    tree = parse(template.code)
    if not isinstance(tree, ast.Module):
        return []
    found: dict[tuple[str, str], None] = {}
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {a.asname or a.name: a.name for a in node.names if a.name.split(".")[0] not in _OWN}
        elif isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] not in _OWN:
            package = names.package_of(node.module or "")
            found |= {(package, names.original(alias.name)): None for alias in node.names}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=module), attr=function) if module in modules:
                found[names.package_of(modules[module]), names.original(function)] = None
            case _:
                pass
    return list(found)
