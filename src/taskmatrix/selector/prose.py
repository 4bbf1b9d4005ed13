"""What of a text is read: sentences that say something, not lists of words put there to be found by."""

import re
from collections import Counter
from collections.abc import Iterator

MAX_TEXT = 20_000
"""Characters of a text that are read: nobody searches for what stands after that."""

LONGEST_RUN = 15
"""More words in a row without function words or the end of a sentence are a list: one honest text in a hundred has
one, mostly of error codes or of a program's output."""

OPENING = 12
"""So many words of a text that is nothing but lists are read: it may be prose in a language not known here."""

REPEATED, REPEATED_SHARE = 20, 0.08
"""A word that stands so often in a text, and makes up so much of it, is shouted, not said: it does not count."""

SEARCHED_SENTENCES = 8
"""How far into a text the sentence is looked for that sums it up."""

_APART = 7
"""Prose has three function words so near to each other; one or two may stand in a list, too."""

_LONGEST_TOKEN = 64
_SHORTEST_SENTENCE = 4
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n\s*\n\s*|(?<=[。!?])")
_LABELLED = re.compile(r"\b(?:key[ -]?words?|tags|search[ -]terms?)\s*[:=][^.!?\n]*", re.IGNORECASE)
_GAP = re.compile(r"[\s,;|/•·]+")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_NOTICE_TAG = re.compile(r"<(?:important|note|warning|caution|notice|deprecated)>", re.IGNORECASE)
_NOTICE = re.compile(
    r"""\W*(?:
        (?:note|notes|notice|important|warning|caution|attention|deprecated|deprecation|obsolete|legacy|preview|beta
          |experimental|alpha|internal|new|tip|disclaimer|hinweis|achtung|remarque|nota)\b\s*(?:note|notice)?\s*(?:[:!\])}.—-]|$)
        |end\ of\ (?:support|life|sale)\b
        |(?:this|the)\s(?:\w+\s){0,2}?(?:api|operation|action|method|function|command|tool|endpoint|feature|page|section|topic
          |functionality|resource|documentation|call|request|service|version)s?\s
          (?:is|are|was|has\ been|will\ be)\s(?:\w+ly\s)?(?:also\s|now\s)?
          (?:deprecated|obsolete|no\ longer|not\ (?:supported|recommended|available|used)|in\ (?:preview|beta|alpha)
            |experimental|legacy|discontinued|being|replaced|superseded|for\ internal|subject\ to
            |available\ (?:only|in)|only\ available|removed|retired|unavailable)
        |this\ is\ (?:aws|amazon|a\ (?:preview|beta|deprecated|legacy)|an\ (?:experimental|internal)
          |the\ (?:old|legacy))\b
        |(?:this\ api|this\ operation|this\ action)\sworks\swith\b
        |(?:for\ more\ information|for\ the\ latest|for\ details|for\ information|see\ also|see\ the|we\ recommend
          |we\ strongly\ recommend|we\ have\ deprecated|we\ are\ deprecating|with\ the\ latest\ version
          |starting\ (?:on|in)|as\ of)\b
        |\[uses\ \d
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_FUNCTION_WORDS = frozenset(
    """a an the and or of to in on for with by from at as is are was were be been it its this that these those if when
    which who not no can will may must you your we our their has have all any each but than then so into
    der die das und oder ein eine einen den dem des zu im mit für von auf ist sind nicht wird werden
    le la les un une des et ou du de dans pour par sur est sont ne pas que qui avec
    el los las y en del para con por es son no se una que il lo gli e di da per che sono
    o os as um uma do dos em com não het een van voor met op niet zijn
    и в на с по для не что из к или av och att som för till på i w na do z się jest nie oraz""".split()
)


def tell(text: str) -> list[str]:
    """Return the sentences of a text without lists of words and repetitions, first the one that sums it up.

    Notices ("Note: …", "This operation is deprecated.") stand first in many a text; they sum up nothing.
    """
    # In order, each sentence once.
    sentences = list(dict.fromkeys(s for s in map(str.strip, _SENTENCE_END.split(read_prose(text))) if s))
    first = _place_of_summary(sentences[:SEARCHED_SENTENCES])
    return [*sentences[first : first + 1], *sentences[:first], *sentences[first + 1 :]]


def _place_of_summary(sentences: list[str]) -> int:
    labelled = False
    for place, sentence in enumerate(sentences):
        is_notice = _NOTICE.match(sentence) is not None
        if not is_notice and not labelled:
            return place
        # A label alone ("Important!") is of what follows it.
        labelled = is_notice and " " not in sentence
    return 0


def read_prose(text: str, opening: int = OPENING) -> str:
    """Return a text without lists of words and words that are repeated over and over; mostly that is all of it.

    Of a text that is nothing else the first `opening` words are left, each once.
    """
    text = text[:MAX_TEXT]
    if "<" in text:
        text = _TAG.sub(" ", _NOTICE_TAG.sub(" Note: ", text))
    text = _LABELLED.sub(" ", text)
    tokens = [token[:_LONGEST_TOKEN] for token in _GAP.split(text) if token]
    if len(tokens) <= LONGEST_RUN and len(text) < LONGEST_RUN * _LONGEST_TOKEN:
        return text
    kept = list(_without_lists(_without_shouts(tokens)))
    if all(_plain(token) in _FUNCTION_WORDS for token in kept):
        kept = list(dict.fromkeys(tokens))[:opening]
    return text if len(kept) == len(tokens) else " ".join(kept)


def _without_shouts(tokens: list[str]) -> list[str]:
    plain = [_plain(token) for token in tokens]
    most = max(REPEATED, int(REPEATED_SHARE * len(tokens)))
    shouted = {word for word, count in Counter(plain).items() if count > most and word not in _FUNCTION_WORDS}
    return [t for t, word in zip(tokens, plain, strict=True) if word not in shouted] if shouted else tokens


def _without_lists(tokens: list[str]) -> Iterator[str]:
    functional = [n for n, token in enumerate(tokens) if _plain(token) in _FUNCTION_WORDS]
    threes = zip(functional, functional[1:], functional[2:], strict=False)
    prose = {n for a, b, c in threes if b - a <= _APART and c - b <= _APART for n in (a, b, c)}
    run, sentence = list[str](), 0
    for place, token in enumerate(tokens):
        run.append(token)
        sentence += 1
        ends = token[-1] in ".!?:"
        if place in prose or (ends and sentence >= _SHORTEST_SENTENCE):
            yield from _cut(run)
            run = []
        if ends:
            sentence = 0
    yield from _cut(run)


def _cut(run: list[str]) -> list[str]:
    """Return a run if it is no list, else the short sentence that it may begin with ("Returns it.")."""
    if len(run) <= LONGEST_RUN:
        return run
    ends = (n for n, token in enumerate(run[: _SHORTEST_SENTENCE - 1]) if token[-1] in ".!?")
    return run[: next(ends, -1) + 1]


def _plain(token: str) -> str:
    return token.strip(".,;:!?()[]{}\"'`*_-").lower()
