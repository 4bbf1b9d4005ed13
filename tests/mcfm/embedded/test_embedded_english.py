import anyio
import pytest

from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import NothingFitsError, UsageError
from taskmatrix.core.protocols import Request
from taskmatrix.mcfm.embedded import EmbeddedMcfm
from taskmatrix.mcfm.embedded.instruction.english import asks_for_text, other_language

OTHERS = [
    ("Crea una presentación sobre el clima de España", "Spanish"),
    ("Ajoute une diapositive avec le titre de la réunion", "French"),
    ("Erstelle eine Folie mit dem Titel der Sitzung", "German"),
    ("Przygotuj nową prezentację i dodaj do niej slajd na temat pogody", "another language"),
    ("Réserve une table chez Sino demain", "French"),
    ("Quelle heure est-il ?", "French"),
    ("Bitte reserviere morgen einen Tisch bei Sino", "German"),
    ("wie wird das Wetter morgen", "German"),
    ("prenota un tavolo per due domani", "Italian"),
    ("今日の天気を教えてください", "another language"),
    ("أضف شريحة جديدة", "another language"),
    ("hozz létre egy új diát a mai időjárásról kérlek", "another language"),
]
ENGLISH = [
    "Add a slide",
    "turn on the kitchen lights",
    "Book a table at La Casa de Papel for two",
    "Translate “il gatto è sul tavolo e la porta è aperta” to English",
    "play despacito by luis fonsi",
    "flights LAX JFK",
    "La La Land showtimes",
    "Die Hard on DVD",
    "play la bamba",
    "book a table at chez panisse",
    "x^2 - 4 = 0",
    "",
    "12345",
]


def pieces(text: str) -> int:
    from taskmatrix.mcfm.embedded.encoder.loading import load_cross_encoder

    return load_cross_encoder().builder.count(text)


@pytest.mark.parametrize(("text", "language"), OTHERS)
def test_other_languages_are_told_from_english(text: str, language: str):
    assert other_language(text, pieces) == language


@pytest.mark.parametrize("text", ENGLISH)
def test_english_with_names_quotes_and_figures_is_english(text: str):
    assert other_language(text, pieces) is None


def test_an_instruction_in_another_language_is_refused_before_anything_is_looked_for():
    with pytest.raises(UsageError, match="English only, and this looks like Spanish") as told:
        anyio.run(EmbeddedMcfm().outline, Request(OTHERS[0][0]), print)
    assert "--model" in str(told.value.hint)


def test_a_text_to_be_made_up_is_refused_with_what_would_be_needed():
    assert asks_for_text("Write an essay about dogs") and asks_for_text("please compose a short poem")
    assert not asks_for_text('Write "a poem" to notes.txt') and not asks_for_text("Add a slide")
    oven = parse_document({"package": "oven", "name": "heat", "description": "Heats the oven.", "parameters": []})
    with pytest.raises(NothingFitsError) as told:
        anyio.run(EmbeddedMcfm().write, Request("Write an essay about dogs", documents=(oven,)), print)
    assert "written" in told.value.message and "language model" in str(told.value.hint)
    assert told.value.confidence is not None and told.value.confidence > 0.5
