"""Calls that a program makes together (`asyncio.to_thread`) are checked like any others."""

from verifier_documents import found

HEAD = "import asyncio\nfrom mail import find, newest, move\n"


def test_calls_made_together_are_named_with_their_lines(check):
    report = check(
        HEAD + "await asyncio.gather(\n    asyncio.to_thread(find, 'a'),\n    asyncio.to_thread(newest),\n)"
    )
    assert report.calls == ("mail.find", "mail.newest") and report.lines == (4, 5)


def test_the_values_that_calls_made_together_take_are_followed(check):
    code = "n = newest()\nawait asyncio.gather(asyncio.to_thread(move, n))"
    assert (4, "composition-feeds", "error") in found(check(HEAD + code))
    code = "n = find('a')['id']\nawait asyncio.gather(asyncio.to_thread(move, n))"
    assert not [f for f in found(check(HEAD + code)) if f[1] == "composition-feeds"]


def test_the_results_of_calls_made_together_are_followed(check):
    code = "a, b = await asyncio.gather(asyncio.to_thread(newest), asyncio.to_thread(newest))\nmove(a)"
    assert (4, "composition-feeds", "error") in found(check(HEAD + code))


def test_an_unknown_api_is_found_where_it_is_handed_on(check):
    code = "import asyncio\nimport mail\nawait asyncio.gather(asyncio.to_thread(mail.delete, 1))"
    assert (3, "unknown-api", "error") in found(check(code))
