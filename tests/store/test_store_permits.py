from concurrent.futures import ThreadPoolExecutor

from taskmatrix.core.documents import parse_document
from taskmatrix.core.permits import PermittedCall
from taskmatrix.store import Database, PermitStore, RuleStore


def call(amount: object = 3, *, source: str = "python", directory: str = "/work", description: str = "d"):
    data = {"package": "shop", "name": "pay", "description": description, "parameters": [], "source": {"kind": source}}
    return PermittedCall(document=parse_document(data), arguments={"amount": amount}, directory=directory)


def test_a_permit_is_for_this_call_as_documented_now_and_nothing_else(database: Database) -> None:
    store = PermitStore(database)
    given = store.add(call(), run="r1", by="ann")
    assert store.find(call()) == given and given.id == f"p{given.number}"
    assert (given.package, given.arguments, given.directory, given.by) == ("shop", '{"amount": 3}', "/work", "ann")
    for other in (call(4), call("3"), call(directory="/else"), call(description="e"), call([3])):
        assert store.find(other) is None


def test_the_folder_means_nothing_to_an_api_elsewhere(database: Database) -> None:
    store = PermitStore(database)
    store.add(call(source="http"), run="r1", by="ann")
    assert store.find(call(source="http", directory="/else")) is not None


def test_a_permit_given_twice_is_one_and_can_be_revoked(database: Database) -> None:
    store = PermitStore(database)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: store.add(call(), run=f"r{n}", by="ann"), range(8)))
    (kept,) = store.all()
    assert store.remove(kept.number) and not store.remove(kept.number)
    assert store.find(call()) is None and list(store.all()) == []


def test_a_long_or_odd_argument_is_kept_cut(database: Database) -> None:
    store = PermitStore(database)
    odd = call("\0\ud800" + "x" * 10_000)
    assert len(store.add(odd, run="r1", by="\0").arguments) <= 2_000
    assert store.find(odd) is not None


def test_the_newest_rule_decides_first_unless_it_is_to_be_last(database: Database) -> None:
    store = RuleStore(database)
    first, second = store.add("1", by="ann"), store.add("2", by="ann")
    store.add("3", by="ann", last=True)
    assert [rule.body for rule in store.all()] == ["2", "1", "3"]
    assert store.remove(first.number) and not store.remove(first.number)
    assert next(iter(store.all())).number == second.number
