"""Whether an instruction is in English, which is all the embedded model reads; and whether it asks for a text.

No dictionary is needed for either: other scripts show in their letters, other languages in their small words, and
words that the English word pieces break into many parts are no English ones.
"""

import re
from collections.abc import Callable

from taskmatrix.mcfm.embedded.instruction.language import STOP_WORDS

_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|‘[^’]*’|`[^`]*`|(?<!\w)'[^']*'(?!\w)|https?://\S+|\S+@\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

# fmt: off
_SMALL_WORDS = {
    "Spanish": (
        "el la los las un una de del que y en por para con mi su es está cuál qué cómo dónde añade crea "
        "todos mañana hoy ayer muestra muéstrame envía busca reserva pon abre cierra enciende apaga quiero "
        "hay desde hasta hora tiempo"
    ),
    "French": (
        "le la les un une des du de et à au aux pour avec mon ma mes est sont quel quelle qui dans sur "
        "ajoute chez demain hier aujourd'hui montre envoie trouve cherche réserve mets ouvre ferme allume "
        "éteins moi je depuis jusqu'à crée heure temps fait"
    ),
    "German": (
        "der die das ein eine einen und zu zum zur für mit mein meine ist sind welche wie wo auf den dem "
        "bitte morgen heute gestern bei vom von nach zeige zeig sende suche finde reserviere buche öffne "
        "schließe schalte mach erstelle mir ich nicht uhr aus es spät wetter"
    ),
    "Italian": (
        "il lo la gli le un una di del della che e per con mio mia è sono quale come aggiungi tutti nel alla "
        "domani oggi ieri mostra mostrami invia cerca trova prenota apri chiudi accendi spegni voglio dal"
    ),
    "Portuguese": (
        "o os as um uma de do da que e em por para com meu minha é são qual como onde não todos na no amanhã "
        "hoje ontem mostre envie procure encontre abra feche ligue desligue quero até"
    ),
    "Dutch": (
        "de het een en van voor met mijn is zijn welke hoe waar op aan naar maak alle wat naar graag deze "
        "morgen vandaag gisteren bij toon stuur zoek vind reserveer zet doe boek ik niet uit"
    ),
    "Polish": (
        "i w na z do jest są jaki jaka jakie jak gdzie dla mój moja proszę utwórz wszystkie nie się to jutro "
        "dzisiaj dziś wczoraj pokaż wyślij znajdź zarezerwuj włącz wyłącz otwórz"
    ),
    "Swedish": (
        "och att det en ett för med min mitt är vilken hur var på av till skapa alla som den imorgon idag "
        "igår visa skicka hitta boka öppna stäng"
    ),
    "Danish": (
        "og at det en et for med min mit er hvilken hvordan hvor på af til opret alle som den imorgen vis "
        "bestil åbn luk"
    ),
    "Turkish": (
        "ve bir bu için ile benim hangi nasıl nerede tüm oluştur lütfen mı mi ne olan yarın bugün dün göster "
        "gönder bul aç kapat"
    ),
    "Finnish": (
        "ja on että minun mikä miten missä kaikki luo lisää joka tämä kanssa huomenna tänään eilen näytä "
        "lähetä etsi varaa avaa"
    ),
    "Czech": (
        "a v na je jsou jaký jaká jak kde pro můj moje prosím vytvoř všechny se to s zítra dnes včera ukaž "
        "pošli najdi otevři"
    ),
    "Romanian": (
        "și un o de la cu pentru mea meu este sunt care cum unde toate adaugă în pe mâine astăzi ieri arată "
        "trimite caută găsește deschide"
    ),
    "Indonesian": (
        "dan di ke yang untuk dengan saya adalah apa bagaimana mana semua buat tolong ini itu besok kemarin "
        "tampilkan kirim cari pesan buka tutup"
    ),
}
_ENGLISH = frozenset(w for w in STOP_WORDS if len(w) > 1) | frozenset(
    "today tomorrow please now new file name add create set get show find make send".split()
)
# fmt: on
_OTHERS = {name: frozenset(w for w in words.split() if len(w) > 1) - _ENGLISH for name, words in _SMALL_WORDS.items()}
MOST_PIECES = 1.95
"""Word pieces a word on average, from which on a text of six words is none of English."""
UNKNOWN_PIECES = 2.5
"""Word pieces a word on average, from which on a few words that are not known mean nothing."""

_TEXTS = (
    "essays? poems? story stories articles? blogs? letters? novels? songs? lyrics haikus? limericks? speech speeches "
    "reports? paragraphs? texts? jokes? reviews? scripts? chapters? books? words posts?"
).replace(" ", "|")
_WRITING = re.compile(
    r"\b(?:write|compose|draft|author|pen|make up|come up with|tell)\b(?:\s+(?:me|us|up|out))?\s+(?:an?|some|the|\w+)?"
    rf"\s*(?:\w+[ -]){{0,3}}(?:{_TEXTS})\b",
    re.I,
)


def other_language(text: str, pieces: Callable[[str], int]) -> str | None:
    """Return the language of a text that is not English ("another language" where it is not known), or None.

    `pieces` counts the word pieces of a text. What stands in quotes does not count: names may be in any language.
    """
    bare = _QUOTED.sub(" ", text)
    letters = [c for c in bare if c.isalpha()]
    if not letters:
        return None
    foreign = sum(1 for c in letters if ord(c) > 0x24F)
    if foreign > 0.3 * len(letters):
        return "another language"
    # Capitals begin names (`La Casa de Papel`), and any first word.
    words = [w.lower() if n == 0 else w for n, w in enumerate(_WORD.findall(bare)) if n == 0 or w.islower()]
    english = sum(1 for w in words if w in _ENGLISH)
    name, most = max(((n, sum(1 for w in words if w in known)) for n, known in _OTHERS.items()), key=lambda s: s[1])
    if most >= 2 and most > english:
        return name
    if len(words) >= 6 and english <= 0.1 * len(words) and pieces(" ".join(words)) > MOST_PIECES * len(words):
        return "another language"
    return None


def is_gibberish(text: str, pieces: Callable[[str], int]) -> bool:
    """Whether a text of several words has none that anybody would know."""
    words = _WORD.findall(_QUOTED.sub(" ", text).lower())
    if len(words) < 2 or any(w in _ENGLISH or pieces(w) == 1 for w in words):
        return False
    return pieces(" ".join(words)) > UNKNOWN_PIECES * len(words)


def asks_for_text(text: str) -> bool:
    """Whether an instruction asks for a text to be made up: an essay, a poem."""
    return bool(_WRITING.search(_QUOTED.sub(" ", text[:2_000])))
