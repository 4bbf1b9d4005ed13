import pytest

from taskmatrix.api_platform.secret_words import LONGEST_READ, without_secrets
from taskmatrix.policy.redaction import Redactor


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("post it with sk-proj-abcdefghijklmnop1234", "post it with ***"),
        ("use the key (ghp_0123456789abcdefghijABCDEFGHIJ).", "use the key (***)."),
        ("log in with password=hunter2 and go", "log in with password=*** and go"),
        ("log in, my password is hunter2", "log in, my password is ***"),
        ('set api_key: "s3cret"', 'set api_key: "***"'),
        ("call it with Bearer abc123def456", "call it with Bearer ***"),
        ("fetch postgres://ann:pa55word@db/x", "fetch ***"),
        ("open aB3dE5fG7hI9jK1lM3nO5pQ7", "open ***"),
        ("sign -----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY----- now", "sign *** now"),
    ],
)
def test_what_looks_like_a_credential_is_taken_out(said: str, kept: str) -> None:
    assert without_secrets(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "reset my password",
        "the password is wrong, help",
        "create a token for the bearer of this letter",
        "make a slide titled Big Tech: 2026",
        "add 17 to 23, then divide by 4.5",
        "turn on the lamp in the living room at 07:30",
        'name:" AND ( * 🙂 שלום',
        "",
    ],
)
def test_what_people_ask_for_stays_as_it_is(said: str) -> None:
    assert without_secrets(said) == said


def test_known_credentials_are_taken_out_whatever_they_look_like() -> None:
    assert without_secrets("send swordfish to Ann", Redactor(["swordfish"])) == "send *** to Ann"


def test_an_endless_text_is_cut_and_read_in_no_time() -> None:
    for text in ("a" * 1_000_000, "key= " * 200_000, "\ud800\0" * 100_000, "is is " * 100_000, "-----BEGIN " * 90_000):
        assert len(without_secrets(text)) <= LONGEST_READ
