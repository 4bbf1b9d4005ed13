import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.api_platform.publishing.lookalikes import SHORTEST, Neighbourhood, is_typo, near
from taskmatrix.api_platform.publishing.naming import LONGEST_NAME, check_name, skeleton
from taskmatrix.api_platform.registry import checked
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import DocumentError

SHORT = st.text("ab1c", min_size=1, max_size=8)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u3000",
        "x" * 1_000_000,
        "a\nb",
        "a\r",
        "a\tb",
        "nul\x00",
        "next\x85line",
        "line\u2028separator",
        "right\u202eto left",
        "isolate\u2066d",
        "mark\u200e",
        "zero\u200bwidth",
        "join\u200der",
        "word\u2060joiner",
        "\ufeffbom",
        "soft\u00adhyphen",
        "tag\U000e0041",
        "half\ud800",
        " leading",
        "trailing ",
        "trailing\u00a0",
    ],
)
@pytest.mark.parametrize("path", ["package", "name"])
def test_a_name_that_nobody_can_read_or_tell_apart_is_refused(name: str, path: str) -> None:
    whole = {"package": "mail", "name": "send"} | {path: name}
    document = ApiDocument(package="mail", name="send", description="d", parameters=()).model_copy(update=whole)
    with pytest.raises(DocumentError) as caught:
        checked(document)
    assert caught.value.code == "name.charset"
    assert caught.value.path == path
    assert len(caught.value.message) < 300
    assert caught.value.message.isascii()


@pytest.mark.parametrize(
    "name",
    [
        "az acat onboard",
        "--no-wait",
        "user.profile.get",
        "repos/get",
        "Ärger",
        "送信",
        "отправить",
        "class",
        "__import__",
        "a\u00a0b",
        "🙂",
        "x" * LONGEST_NAME,
    ],
)
def test_names_that_are_no_identifiers_are_fine(name: str) -> None:
    check_name(name, "name")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40))
def test_any_printable_ascii_name_without_blanks_around_it_is_fine(name: str) -> None:
    if name == name.strip():
        check_name(name, "name")


@pytest.mark.parametrize(
    "name",
    [
        "sendMail",
        "SENDMAIL",
        "ｓendMail",
        "sendmaіl",
        "ѕendmail",
        "ＳＥＮＤＭＡＩＬ",
        "𝐬𝐞𝐧𝐝𝐦𝐚𝐢𝐥",
        "sendMaІl",
        "ＳеndМаіl",
    ],
)
def test_names_that_look_alike_share_a_skeleton(name: str) -> None:
    assert skeleton(name) == "sendmail"


def test_a_capital_that_looks_like_a_latin_one_counts_as_that() -> None:
    assert skeleton("Βank") == skeleton("bank")
    assert skeleton("ΡΑΥРАL") == skeleton("paypal")


@pytest.mark.parametrize(
    ("one", "other"), [("send_mail", "sendmail"), ("v1", "vl"), ("送信", "送進"), ("größe", "grösse2")]
)
def test_names_that_differ_visibly_keep_apart(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@given(st.text(max_size=20))
def test_a_skeleton_is_never_longer_lived_than_its_name(name: str) -> None:
    """The form depends on nothing but the name, and case never matters."""
    assert skeleton(name) == skeleton(str(name))
    if name.isascii():
        assert skeleton(name.upper()) == skeleton(name) == skeleton(skeleton(name))


@pytest.mark.parametrize("typo", ["powerpont", "powerrpoint", "powerpiont", "powerpoinz", "owerpoint"])
def test_one_typing_mistake_is_recognised(typo: str) -> None:
    assert is_typo("powerpoint", typo)
    assert is_typo(typo, "powerpoint")


@pytest.mark.parametrize("other", ["powerpoint", "powerpnt", "point", "powerpoint2", "xowerpoinx", "opwerpoitn"])
def test_other_names_are_no_typing_mistakes(other: str) -> None:
    assert not is_typo("powerpoint", other)


def test_versions_are_no_typing_mistakes() -> None:
    assert not is_typo("storage-v1", "storage-v2")
    assert not is_typo("storage", "storage2")
    assert is_typo("storage1", "storagel")


@given(st.lists(SHORT, max_size=12, unique=True), SHORT)
def test_a_neighbourhood_finds_what_comparing_with_each_finds(others: list[str], name: str) -> None:
    brute = [other for other in others if min(len(other), len(name)) >= SHORTEST and is_typo(name, other)]
    assert sorted(Neighbourhood(others).near(name)) == sorted(brute) == sorted(near(name, others))
    assert all(is_typo(other, name) for other in brute)
