"""`taskmatrix apis`: owners, registering in an owner's name, versions, and the changes that wait for the operator."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.background import changing_apis
from taskmatrix.cli.failures import DONE, WAITING
from taskmatrix.cli.terminal import visible
from taskmatrix.core.errors import DocumentError, UsageError

if TYPE_CHECKING:
    from taskmatrix.api_platform import ApiRegistry
    from taskmatrix.api_platform.publishing import Publisher, Registration
    from taskmatrix.store import PendingChange

LONGEST_DOCUMENT = 8 * 1024 * 1024
"""Bytes."""

owners = typer.Typer(help="Add owners of APIs, give them keys, revoke them.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Key = Annotated[
    str | None,
    typer.Option("--key", envvar="TASKMATRIX_API_KEY", help="Act as the owner of this key; without one as operator."),
]
Api = Annotated[str, typer.Argument(metavar="NAME", help="package.name of an API.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def attach(app: typer.Typer) -> None:
    """Add these commands to `taskmatrix apis`."""
    app.add_typer(owners, name="owners")
    for command in (register, versions, diff, transfer, pending, approve, reject, audit):
        app.command(name=command.__name__)(command)


@owners.command(name="add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits, dots, dashes, underscores.")],
    operator: Annotated[bool, typer.Option("--operator", help="One who may act on every package.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add an owner and print the key, this once."""
    from taskmatrix.api_platform.publishing import Owners
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        key = Owners(tm.database).add(name, "operator" if operator else "owner")
    _print_key(name, key, as_json=as_json)


@owners.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List the owners."""
    from taskmatrix.api_platform.publishing import Owners
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        found = Owners(tm.database).list()
    if as_json:
        rows = [
            {
                "name": o.name,
                "role": o.role,
                "created": o.created.isoformat(),
                "revoked": o.revoked.isoformat() if o.revoked else None,
            }
            for o in found
        ]
        print(json.dumps({"owners": rows}))
        return
    _print_rows([(o.name, o.role, f"since {o.created:%Y-%m-%d}", "revoked" if o.revoked else "") for o in found])


@owners.command(name="rotate")
def rotate(name: str, as_json: AsJson = False) -> None:
    """Give an owner a new key; the old one is no longer valid."""
    from taskmatrix.api_platform.publishing import Owners
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        key = Owners(tm.database).rotate(name)
    _print_key(name, key, as_json=as_json)


@owners.command(name="revoke")
def revoke(name: str, as_json: AsJson = False) -> None:
    """End an owner's key; what he owns stays his."""
    from taskmatrix.api_platform.publishing import Owners
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        Owners(tm.database).revoke(name)
    print(json.dumps({"revoked": name}) if as_json else visible(f"revoked the key of {name}"))


def _print_key(name: str, key: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"owner": name, "key": key}))
        return
    print(key)
    print(visible(f"This is the key of {name}. It is shown this once; only a hash of it is kept."), file=sys.stderr)


def register(
    file: Annotated[str, typer.Argument(metavar="FILE", help="One API document as JSON; - reads standard input.")],
    key: Key = None,
    idempotency_key: Annotated[
        str | None, typer.Option("--idempotency-key", help="A request sent again under this key is done once.")
    ] = None,
    expected: Annotated[
        int | None, typer.Option("--expected", help="Update only if this is the current version.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Register one API document, or update it. The exit status is 3 if the change waits for the operator."""
    if expected is not None and idempotency_key is not None:
        raise UsageError("--expected and --idempotency-key exclude each other", hint="leave one of them out")
    data = _read(file)
    with changing_apis() as tm:
        publisher = publisher_for(tm.registry, key)
        done = publisher.register_text(data, idempotency_key=idempotency_key, expected=expected)
        _print_registration(done, as_json=as_json)
    return WAITING if done.outcome == "held" else DONE


def publisher_for(registry: "ApiRegistry", key: str | None) -> "Publisher":
    """Return what acts for the owner of a key, or for the operator without one. Raises ForbiddenError."""
    from taskmatrix.api_platform.publishing import OPERATOR, Owners, Publisher

    actor = OPERATOR if key is None else Owners(registry.database).authenticate(key)
    return Publisher(registry, actor)


def _read(file: str) -> bytes:
    try:
        if file == "-":
            data = sys.stdin.buffer.read(LONGEST_DOCUMENT + 1)
        else:
            with Path(file).open("rb") as source:
                data = source.read(LONGEST_DOCUMENT + 1)
    except OSError as error:
        raise UsageError(f"{file!r} cannot be read: {error.strerror or error}") from error
    if len(data) > LONGEST_DOCUMENT:
        raise DocumentError(f"{file}: longer than {LONGEST_DOCUMENT // 1024 // 1024} MB", hint="it is one document")
    return data


def _print_registration(done: "Registration", *, as_json: bool) -> None:
    if as_json:
        said = {"api": done.api, "outcome": done.outcome, "version": done.revision, "reason": done.reason}
        print(json.dumps(said))
        return
    if done.outcome == "held":
        text = f"{done.api}: the change waits for the operator, version {done.revision} stays ({done.reason})"
    else:
        text = f"{done.api}: {done.outcome}, version {done.revision}" + (f" ({done.reason})" if done.reason else "")
    print(visible(text))


def versions(name: Api, as_json: AsJson = False) -> None:
    """List the versions of an API, also of one that was removed."""
    from taskmatrix.api_platform.publishing import Publisher
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        found = Publisher(tm.registry).history(name)
        served = tm.registry.find(name) is not None
    rows = [
        {
            "version": v.number,
            "at": v.at.isoformat(timespec="seconds"),
            "by": v.by,
            "digest": v.digest,
            "served": served and v is found[-1],
        }
        for v in found
    ]
    if as_json:
        print(json.dumps({"api": name, "versions": rows}))
        return
    _print_rows(
        [
            (str(r["version"]), str(r["at"]), str(r["by"]), str(r["digest"])[:12], "served" if r["served"] else "")
            for r in rows
        ]
    )


def diff(
    name: Api,
    older: Annotated[int | None, typer.Argument(metavar="[A]", help="The older version.")] = None,
    newer: Annotated[int | None, typer.Argument(metavar="[B]", help="The newer version.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two versions; without numbers what waits, or what the last change did."""
    from taskmatrix.api_platform.publishing import Publisher
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        lines = Publisher(tm.registry).diff(name, older, newer)
    if as_json:
        print(json.dumps({"api": name, "differences": list(lines)}))
        return
    for line in lines or ["nothing differs"]:
        print(visible(line))


def transfer(
    name: Annotated[str, typer.Argument(metavar="NAME", help="package.name of an API, or a package.")],
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="Who gets it; `operator` takes a package back.")],
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Hand an API or a package over to another owner."""
    with changing_apis() as tm:
        publisher_for(tm.registry, key).transfer(name, owner)
        print(json.dumps({"transferred": name, "to": owner}) if as_json else visible(f"{name} is {owner}'s now"))


def pending(key: Key = None, as_json: AsJson = False) -> None:
    """List the changes that wait for the operator."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        found = publisher_for(tm.registry, key).pending()
    if as_json:
        print(json.dumps({"pending": [_waiting(change) for change in found]}))
        return
    _print_rows([(c.document.id, c.by, f"{c.at:%Y-%m-%d %H:%M}", c.reason) for c in found])


def _waiting(change: "PendingChange") -> dict[str, object]:
    return {
        "api": change.document.id,
        "by": change.by,
        "at": change.at.isoformat(timespec="seconds"),
        "reason": change.reason,
        "digest": change.document.digest(),
    }


def approve(name: Api, yes: Yes = False, key: Key = None, as_json: AsJson = False) -> None:
    """Let a change that waits take the place of what is served, after showing what it changes."""
    with changing_apis() as tm:
        publisher = publisher_for(tm.registry, key)
        if not yes and not sys.stdin.isatty():
            raise UsageError(f"approving a change of {name!r} needs a yes", hint="look at apis diff, add --yes")
        waiting = [c for c in publisher.pending() if c.document.id == name]
        waiting = waiting or [c for c in publisher.pending() if c.package == name]
        looked_at = {change.document.id: change.document.digest() for change in waiting}
        if waiting and not yes:
            for api in looked_at:
                for line in (api, *publisher.diff(api)):
                    typer.echo(visible(line), err=True)
            what = "this change" if len(waiting) == 1 else f"these {len(waiting)} changes"
            typer.confirm(f"Let {what} of {visible(name)} be served?", abort=True, err=True)
        for api, digest in (looked_at or {name: None}).items():
            _print_registration(publisher.approve(api, digest=digest), as_json=as_json)


def reject(
    name: Api,
    reason: Annotated[str, typer.Option("--reason", help="Kept in the audit log.")] = "",
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Drop a change that waits; what is served stays."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        publisher_for(tm.registry, key).reject(name, reason)
    print(json.dumps({"rejected": name}) if as_json else visible(f"rejected the change of {name}"))


def audit(
    target: Annotated[str | None, typer.Option("--target", help="Only what was done to this API or package.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most this many, newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show who changed the registry, who was refused, and why."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.store import AuditLog

    with TaskMatrix() as tm:
        found = AuditLog(tm.database).read(limit, target)
    if as_json:
        rows = [
            {
                "number": r.number,
                "at": r.at.isoformat(timespec="seconds"),
                "actor": r.actor,
                "action": r.action,
                "target": r.target,
                "outcome": r.outcome,
                "code": r.code,
                "detail": r.detail,
            }
            for r in found
        ]
        print(json.dumps({"records": rows}))
        return
    _print_rows(
        [(f"{r.at:%Y-%m-%d %H:%M:%S}", r.actor, r.action, r.target, r.outcome, r.code or "", r.detail) for r in found]
    )


def _print_rows(rows: Sequence[tuple[str, ...]]) -> None:
    for row in rows:
        print("\t".join(visible(" ".join(cell.split())) for cell in row).rstrip())
