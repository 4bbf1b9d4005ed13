import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from taskmatrix.conversation.templates import read_markdown, write_markdown
from taskmatrix.core.errors import ImportRefusedError
from taskmatrix.core.event_parts import ApiVersion
from taskmatrix.core.templates import Case, CaseCall, Slot, Template, TemplateStep

SMALL = Template(
    name="greet",
    description="Greets somebody",
    instruction="Greet {who}",
    steps=(TemplateStep(text="Greet {who}", needs=("a name",), yields="a greeting"),),
    code="from mail import send\n\nsend(text=who)",
    slots=(Slot(name="who", schema={"type": "string"}, example="Ann"),),
    apis=(ApiVersion(package="mail", name="send", digest="0" * 64),),
    cases=(Case(values={"who": "Ann"}, calls=(CaseCall(api="mail.send", arguments={"text": "Ann"}, result=1),)),),
)

TEXT = st.text(
    st.characters(exclude_categories=("Cs",)) | st.sampled_from("`|\\#-\n{}\"'\u0085\u2028\U0001f468"), max_size=40
)
WORDS = TEXT.filter(lambda text: any(character.isalnum() for character in text))
JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
NAME = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True)
STEP = st.builds(TemplateStep, text=WORDS, needs=st.lists(WORDS, max_size=2).map(tuple), yields=TEXT)
SLOT_NAME = st.sampled_from([f"slot_{letter}" for letter in string.ascii_lowercase])
SLOT = st.builds(
    lambda name, schema, example, text, required: Slot(
        name=name, schema=schema, example=example, description=text, required=required
    ),
    SLOT_NAME,
    st.dictionaries(TEXT, JSON, max_size=2),
    JSON,
    TEXT,
    st.booleans(),
)
CALL = st.builds(
    CaseCall, api=TEXT, arguments=st.dictionaries(TEXT, JSON, max_size=2), result=JSON, error=st.none() | TEXT
)
TEMPLATE = st.builds(
    Template,
    name=NAME,
    description=WORDS,
    instruction=WORDS,
    steps=st.lists(STEP, max_size=3).map(tuple),
    code=st.lists(st.sampled_from(["x = 1", "", "'''", "```", "## Program", "~~~ `` ", "- é"]), min_size=1)
    .map("\n".join)
    .filter(lambda code: code.strip("\n")),
    slots=st.lists(SLOT, max_size=3, unique_by=lambda slot: slot.name).map(tuple),
    apis=st.lists(st.builds(ApiVersion, package=TEXT, name=TEXT, digest=st.just("a" * 64)), max_size=2).map(tuple),
    cases=st.lists(
        st.builds(Case, values=st.dictionaries(TEXT, JSON, max_size=2), calls=st.lists(CALL, max_size=2).map(tuple)),
        max_size=2,
    ).map(tuple),
    license=TEXT,
    metadata=st.dictionaries(WORDS, TEXT, max_size=2),
)


@settings(max_examples=40)
@given(TEMPLATE)
def test_a_template_comes_back_from_its_file_as_it_was(template: Template) -> None:
    assert read_markdown(write_markdown(template).encode(), "f") == template


def test_a_file_is_a_skill_with_name_and_description_first() -> None:
    lines = write_markdown(SMALL).split("\n")
    assert lines[:3] == ["---", "name: greet", 'description: "Greets somebody"']
    assert "`taskmatrix templates run greet --set who=…`" in write_markdown(SMALL)


def test_a_file_with_other_line_ends_and_a_mark_of_byte_order_is_the_same() -> None:
    data = b"\xef\xbb\xbf" + write_markdown(SMALL).replace("\n", "\r\n").encode()
    assert read_markdown(data, "f") == SMALL


def test_a_plain_skill_is_refused_and_told_what_it_lacks() -> None:
    with pytest.raises(ImportRefusedError, match="without Instruction and Program") as refused:
        read_markdown(b"---\nname: pdf\ndescription: Reads files.\n---\n# How to\n\nOpen it.\n", "SKILL.md")
    assert "templates make" in (refused.value.hint or "")


def _changed(old: str, new: str) -> bytes:
    text = write_markdown(SMALL)
    assert old in text
    return text.replace(old, new, 1).encode()


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "does not begin with front matter"),
        (b"# hello", "does not begin with front matter"),
        (b"---\nname: x\n", "no end"),
        (b"\xff\xfe", "utf-8"),
        (b"x" * (4 * 1024 * 1024 + 1), "at most"),
        (b"---\n" + b"name: " + b"x" * 70_000 + b"\n---\n", "front matter has more than"),
        (_changed("name: greet\n", f"name: greet\n{BOMB}"), "expand"),
        (_changed("name: greet\n", "name: greet\nname: other\n"), "given twice"),
        (_changed("name: greet\n", "name: !!python/object/apply:os.system [id]\n"), "tag"),
        (_changed("name: greet\n", "name: greet\nrun-as: root\n"), "not 'run-as'"),
        (_changed("name: greet\n", ""), "name: Field required"),
        (_changed("name: greet\n", "name: [a, b]\n"), "name: "),
        (_changed("name: greet\n", "name: ../../etc/cron\n"), "no name for a template"),
        (_changed("name: greet\n", "name: " + "a" * 65 + "\n"), "no name for a template"),
        (_changed('"Greets somebody"', '""'), "description: "),
        (_changed("1. Greet", "First greet"), "the outline takes lines"),
        (_changed("| who |", "| import |"), "no name for a slot"),
        (_changed("| who |", "| who | more |"), "6 cells instead of 5"),
        (_changed('{"type": "string"}', "string"), "is no JSON"),
        (_changed("| yes |", "| maybe |"), "yes or no"),
        (_changed('"values": {', '"secret": 1, "values": {'), "Extra inputs"),
        (_changed('"result": 1', '"result": NaN'), "no JSON number"),
        (_changed('"result": 1', '"result": ' + "[" * 100_000), "no JSON|recursion|nested"),
        (_changed("send(text=who)", "send(text=who)" + "\n#" * 60_000), "code: "),
        (_changed("send(text=who)", "send(text='\x1b')"), "U\\+001B"),
        (_changed("## Slots", "## Program\n\n```python\nx\n```\n\n## Slots"), "there twice"),
        (_changed("```json", "````json"), "has no end"),
    ],
)
def test_what_is_no_template_is_refused_with_the_reason(data: bytes, said: str) -> None:
    with pytest.raises(ImportRefusedError, match=said):
        read_markdown(data, "f")
