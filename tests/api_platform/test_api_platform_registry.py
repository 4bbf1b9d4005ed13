import pytest

from taskmatrix.api_platform import ApiRegistry
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiGoneError, DocumentError, NotFoundError
from taskmatrix.core.protocols import Registry
from taskmatrix.store import PutCounts


def document(name: str, package: str = "mail", description: str = "d") -> ApiDocument:
    return ApiDocument(package=package, name=name, description=description, parameters=())


def test_the_registry_is_what_the_other_parts_expect(registry: ApiRegistry) -> None:
    seen: Registry = registry
    registry.register(document("send"))
    assert seen.count() == 1
    assert seen.find("mail.send") == seen.get("mail", "send") == document("send")
    assert seen.documents("mail") == [document("send")]
    package = seen.package("mail")
    assert package is not None
    assert package.name == "mail"


def test_registering_tells_what_it_did(registry: ApiRegistry) -> None:
    assert registry.register(document("send")).outcome == "added"
    assert registry.register(document("send")).outcome == "unchanged"
    assert registry.register(document("send", description="new")).outcome == "updated"
    assert registry.register_many([document("a"), document("send")]) == PutCounts(added=1, updated=1)


@pytest.mark.parametrize("name", ["a\nb", "\x00", "  ", "x" * 1_001, "tab\t"])
def test_a_name_that_cannot_be_printed_on_a_line_is_refused(registry: ApiRegistry, name: str) -> None:
    with pytest.raises(DocumentError) as caught:
        registry.register(document(name))
    assert (caught.value.path, caught.value.code) == ("name", "name.charset")
    with pytest.raises(DocumentError) as caught:
        registry.register(document("ok", package=name))
    assert (caught.value.path, caught.value.code) == ("package", "name.charset")
    assert registry.count() == 0


@pytest.mark.parametrize(
    "name", ["az acat onboard", "--no-wait", "user.profile.get", "Ärger", "送信", "class", "__import__"]
)
def test_names_that_are_no_identifiers_are_kept_verbatim(registry: ApiRegistry, name: str) -> None:
    registry.register(document(name))
    found = registry.find(f"mail.{name}")
    assert found is not None
    assert found.name == name


def test_an_api_or_a_whole_package_is_removed_by_name(registry: ApiRegistry) -> None:
    registry.register_many([document("a"), document("b"), document("c", "other")])
    assert registry.remove("mail.a").kind == "api"
    removal = registry.remove("mail")
    assert (removal.kind, removal.apis) == ("package", 1)
    assert [d.id for d in registry.documents()] == ["other.c"]


def test_an_unknown_name_gets_the_nearest_ones_as_hint(registry: ApiRegistry) -> None:
    registry.register_many([document("send_email"), document("read_email"), document("create_slide", "powerpoint")])
    for typed, meant in (
        ("mail.send_emial", "mail.send_email"),
        ("powerpoint.createSlide", "powerpoint.create_slide"),
        ("powerpont", "powerpoint"),
    ):
        with pytest.raises(NotFoundError) as caught:
            registry.remove(typed)
        assert meant in (caught.value.hint or "")


def test_a_name_like_no_other_gets_a_hint_too(registry: ApiRegistry) -> None:
    with pytest.raises(NotFoundError) as caught:
        registry.remove("🙈" * 2_000)
    assert "search" in (caught.value.hint or "")


def test_changes_are_passed_on(registry: ApiRegistry) -> None:
    registry.register(document("a"))
    registry.remove("mail.a")
    assert [(c.number, c.document) for c in registry.changes(0)] == [(2, None)]
    assert registry.latest_change() == 2


def test_the_version_that_a_run_started_with_is_kept(registry: ApiRegistry) -> None:
    first = document("send")
    registry.register(first)
    registry.register(document("send", description="new"))
    assert registry.kept("mail", "send", first.digest()) == first
    registry.remove("mail.send")
    assert registry.kept("mail", "send", first.digest()) == first
    with pytest.raises(ApiGoneError):
        registry.kept("mail", "send", "0" * 64)
    with pytest.raises(ApiGoneError):
        registry.kept("mail", "never", first.digest())


def test_what_is_in_quarantine_is_gone_for_a_run_unless_it_only_stops(registry: ApiRegistry) -> None:
    registry.register(document("send"))
    registry.catalogue.quarantine("mail", "send", "dead")
    digest = document("send").digest()
    with pytest.raises(ApiGoneError, match="dead"):
        registry.kept("mail", "send", digest)
    assert registry.kept("mail", "send", digest, quarantined=True) == document("send")
    entry = registry.entry("mail", "send")
    assert entry is not None
    assert entry.quarantined == "dead"
