import pytest

from taskmatrix.conversation.templates.nouns import is_generic, noun_before


@pytest.mark.parametrize(
    ("words", "noun"),
    [
        ('Create tech.pptx with the title "', "title"),
        ("create tech.pptx with title ", "title"),
        ('Add a slide with the title "A" and the body text “', "body_text"),
        ("Write an essay about the company ", "company"),
        ('Set the title of the first slide to "', "title"),
        ("Change its colour to ", "colour"),
        ('the new subtitle is "', "subtitle"),
        ("Note: ", "note"),
        ('write a file called "', "file"),
        ("Add a note. ", ""),
        ("say ", ""),
        ("add 250 to ", ""),
        ("send a message to ", ""),
        ("the capital of ", ""),
        ("write hello and ", ""),
        ("", ""),
    ],
)
def test_a_noun_right_before_a_value_names_it(words: str, noun: str) -> None:
    assert noun_before(words) == noun


def test_some_names_say_nothing() -> None:
    assert all(map(is_generic, ("text", "text_2", "values", "content", "contents", "data", "name")))
    assert not any(map(is_generic, ("title", "body_text", "company", "path", "address")))
