import copy
import json
import pickle
import stat
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.errors import CredentialError, UsageError
from taskmatrix.policy.credentials import Secret
from taskmatrix.policy.origins import origin_of
from taskmatrix.policy.redaction import Redactor
from taskmatrix.policy.vault import Vault

HOST = "https://api.example"
CANARY = "c4n4ry-s3cr3t/+=ü"


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "home", environment={"SHOP_KEY": "from-the-environment"})


def reveal(secret):
    return secret.reveal() if secret else None


def test_nothing_is_created_before_something_is_kept(tmp_path, vault) -> None:
    assert vault.get("shop", "key") is None
    assert vault.list() == []
    assert vault.remove("shop") == 0
    assert not (tmp_path / "home" / "credentials.json").exists()


def test_values_are_kept_encrypted_and_readable_by_their_owner_only(tmp_path, vault) -> None:
    vault.set_value("shop", "key", Secret(CANARY), hosts=[HOST])
    assert reveal(vault.get("shop", "key", HOST)) == CANARY
    assert reveal(Vault(tmp_path / "home", environment={}).get("shop", "key", HOST)) == CANARY
    for name in ("credentials.json", "credentials.key"):
        file = tmp_path / "home" / name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "c4n4ry" not in file.read_text()
    assert sorted(p.name for p in (tmp_path / "home").iterdir()) == [
        "credentials.json",
        "credentials.key",
        "credentials.lock",
    ]


def test_a_variable_is_read_at_each_lookup_and_kept_by_name(tmp_path) -> None:
    environment = {"SHOP_KEY": "one"}
    vault = Vault(tmp_path, environment=environment)
    vault.set_env("shop", "key", "SHOP_KEY", hosts=[HOST])
    assert reveal(vault.get("shop", "key", HOST)) == "one"
    environment["SHOP_KEY"] = "two"
    assert reveal(vault.get("shop", "key", HOST)) == "two"
    assert "two" not in (tmp_path / "credentials.json").read_text()
    del environment["SHOP_KEY"]
    with pytest.raises(CredentialError) as failed:
        vault.get("shop", "key", HOST)
    assert "'SHOP_KEY', which is not set" in failed.value.message
    assert [k.present for k in vault.list()] == [False]


@pytest.mark.parametrize("variable", ["", "A B", "A=B", "sk-live-1234", "ÄPFEL", "1A"])
def test_what_is_no_name_of_a_variable_is_refused_without_repeating_it(vault, variable) -> None:
    with pytest.raises(UsageError) as refused:
        vault.set_env("shop", "key", variable, hosts=[HOST])
    assert variable == "" or variable not in refused.value.message


def test_a_credential_is_presented_only_to_the_hosts_it_was_given_for(vault) -> None:
    vault.set_value("shop", "key", Secret("s3cret"), hosts=[HOST])
    for other in ("https://evil.example", "http://api.example", "https://api.example:444", "https://api.example.evil"):
        with pytest.raises(CredentialError) as refused:
            vault.get("shop", "key", other)
        assert refused.value.code == "credential-missing"
        assert f"was given for {HOST}, not for {other}" in refused.value.message
        assert "s3cret" not in refused.value.message
    assert vault.get("other", "key", HOST) is None
    assert vault.get("shop", "other", HOST) is None


def test_editing_the_file_does_not_carry_a_value_elsewhere(tmp_path, vault) -> None:
    vault.set_value("shop", "key", Secret("s3cret"), hosts=[HOST])
    file = tmp_path / "home" / "credentials.json"
    for old, new in [(HOST, "https://evil.example"), ('"shop"', '"evil"'), ('"key"', '"other"')]:
        before = file.read_text()
        file.write_text(before.replace(old, new))
        with pytest.raises(CredentialError) as refused:
            vault.get(
                "evil" if "evil" in new and "shop" in old else "shop",
                "other" if "other" in new else "key",
                "https://evil.example" if old == HOST else HOST,
            )
        assert "given for something else" in refused.value.message
        file.write_text(before)


def test_setting_again_replaces_and_beside_leaves_other_hosts(vault) -> None:
    sandbox = "https://sandbox.example"
    vault.set_value("shop", "key", Secret("old"), hosts=[HOST])
    vault.set_value("shop", "key", Secret("live"), hosts=[HOST])
    vault.set_value("shop", "key", Secret("test"), hosts=[sandbox], beside=True)
    assert reveal(vault.get("shop", "key", HOST)) == "live"
    assert reveal(vault.get("shop", "key", sandbox)) == "test"
    vault.set_value("shop", "key", Secret("only"), hosts=[HOST])
    with pytest.raises(CredentialError):
        vault.get("shop", "key", sandbox)


def test_a_new_client_makes_the_tokens_of_the_old_one_void(vault) -> None:
    vault.set_value("shop", "oauth", Secret("id:secret"), hosts=[HOST], kind="client")
    vault.set_value("shop", "oauth", Secret("{}"), hosts=[HOST], kind="tokens", beside=True)
    assert reveal(vault.get("shop", "oauth", HOST, kind="client")) == "id:secret"
    assert vault.get("shop", "oauth", "https://other.example", kind="tokens") is None
    vault.set_value("shop", "oauth", Secret("id2:secret2"), hosts=[HOST], kind="client")
    assert vault.get("shop", "oauth", HOST, kind="tokens") is None


def test_removing_takes_a_scheme_or_a_package(vault) -> None:
    for scheme in ("a", "b", "c"):
        vault.set_value("shop", scheme, Secret("x"), hosts=[HOST])
    assert vault.remove("shop", "a") == 1
    assert vault.remove("shop", "a") == 0
    assert vault.remove("shop") == 2
    assert vault.list() == []


def test_empty_values_are_refused(vault) -> None:
    with pytest.raises(UsageError):
        vault.set_value("shop", "key", Secret(" \n"), hosts=[HOST])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"format": "other", "version": 1, "entries": []}',
        b'{"format": "taskmatrix-credentials", "version": 2, "entries": []}',
        b'{"format": "taskmatrix-credentials", "version": 1, "entries": [{"package": "a"}]}',
        b'{"format": "taskmatrix-credentials", "entries": [{"package": "a", "scheme": "b", "env": "X", "key": "x"}]}',
        b'{"format": "taskmatrix-credentials", "version": 1, "entries": [{"package": "a", "scheme": "b"}]}',
    ],
)
def test_a_file_that_is_damaged_or_not_ours_is_an_error_and_never_overwritten(tmp_path, vault, content) -> None:
    file = tmp_path / "home" / "credentials.json"
    file.parent.mkdir()
    file.write_bytes(content)
    for change in (
        lambda: vault.get("a", "b"),
        lambda: vault.list(),
        lambda: vault.remove("a"),
        lambda: vault.set_value("a", "b", Secret("x"), hosts=[HOST]),
        lambda: vault.set_env("a", "b", "X", hosts=[HOST]),
    ):
        with pytest.raises(CredentialError) as failed:
            change()
        assert failed.value.hint
    assert file.read_bytes() == content


def test_without_its_key_or_with_another_a_value_stays_closed(tmp_path, vault) -> None:
    vault.set_value("shop", "key", Secret("s3cret"), hosts=[HOST])
    key = tmp_path / "home" / "credentials.key"
    good = key.read_bytes()
    for content, words in [
        (Fernet.generate_key(), "another key"),
        (b"nonsense", "holds no key"),
        (None, "is gone"),
    ]:
        key.unlink()
        if content is not None:
            key.write_bytes(content)
        with pytest.raises(CredentialError) as failed:
            vault.get("shop", "key", HOST)
        assert words in failed.value.message
        assert "nonsense" not in failed.value.message
        key.write_bytes(good)
    assert reveal(vault.get("shop", "key", HOST)) == "s3cret"


def test_the_key_can_come_from_the_environment(tmp_path) -> None:
    environment = {"TASKMATRIX_SECRET_KEY": Fernet.generate_key().decode()}
    vault = Vault(tmp_path, environment=environment)
    vault.set_value("shop", "key", Secret("s3cret"), hosts=[HOST])
    assert not (tmp_path / "credentials.key").exists()
    assert reveal(vault.get("shop", "key", HOST)) == "s3cret"
    environment["TASKMATRIX_SECRET_KEY"] = "not a key"
    with pytest.raises(CredentialError) as failed:
        vault.get("shop", "key", HOST)
    assert "not a key" not in failed.value.message


def test_processes_that_write_at_once_lose_nothing(tmp_path) -> None:
    script = (
        "import sys; from pathlib import Path; from taskmatrix.policy.vault import Vault\n"
        "from taskmatrix.policy.credentials import Secret\n"
        "vault = Vault(Path(sys.argv[1]))\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for n in range(8): vault.set_value(sys.argv[2], f's{n}', Secret(sys.argv[2]), hosts=['https://h.example'])\n"
    )
    command, pipe = [sys.executable, "-c", script, str(tmp_path)], subprocess.PIPE
    running = [subprocess.Popen([*command, f"p{n}"], stdin=pipe, stdout=pipe, text=True) for n in range(4)]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:  # all at once
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        process.communicate(timeout=60)
    assert [p.returncode for p in running] == [0, 0, 0, 0]
    vault = Vault(tmp_path, environment={})
    assert len(vault.list()) == 32
    assert all(reveal(vault.get(k.package, k.scheme, "https://h.example")) == k.package for k in vault.list())


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(CANARY)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>5}",
        repr([secret]),
        repr({"a": secret}),
    ]
    assert all("c4n4ry" not in text for text in shown)
    assert b"c4n4ry" not in pickle.dumps(secret)
    assert pickle.loads(pickle.dumps(secret)).reveal() == "***"
    assert copy.copy(secret).reveal() == "***"
    with pytest.raises(TypeError):
        json.dumps(secret)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://API.example/v1?x=1", "https://api.example"),
        ("https://api.example:443", "https://api.example"),
        ("http://api.example:80/", "http://api.example"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
        ("HTTPS://a", "https://a"),
        ("https://user@a", None),
        ("https://a\\@b", None),
        ("https://a%2eb", None),
        ("https://a b", None),
        ("https://a\nb", None),
        ("https://a:99999", None),
        ("https://[::1", None),
        ("ftp://a", None),
        ("//a", None),
        ("a", None),
        ("", None),
    ],
)
def test_origins_are_scheme_host_and_port(url, origin) -> None:
    assert origin_of(url) == origin


@given(
    st.text(min_size=8, max_size=40).filter(lambda s: s.strip() and "\ud800" not in s),
    st.binary(max_size=5),
    st.text(),
)
def test_no_form_of_a_secret_gets_through(secret, around, text) -> None:
    import base64
    from urllib.parse import quote, quote_plus

    raw = secret.encode("utf-8", "surrogatepass")
    redactor = Redactor([secret])
    for form in (
        secret,
        quote(raw, safe=""),
        quote_plus(raw),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        raw.hex(),
        json.dumps(secret)[1:-1],
    ):
        assert form not in redactor.text(f"{text} {form} {text}").replace("***", "\0")
    # Inside of something longer, all of base64 but the edges is decided by the secret.
    whole = base64.b64encode(around + raw + around).decode()
    inner = base64.b64encode(raw).decode()
    assert redactor.text(whole) != whole or len(inner) <= 12


def test_redaction_reaches_into_values_keys_numbers_and_bytes() -> None:
    redactor = Redactor(["hunter2!", "12345678", ""])
    value = {"a": ["hunter2!", {"hunter2!": "x hunter2! y"}], "n": 12345678, "ok": [1, None, True, "fine"]}
    assert redactor.value(value) == {"a": ["***", {"***": "x *** y"}], "n": "***", "ok": [1, None, True, "fine"]}
    data = b"\x00hunter2!\xff" + "hunter2!".encode("utf-16-le")
    assert redactor.data(data) == b"\x00********\xff" + b"*" * 16
    assert "hunter2" not in repr(redactor)


def test_very_short_secrets_are_taken_out_only_where_they_stand_alone() -> None:
    redactor = Redactor(["ab"])
    assert redactor.text("ab") == "***"
    assert redactor.text("a cab in table") == "a cab in table"
