"""Reading command lines beside titles into arguments of their documents.

tldr pages have no parameters: theirs are read off the placeholders of all their examples.
"""

import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable

from command_titles import Titled, plain_title
from generated_documents import Api
from generated_phrases import Wish
from parameter_roles import role_of

_SHORT = {"g": "--resource-group", "n": "--name", "l": "--location", "o": "", "s": "--subscription"}
_IGNORED = re.compile(r"^--(output|query|debug|verbose|only-show-errors|help|yes|subscription|no-wait|ids)$")


def read_azure(documents: dict[str, dict], cases: Iterable[dict]) -> list[Titled]:
    """Return the examples of the Azure CLI whose options are all documented."""
    found: list[tuple[str, str, dict]] = []
    for case in cases:
        api = case["relevant"][0]
        arguments = _azure_arguments(documents[api], case["call"]) if api in documents else None
        title = plain_title(case["query"])
        if arguments and title:
            found.append((title, api, arguments))
    kinds: dict[tuple[str, str], Counter] = defaultdict(Counter)
    for _, api, arguments in found:
        for name, value in arguments.items():
            kind = (
                "boolean"
                if isinstance(value, bool) or value in ("true", "false")
                else "array"
                if isinstance(value, list)
                else "integer"
                if re.fullmatch(r"\d+", value)
                else "string"
            )
            kinds[api, name][kind] += 1
    apis: dict[str, Api] = {}
    by_api: dict[str, dict[str, Counter]] = defaultdict(dict)
    for (api, name), counter in kinds.items():
        by_api[api][name] = counter
    for api, seen in by_api.items():
        apis[api] = _azure_api(documents[api], seen)
    return [Titled(title, apis[api], arguments) for title, api, arguments in found]


def _azure_api(document: dict, seen: dict[str, Counter] | None) -> Api:
    parameters = []
    seen = seen or {}
    others = [
        p
        for p in document["parameters"]
        if p["name"] not in seen
        and not _IGNORED.match(p["name"])
        and p["name"] not in ("--change-reference", "--acquire-policy-token", "--force-string")
    ]
    required = [p for p in document["parameters"] if p["name"] in seen]
    for p in [*required, *others[: max(0, 12 - len(required))]]:
        counter = seen.get(p["name"])
        kind = counter.most_common(1)[0][0] if counter else None
        schema = {"type": kind} if kind else {}
        if kind == "array":
            schema["items"] = {"type": "string"}
        parameters.append(
            {
                "name": p["name"],
                "description": " ".join((p["description"] or "").split())[:220],
                "required": p["required"],
                "schema": schema,
            }
        )
    copy = {
        "package": document["package"],
        "name": document["name"],
        "description": " ".join(document["description"].split())[:600],
        "parameters": parameters,
    }
    return Api(
        copy,
        "azure_cli",
        Wish("", ""),
        {p["name"]: role_of(p, loose=True) for p in parameters},
        [p["name"] for p in parameters if p["required"]],
        [],
    )


def _azure_arguments(document: dict, call: str) -> dict | None:
    line = call.split("\n\n")[0].replace("\\\n", " ").replace("\n", " ").rstrip("\\")
    if not line.startswith("az ") or "|" in line or "$(" in line:
        return None
    try:
        tokens = shlex.split(line)
    except ValueError:
        return None
    depth = len(document["name"].split())
    tokens = tokens[depth:]
    names = {p["name"] for p in document["parameters"]}
    arguments: dict[str, str | bool | list[str]] = {}
    option: str | None = None
    values: list[str] = []
    for token in [*tokens, "--end"]:
        if re.match(r"--?[a-zA-Z]", token):
            if option:
                arguments[option] = True if not values else values[0] if len(values) == 1 else values
            elif values:
                return None
            values = []
            token, _, given = token.partition("=")
            option = _option(token, names)
            if given:
                values.append(given)
            if option is None and token != "--end":
                return None
        else:
            values.append(token)
    return {n: v for n, v in arguments.items() if n and not _IGNORED.match(n)}


def _option(token: str, names: set[str]) -> str | None:
    if token in names or _IGNORED.match(token) or token == "-o":
        return token if token != "-o" else "--output"
    if not token.startswith("--"):
        name = _SHORT.get(token[1:])
        if name in names:
            return name
        starting = [n for n in names if n.startswith(f"--{token[1:]}")]
        return starting[0] if len(starting) == 1 else None
    starting = [n for n in names if n.startswith(token)]
    return starting[0] if len(starting) == 1 else None


_TAKES_PATH = re.compile(
    r"file|path|dir|input|output|out$|config|from|to$|db$|key|cert|log|script|image|source|target|dest|root|in$|exclude|"
    r"include|load|save|prefix|home|store|list|write|read|folder|location"
)


def read_tldr(documents: dict[str, dict], cases: Iterable[dict]) -> list[Titled]:
    """Return examples of tldr pages; each command with its literal words is an API of its own."""
    grouped: dict[tuple[str, str], list[tuple[str, dict[str, str | bool]]]] = defaultdict(list)
    for case in cases:
        api = case["relevant"][0]
        title = plain_title(re.sub(r"\s*\(.*?\)", "", case["query"]))
        read = _tldr_arguments(case["call"])
        if title and read and api in documents:
            grouped[api, read[0]].append((title, read[1]))
    titled: list[Titled] = []
    identities: set[str] = set()
    for (api, command), examples in grouped.items():
        page = documents[api]
        names: dict[str, bool | str] = {}
        for _, arguments in examples:
            names |= arguments
        if not names or len(names) > 12 or len(command.split()) > 4:
            continue
        always = [
            n
            for n in names
            if all(n in a for _, a in examples) and len(examples) > 1 and not isinstance(names[n], bool)
        ]
        parameters = [_tldr_parameter(n, v, n in always) for n, v in names.items()]
        description = (
            page["description"]
            if len(examples) > 1 or len(command.split()) == 1
            else f"{page['description']} {command.split()[-1].capitalize()}."
        )
        copy = {
            "package": page["package"],
            "name": command,
            "description": description[:400],
            "parameters": parameters,
        }
        roles = {p["name"]: role_of(p, loose=True) for p in parameters}
        if any(roles[n] in ("opaque", "plumbing") for n in always):
            continue
        identity = f"{page['package']}.{command}"
        if identity in identities:
            continue
        identities.add(identity)
        made = Api(copy, "tldr", Wish("", ""), roles, always, [])
        titled += [Titled(title, made, arguments) for title, arguments in examples if arguments]
    return titled


def _tldr_arguments(call: str) -> tuple[str, dict[str, str | bool]] | None:
    """Return the literal words a command begins with, and name → placeholder of its arguments (True: a flag)."""
    if re.search(r"[|;&><$`\n]|\{\{[^}]*\{\{", re.sub(r"\{\{\[.*?\]\}\}", "", call)):
        return None
    call = re.sub(r"\{\{\[(-\w+)\|(--[\w-]+)([ =])?\]\}\}", r"\2\3", call)
    call = re.sub(r"\{\{\[([\w-]+)\|([\w-]+)\]\}\}", r"\2", call)
    pieces = re.findall(r"\{\{.*?\}\}|[^\s]+?(?==\{\{)|[^\s={]+", call)
    command: list[str] = []
    arguments: dict[str, str | bool] = {}
    option = ""
    for piece in pieces:
        if piece.startswith("{{"):
            inner = piece[2:-2]
            if option and ("path/to" in inner or inner.endswith("...")) and not _TAKES_PATH.search(option):
                arguments[option], option = True, ""
            name = option or _placeholder_name(inner)
            if not name or (name in arguments and not option):
                return None
            arguments[name], option = inner, ""
        elif piece.startswith("-"):
            if option:
                arguments[option] = True
            option = piece.lstrip("-")
            if len(option) < 3:
                return None
        elif option or arguments:
            return None
        else:
            command.append(piece)
    if option:
        arguments[option] = True
    return (" ".join(command), arguments) if command else None


def _placeholder_name(inner: str) -> str:
    name = re.sub(r"path/to/", "", inner).split(" ")[0]
    name = re.sub(r"\d+$", "", name)
    if "path/to" in inner or "/" in inner:
        stem = re.sub(r"\.\w+$", "", name.split("/")[-1])
        return (
            "directory"
            if "director" in stem or "folder" in stem
            else "file"
            if re.search(r"\.\w+$", name)
            else stem
            if stem.isidentifier() and len(stem) < 20
            else "path"
        )
    return name if re.fullmatch(r"[a-z][a-z_-]{2,24}", name) else ""


def _tldr_parameter(name: str, placeholder: str | bool, required: bool) -> dict:
    schema: dict = {"type": "string"}
    described = ""
    if isinstance(placeholder, bool):
        schema = {"type": "boolean"}
    elif re.fullmatch(r"\d+", placeholder) or name in ("n", "count", "number", "port", "seconds", "pid", "depth"):
        schema = {"type": "integer"}
    elif placeholder.endswith("...") or " " in placeholder:
        schema = {"type": "array", "items": {"type": "string"}}
    elif re.fullmatch(r"\w+(\|\w+)+", placeholder):
        schema = {"type": "string", "enum": placeholder.split("|")}
    if isinstance(placeholder, str) and not re.search(r"\d|\|", placeholder):
        described = placeholder.replace("path/to/", "path to ").replace("_", " ")
    return {"name": name, "description": described, "required": required, "schema": schema}
