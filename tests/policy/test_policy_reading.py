import os

import pytest

from taskmatrix.core.errors import SettingError
from taskmatrix.policy.reading import find_project_rules

RULES = """
# what our project may do
[[rules]]
verdict = "refuse"
package = "shop"
effects = ["destructive", "physical"]
arguments = ["amount > 100", "to != *@example.org"]
reason = "ask the treasurer"

[[rules]]
verdict = "run"
effects = "write"
inferred = false
"""


def test_rules_are_read_from_the_nearest_file_with_where_they_are(tmp_path):
    (tmp_path / "taskmatrix.toml").write_text(RULES)
    (tmp_path / "a" / "b").mkdir(parents=True)
    found = find_project_rules(tmp_path / "a" / "b")
    assert found is not None and found.path == tmp_path / "taskmatrix.toml"
    first, second = found.rules
    assert str(first) == (
        "refuse destructive or physical calls of the package shop where amount > 100 and to != *@example.org"
    )
    assert first.source == f"{found.path}, rule 1, line 3"
    assert (str(second), second.source) == ("run declared write calls", f"{found.path}, rule 2, line 10")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[rules]]\nverdict = "maybe"', "rule 1, line 1: verdict"),
        ("[[rules]]\nverdict = 'run'\n\n[[rules]]\napi = 'x'", "rule 2, line 4: verdict"),
        ("[[rules]]\nverdict = 'run'\nwhen = 'x'", "when"),
        ("[[rules]]\nverdict = 'run'\neffects = ['odd']", "effects.0"),
        ("[[rules]]\nverdict = 'run'\ninferred = 'yes'", "inferred"),
        ("[[rules]]\nverdict = 'run'\narguments = ['amount']", "rule 1, line 1: 'amount' is no condition"),
        ("[[rules]\nverdict = 'run'", "no TOML.*line 1"),
        ("[[rule]]\nverdict = 'run'", "'rule', which means nothing"),
        ("rules = 3", "a rule is a table"),
        ("x = " + "[" * 100_000, "no TOML"),
    ],
)
def test_what_is_not_understood_is_refused_with_file_and_place(tmp_path, text, said):
    (tmp_path / "taskmatrix.toml").write_text(text)
    with pytest.raises(SettingError, match=said) as caught:
        find_project_rules(tmp_path)
    assert "taskmatrix.toml" in caught.value.message


def test_a_file_of_rules_must_be_a_small_text_file(tmp_path):
    path = tmp_path / "taskmatrix.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match="no TOML"):
        find_project_rules(tmp_path)
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(SettingError, match="1,000,000 bytes"):
        find_project_rules(tmp_path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SettingError, match="is no file"):
        find_project_rules(tmp_path)
