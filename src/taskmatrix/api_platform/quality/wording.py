"""Sentences made of names: what an API, a parameter or a result is, as far as its name and schema tell."""

from collections.abc import Mapping, Sequence

from taskmatrix.api_platform.quality.parts import repeats
from taskmatrix.core import names, schemas
from taskmatrix.core.documents import ApiDocument, Parameter

_VERBS: Mapping[str, str] = {
    "get": "Get",
    "list": "List",
    "create": "Create",
    "add": "Add",
    "post": "Create",
    "insert": "Insert",
    "new": "Create",
    "update": "Update",
    "patch": "Change",
    "modify": "Change",
    "edit": "Change",
    "put": "Replace",
    "set": "Set",
    "delete": "Delete",
    "remove": "Remove",
    "search": "Search for",
    "find": "Find",
    "query": "Query",
    "fetch": "Fetch",
    "read": "Read",
    "show": "Show",
    "describe": "Describe",
    "send": "Send",
    "start": "Start",
    "stop": "Stop",
    "cancel": "Cancel",
    "enable": "Enable",
    "disable": "Disable",
    "upload": "Upload",
    "download": "Download",
    "export": "Export",
    "import": "Import",
    "count": "Count",
    "check": "Check",
    "validate": "Check",
    "copy": "Copy",
    "move": "Move",
    "rename": "Rename",
    "open": "Open",
    "close": "Close",
    "run": "Run",
    "execute": "Run",
}
_METHODS: Mapping[str, str] = {
    "GET": "Get",
    "HEAD": "Check",
    "POST": "Create",
    "PUT": "Replace",
    "PATCH": "Change",
    "DELETE": "Delete",
}
_SHORT: Mapping[str, str] = {
    "id": "identifier",
    "ids": "identifiers",
    "uuid": "identifier",
    "guid": "identifier",
    "num": "number",
    "no": "number",
    "nr": "number",
    "qty": "quantity",
    "desc": "description",
    "addr": "address",
    "msg": "message",
    "lang": "language",
    "lat": "latitude",
    "lng": "longitude",
    "lon": "longitude",
    "url": "URL",
    "uri": "URI",
    "ip": "IP address",
    "arn": "ARN",
    "etag": "ETag",
    "sku": "SKU",
    "vm": "VM",
    "api": "API",
    "json": "JSON",
    "xml": "XML",
    "html": "HTML",
    "csv": "CSV",
    "pdf": "PDF",
    "sql": "SQL",
    "http": "HTTP",
    "dns": "DNS",
    "ssl": "SSL",
    "tls": "TLS",
    "utc": "UTC",
    "config": "configuration",
    "info": "information",
    "org": "organization",
    "repo": "repository",
    "env": "environment",
    "pwd": "password",
    "tz": "time zone",
    "max": "largest",
    "min": "smallest",
}
_WHOLE: Mapping[str, str] = {
    "id": "Identifier of the {thing}.",
    "limit": "The most results to return.",
    "page size": "The most results on one page.",
    "per page": "The most results on one page.",
    "max results": "The most results to return.",
    "offset": "How many results to skip.",
    "skip": "How many results to skip.",
    "page": "Number of the page of results.",
    "page number": "Number of the page of results.",
    "page token": "Token of the page of results to go on with.",
    "next token": "Token of the page of results to go on with.",
    "cursor": "Where to go on in the list of results.",
    "sort": "What the results are sorted by.",
    "sort by": "What the results are sorted by.",
    "order by": "What the results are sorted by.",
    "sort order": "Whether the results are sorted upwards or downwards.",
    "fields": "The fields to return.",
    "filter": "Which results to return.",
    "query": "What to search for.",
    "search": "What to search for.",
    "verbose": "Whether to say more.",
    "force": "Whether to go on in spite of warnings.",
    "dry run": "Whether to only say what would be done.",
}
_SHAPES: Mapping[str, str] = {
    "date": "A date (2024-05-31).",
    "date-time": "Date and time (2024-05-31T12:00:00Z).",
    "email": "An e-mail address.",
}
_PREPOSITIONS = frozenset("of for to in on by with from as at and or per".split())
_OF = ("identifier", "identifiers", "name", "names", "number", "type", "status", "description", "URL", "URI", "ARN")
_ADJECTIVES = frozenset(
    """largest smallest start end first last new old next previous total default current primary secondary
    additional external internal parent unique""".split()
)
_FLAGS = frozenset("is has enable enabled disable disabled include allow use show with should can".split())


def thing_of(document: ApiDocument) -> str:
    """Return what an API is about, in words: `vault` of `GetVaults` and of `GET /vaults/{id}`."""
    path = (document.source.model_extra or {}).get("path")
    if isinstance(path, str):
        parts = [part for part in path.split("/") if part and "{" not in part]
        if parts and names.words(parts[-1]):
            return singular(" ".join(names.words(parts[-1])))
    words = names.words(document.name.rpartition(".")[2])
    rest = [w for w in words if w not in _VERBS and w not in ("all", "by", "id", "a", "an", "the")]
    return singular(" ".join(rest[:3])) if rest else "object"


def describe_api(document: ApiDocument) -> str:
    """Return a sentence on what an API does, from its name, or its HTTP method and path."""
    words = names.words(document.name.rpartition(".")[2]) or names.words(document.name)
    extra = document.source.model_extra or {}
    method = str(extra.get("method", "")).upper()
    if words and words[0] in _VERBS and len(words) > 1 and "/" not in document.name:
        verb, rest = _VERBS[words[0]], " ".join(_spelled(words[1:]))
        return f"{verb} {_article(verb, rest)}{rest}{_within(document, rest)}."
    if method in _METHODS:
        thing, listing = thing_of(document), not str(extra.get("path", "")).rstrip("/").endswith("}")
        verb = "List" if method == "GET" and listing else _METHODS[method]
        return f"{verb} {plural(thing) if verb == 'List' else _a(thing)}{_within(document, thing)}."
    spelled = " ".join(_spelled(words)) or document.name
    return f"{spelled[:1].upper()}{spelled[1:]}: an API of {document.package}."


def describe_parameter(parameter: Parameter, document: ApiDocument) -> str:
    """Return a sentence on what a parameter is, from its name and schema; empty where it would only repeat those."""
    words = names.words(parameter.name.lstrip("-$"))
    plain = " ".join(words)
    sentence = _WHOLE.get(plain, "").format(thing=thing_of(document)) or _sentence(words, parameter)
    said = " ".join(filter(None, (sentence, _values(parameter))))
    spelled = " ".join(_SHORT.get(word, word) for word in words if word not in ("id", "ids", "uuid", "guid"))
    return "" if repeats(said, f"{parameter.name} {spelled}") else said


def describe_result(document: ApiDocument) -> str:
    """Return what comes back, from the verb and the schema; empty where neither tells."""
    words = names.words(document.name.rpartition(".")[2])
    verb = words[0] if words else ""
    method = str((document.source.model_extra or {}).get("method", "")).upper()
    thing, kind = thing_of(document), schemas.kind(document.returns.type)
    if kind == "None":
        return ""
    if kind == "bool":
        return "Whether it was done." if document.effects.kind != "read" else "Whether it is so."
    if kind == "int" and verb == "count":
        return f"How many {plural(thing)} there are."
    if kind == "list" or verb in ("list", "search"):
        return f"The {plural(thing)}."
    if verb in ("create", "add", "insert", "new"):
        return f"The new {thing}."
    if verb in ("update", "patch", "edit", "modify", "set", "rename"):
        return f"The {thing} as it is now."
    if (verb in ("get", "read", "show", "describe", "fetch") or method == "GET") and kind == "dict":
        return f"The {thing}."
    return ""


def singular(word: str) -> str:
    """Return the singular of an English noun, as well as can be told."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def plural(word: str) -> str:
    """Return the plural of an English noun, as well as can be told."""
    if word.endswith(("s", "x", "ch", "sh")):
        return word if singular(word) != word else word + "es"
    return word[:-1] + "ies" if word.endswith("y") and word[-2:-1] not in tuple("aeiou") else word + "s"


def _spelled(words: Sequence[str]) -> list[str]:
    return [_SHORT.get(word, word) for word in words]


def _sentence(words: Sequence[str], parameter: Parameter) -> str:
    if not words:
        return ""
    if schemas.kind(parameter.type) == "bool" or words[0] in ("is", "has"):
        rest = [w for w in words if w not in ("is", "has")] if words[0] in ("is", "has") else list(words)
        verb = {"is": "it is ", "has": "it has "}.get(words[0], "to " if words[0] in _FLAGS | set(_VERBS) else "")
        return f"Whether {verb}{' '.join(_spelled(rest))}." if verb else ""
    spelled = _spelled(words)
    if words[0] == "id" and len(words) > 1:
        spelled = [*spelled[1:], spelled[0]]
    last, before = spelled[-1], spelled[:-1]
    if last in _OF and before and not _PREPOSITIONS.intersection(before) and before[0] not in _ADJECTIVES:
        return f"{last[:1].upper()}{last[1:]} of the {' '.join(before)}."
    if words[-1] == "at" and len(words) > 1:
        return f"When it was {' '.join(spelled[:-1])}."
    whole = " ".join(spelled)
    # `sendBackTo`: what such a name means is not to be told from its words.
    return "" if _PREPOSITIONS.intersection(words) else f"The {whole}."


def _values(parameter: Parameter) -> str:
    """Return what the schema says of the values, in words."""
    schema = parameter.type
    said: list[str] = []
    choices = [str(choice) for choice in parameter.choices]
    if 1 < len(choices) <= 8:
        said.append(f"One of {', '.join(choices)}.")
    said.append(_SHAPES.get(str(schema.get("format")), ""))
    return " ".join(filter(None, said))


def _article(verb: str, rest: str) -> str:
    last = rest.rpartition(" ")[2]
    if verb in ("List", "Search for", "Count") or singular(last) != last or rest.split()[0] in ("all", "the", "by"):
        return ""
    return "an " if rest[:1] in "aeiou" else "a "


def _a(thing: str) -> str:
    return f"an {thing}" if thing[:1] in "aeiou" else f"a {thing}"


def _within(document: ApiDocument, rest: str) -> str:
    """Say what an object belongs to, where the path shows it: `GET /users/{id}/posts`."""
    path = (document.source.model_extra or {}).get("path")
    if not isinstance(path, str):
        return ""
    parts = [part for part in path.split("/") if part]
    for i in range(len(parts) - 2, 0, -1):
        if "{" in parts[i] and "{" not in parts[i - 1] and any("{" not in p for p in parts[i + 1 :]):
            owner = singular(" ".join(names.words(parts[i - 1])))
            return "" if not owner or owner in rest else f" of {_a(owner)}"
    return ""
