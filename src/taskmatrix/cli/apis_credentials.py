"""`taskmatrix apis credentials` and `apis login`: giving an API its credentials, never on the command line."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from taskmatrix.cli.terminal import visible
from taskmatrix.core.errors import CredentialError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskmatrix.api_platform.callers.http import PackageScheme
    from taskmatrix.app import TaskMatrix
    from taskmatrix.policy.vault import KeptCredential, Vault

LONGEST = 65_536
"""Characters of a credential."""

app = typer.Typer(help="Give APIs their credentials, list and remove them.", no_args_is_help=True)

PackageName = Annotated[str, typer.Argument(metavar="PACKAGE", help="The package whose APIs need it.")]
SchemeName = Annotated[
    str | None, typer.Option("--scheme", help="Which security scheme, where the package has several.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command(name="set")
def set_(
    package: PackageName,
    scheme: SchemeName = None,
    env: Annotated[
        str | None,
        typer.Option("--env", metavar="VARIABLE", help="Read it from this environment variable, each time."),
    ] = None,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read it from standard input and keep it, encrypted.")
    ] = False,
    token: Annotated[
        bool, typer.Option("--token", help="For OAuth: it is an access token, not a client's ID:SECRET.")
    ] = False,
    host: Annotated[
        list[str] | None, typer.Option("--host", metavar="URL", help="Present it to this server only (repeatable).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give a credential: a key, a bearer token, USER:PASSWORD, or an OAuth client's ID:SECRET.

    It is presented to the servers that the package's documents name now, and nowhere else.
    """
    from taskmatrix.app import TaskMatrix
    from taskmatrix.policy.credentials import Secret
    from taskmatrix.policy.vault import Vault

    if env is not None and stdin:
        raise UsageError("--env and --stdin contradict each other", hint="give one of them")
    if env is None and not stdin and not sys.stdin.isatty():
        raise UsageError("where is the credential?", hint="--env VARIABLE, or --stdin and pipe it in")
    with TaskMatrix() as tm:
        chosen = _choose(tm, package, scheme)
        hosts = [_origin(h) for h in host] if host else list(chosen.hosts)
        if not hosts:
            raise UsageError(
                f"the documents of {package!r} do not say where {chosen.name!r} is presented",
                hint="say it: --host https://…",
            )
        vault, kind = Vault(tm.home), "value" if token else chosen.kind
        if env is not None:
            vault.set_env(package, chosen.name, env, hosts=hosts, kind=kind, beside=bool(host))
        else:
            secret = Secret(_read(_wanted(chosen, token)))
            vault.set_value(package, chosen.name, secret, hosts=hosts, kind=kind, beside=bool(host))
        kept = [k for k in vault.list() if (k.package, k.scheme) == (package, chosen.name)]
    if as_json:
        print(json.dumps({"status": "done", "credentials": [_shown(k) for k in kept]}))
        return
    print(visible(f"{package}: {chosen.name} is kept for {', '.join(hosts)}"))
    if env is not None and not all(k.present for k in kept):
        typer.echo(visible(f"warning: {env} is not set now"), err=True)


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List the credentials that were given. Values are never shown."""
    kept = _vault().list()
    if as_json:
        print(json.dumps({"credentials": [_shown(k) for k in kept]}))
        return
    for k in kept:
        source = f"${k.variable}" if k.variable else k.source
        missing = "" if k.present else " (not set)"
        print(visible("\t".join([k.package, k.scheme, k.kind, source + missing, " ".join(k.hosts)])))


@app.command(name="remove")
def remove(package: PackageName, scheme: SchemeName = None, as_json: AsJson = False) -> None:
    """Forget the credentials of a package, or of one of its schemes."""
    removed = _vault().remove(package, scheme)
    if not removed:
        raise CredentialError(
            f"no credential of {package!r} is kept" + (f" for {scheme!r}" if scheme else ""),
            hint="taskmatrix apis credentials list",
        )
    if as_json:
        print(json.dumps({"status": "done", "removed": removed}))
    else:
        print(visible(f"removed {removed} of {package}"))


def login(
    package: PackageName,
    scheme: SchemeName = None,
    client_id: Annotated[
        str | None, typer.Option("--client-id", metavar="ID", help="The client that is registered with the API.")
    ] = None,
    client_secret_stdin: Annotated[
        bool, typer.Option("--client-secret-stdin", help="Read the client's secret from standard input.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="Listen on this port of 127.0.0.1; 0 takes a free one.")
    ] = 0,
    timeout: Annotated[float, typer.Option("--timeout", min=1, max=3600, help="Seconds to wait.")] = 300,
    as_json: AsJson = False,
) -> None:
    """Log in to a package's API in the browser (OAuth), and keep what it gives, encrypted."""
    import anyio

    from taskmatrix.api_platform.callers.http import Login
    from taskmatrix.app import TaskMatrix
    from taskmatrix.policy.credentials import Secret
    from taskmatrix.policy.vault import Vault

    with TaskMatrix() as tm:
        chosen = _choose(tm, package, scheme, login=True)
        vault = Vault(tm.home)
        if client_secret_stdin and client_id is None:
            raise UsageError("--client-secret-stdin needs --client-id")
        if client_id is not None:
            given = f"{client_id}:{_read('the secret of the client')}" if client_secret_stdin else client_id
            vault.set_value(package, chosen.name, Secret(given), hosts=chosen.hosts, kind="client")

    def show(url: str) -> None:
        typer.echo(f"Open this address in your browser to log in to {visible(package)}:\n{visible(url)}", err=True)

    async def run() -> None:
        await Login(vault, package, chosen).run(show, port=port, seconds=timeout)

    anyio.run(run)
    if as_json:
        print(json.dumps({"status": "done", "package": package, "scheme": chosen.name}))
    else:
        print(visible(f"logged in to {package}"))


def _vault() -> "Vault":
    from taskmatrix.app.settings import read_settings
    from taskmatrix.policy.vault import Vault

    return Vault(read_settings().folder)


def _choose(tm: "TaskMatrix", package: str, name: str | None, *, login: bool = False) -> "PackageScheme":
    """Return the scheme that is meant. Raises UsageError listing what there is, NotFoundError for no package."""
    from taskmatrix.api_platform.callers.http import schemes_of

    if tm.registry.package(package) is None:
        tm.registry.resolve(package)
        raise UsageError(f"{package!r} is an API, not a package")
    found = schemes_of(tm.registry.documents(package))
    if not found:
        raise UsageError(
            f"the APIs of {package!r} know no credentials", hint="their documents name no security scheme"
        )
    if name is not None and name in found:
        return found[name]
    logins = [s for s in found.values() if "authorizationCode" in (s.scheme.flows or {})]
    candidates = logins if login and logins else list(found.values())
    if name is None and len(candidates) == 1:
        return candidates[0]
    listed = ", ".join(f"{s.name} ({s.scheme.type})" for s in candidates)
    if name is None:
        raise UsageError(f"{package!r} has several security schemes", hint=f"--scheme with one of: {listed}")
    raise UsageError(f"{package!r} has no security scheme {name!r}", hint=f"it has {listed}")


def _origin(url: str) -> str:
    from taskmatrix.policy.origins import origin_of

    origin = origin_of(url)
    if origin is None:
        raise UsageError(f"{url!r} is no address of a server", hint="as in --host https://api.example.com")
    return origin


def _wanted(chosen: "PackageScheme", token: bool) -> str:
    if chosen.kind == "client" and not token:
        return "the OAuth client, as ID:SECRET"
    if chosen.scheme.type == "http" and (chosen.scheme.scheme or "").lower() == "basic":
        return "USER:PASSWORD"
    return "the credential"


def _read(what: str) -> str:
    """Read a secret: unseen at a terminal, else all of standard input without its last line break."""
    if sys.stdin.isatty():
        text = cast(str, typer.prompt(what[0].upper() + what[1:], hide_input=True, err=True))
    else:
        try:
            text = sys.stdin.read(LONGEST + 1)
        except UnicodeDecodeError:
            raise UsageError("standard input holds no text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if len(text) > LONGEST:
        raise UsageError(f"a credential has {LONGEST:,} characters at most")
    if any(c < " " or c == "\x7f" for c in text):
        raise UsageError("a credential is one line without control characters", hint="check what was piped in")
    if not text.strip():
        raise UsageError(f"{what} is missing", hint="pipe it in, or run the command at a terminal and type it")
    return text


def _shown(kept: "KeptCredential") -> dict[str, "str | bool | Sequence[str] | None"]:
    state: Literal["set", "missing"] = "set" if kept.present else "missing"
    return {
        "package": kept.package,
        "scheme": kept.scheme,
        "kind": kept.kind,
        "source": kept.source,
        "variable": kept.variable,
        "hosts": list(kept.hosts),
        "state": state,
    }
