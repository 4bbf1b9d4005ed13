"""Which files a program would read and write, told before it runs."""

import pytest
from verifier_documents import TEXT, document, rule

READ, WRITE, NAME = ({"type": "string", "x-file": way} for way in ("read", "write", "name"))
HERE = {"source": {"kind": "python"}}

APIS = (
    document("deck.start", ("name", NAME), effects="write"),
    document("deck.open_deck", ("name", READ), effects="read"),
    document(
        "deck.save",
        ("name", WRITE | {"default": None}),
        effects="write",
        rules=[rule("before", "start", "open_deck")],
    ),
    document("deck.insert_picture", ("path", READ), effects="write"),
    document("notes.put", ("file_path", TEXT), ("text", TEXT), effects="write", **HERE),
    document("notes.get", ("where", TEXT | {"format": "path"}), effects="read", **HERE),
    document("shop.rename", ("path", TEXT), effects="write", source={"kind": "http"}),
    document("shop.count", ("file", {"type": "integer"}), effects="write", **HERE),
)


@pytest.fixture
def files(verifier):
    def of(code: str) -> list[tuple[str, str, str]]:
        report = verifier.check(f"import deck, notes, shop\n{code}", APIS)
        return [(file.way, file.path or f"?{file.code}", file.api) for file in report.files]

    return of


def test_what_a_document_says_of_a_file_counts_whatever_the_api_does(files):
    assert files("deck.start('a.pptx')\ndeck.insert_picture('logo.png')") == [
        ("name", "a.pptx", "deck.start"),
        ("read", "logo.png", "deck.insert_picture"),
    ]


@pytest.mark.parametrize("call", ["deck.save()", "deck.save(None)", "deck.save(name=None)"])
def test_a_file_that_is_left_out_is_that_of_the_call_that_came_before(files, call):
    assert files(f"deck.start('a.pptx')\ndeck.open_deck('b.pptx')\n{call}")[-1] == ("write", "b.pptx", "deck.save")
    assert files(call) == [("write", "?", "deck.save")]


def test_a_file_that_is_only_named_is_not_written_and_the_last_name_of_a_save_counts(files):
    assert files("deck.start('a.pptx')\ndeck.save('b.pptx')\ndeck.save()") == [
        ("name", "a.pptx", "deck.start"),
        ("write", "b.pptx", "deck.save"),
        ("write", "b.pptx", "deck.save"),
    ]


def test_without_a_word_of_the_document_effect_and_name_tell(verifier, files):
    assert files("notes.put('a.txt', 'x')\nnotes.get('b.txt')") == [
        ("write", "a.txt", "notes.put"),
        ("read", "b.txt", "notes.get"),
    ]
    stated = verifier.check("import deck, notes\ndeck.start('a')\nnotes.put('b', '')", APIS).files
    assert [file.stated for file in stated] == [True, False]


def test_a_path_on_another_machine_and_what_is_no_text_are_no_files(files):
    assert files("shop.rename('a.txt')\nshop.count(3)") == []


@pytest.mark.parametrize(
    ("code", "paths"),
    [
        ("name = 'a'\nnotes.put(name + '.txt', '')", ["a.txt"]),
        ("for n in ['a', 'b']:\n    notes.put(f'{n}.txt', '')", ["a.txt", "b.txt"]),
        ("for n in range(2):\n    notes.put(f'{n}.txt', '')", ["?f'{n}.txt'"]),
        ("n = 'a'\nn = 'b'\nnotes.put(n, '')", ["?n"]),
        ("def f(n):\n    notes.put(n, '')\nn = 'a'\nf('b')", ["?n"]),
        ("notes.put('a' if deck.save() else 'b', '')", ["a", "b"]),
        ("n = ['a', 'b']\nfor x in n:\n    notes.put(x, '')", ["?x"]),
        ("list(map(notes.get, ['a']))", ["?"]),
    ],
)
def test_a_path_is_told_where_the_program_writes_it_down_and_else_how_it_is_made(files, code, paths):
    assert [path for _, path, api in files(code) if api.startswith("notes")] == paths


def test_paths_that_multiply_are_not_listed(files):
    loops = "".join(f"{' ' * i}for n{i} in ['a', 'b', 'c', 'd']:\n" for i in range(4))
    assert files(f"{loops}    notes.put(f'{{n0}}{{n1}}{{n2}}{{n3}}', '')") == [
        ("write", "?f'{n0}{n1}{n2}{n3}'", "notes.put")
    ]
