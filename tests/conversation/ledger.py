"""A small API package for the tests of the loop: accounts, kept in a file of the user's."""

import json
from pathlib import Path

from taskmatrix import RunContext, api
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.errors import ApiArgumentError


def _balances(context: RunContext) -> dict[str, float]:
    path = context.directory / "ledger.json"
    return json.loads(path.read_text()) if path.exists() else {"savings": 100.0}


def _keep(context: RunContext, balances: dict[str, float]) -> None:
    Path(context.directory / "ledger.json").write_text(json.dumps(balances))


@api(package="ledger", effects="read")
def read_balance(account: str, context: RunContext) -> float:
    """Read the balance of an account: how much money is on it.

    Args:
        account: Name of the account.

    Returns:
        The balance in euros.
    """
    balances = _balances(context)
    if account not in balances:
        raise ApiArgumentError(f"there is no account {account!r}", hint=f"there are {', '.join(balances)}")
    return balances[account]


@api(package="ledger", effects="write")
def add_money(account: str, amount: float, context: RunContext) -> float:
    """Add money to an account (deposit, pay in).

    Args:
        account: Name of the account.
        amount: How many euros.

    Returns:
        The new balance in euros.
    """
    balances = _balances(context)
    balances[account] = balances.get(account, 0.0) + amount
    _keep(context, balances)
    return balances[account]


@api(package="ledger", effects="destructive")
def close_account(account: str, context: RunContext) -> str:
    """Close an account for good.

    Args:
        account: Name of the account.

    Returns:
        The name of the account that was closed.
    """
    balances = _balances(context)
    balances.pop(account, None)
    _keep(context, balances)
    return account


@api(package="ledger", effects="write")
def write_statement(path: str, text: str, context: RunContext) -> Artifact:
    """Write a statement of an account to a file.

    Args:
        path: The file to write.
        text: What the statement says.
    """
    return context.write_output(path, text.encode(), "text/plain")


LEDGER = (read_balance, add_money, close_account, write_statement)
