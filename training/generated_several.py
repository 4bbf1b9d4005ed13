"""Instructions that ask for several calls: one API more than once, or different APIs."""

import random
import re

from generated_documents import Api
from generated_phrases import CLOSE, OPEN, label_of, mark, mention, said_wish
from generated_sentences import ADDRESSED, ORDERS, Draft, Parts, Speaker, capital, ended, lowered, noun_of
from generated_turns import BOTH, FRAMES, TWICE
from generated_values import Said, joined
from parameter_roles import NUMERIC

VARIED = frozenset(
    (
        "resource city country person company product id integer id date query year email ticker currency "
        "language title slug word formula state path duration price distance number region username tag "
        "category code status time limit percent url address length weight area volume temperature color enum "
    ).split()
) | {"integer id"}
CROSSED = ("each", "in each case both", "and for each of them", ", both", "for all combinations")
PAIRED = (" respectively", ", respectively", " in that order", " respectively")


class SeveralCalls:
    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker
        self.chance: random.Random = speaker.chance

    def same(self, api: Api, draft: Draft) -> str | None:
        """Return an instruction for two to four calls of one API; None where the API does not lend itself."""
        said = self.speaker.choose(api)
        if not said:
            return None
        scalar = [
            n
            for n, v in said
            if isinstance(v, Said) and v.role in VARIED and "," not in v.text and " and " not in v.text
        ]
        if not scalar:
            return None
        roll = self.chance.random()
        numbers = [n for n, v in said if isinstance(v, Said) and v.role in NUMERIC]
        if len(numbers) >= 2 and len(numbers) == len(said) and roll < 0.5:
            return self._tuples(api, said, draft)
        if roll < 0.2:
            return self._whole(api, draft)
        if len(scalar) >= 2 and roll < 0.45:
            return self._pairs(api, said, scalar, draft)
        return self._varied(api, said, self.chance.choice(scalar), draft)

    def _more(self, api: Api, name: str, first: Said, count: int) -> list[Said] | None:
        """Return `count` different values of one parameter, the first of them given."""
        found = [first]
        for _ in range(4 * count):
            value = self.speaker.value(api, name)
            if (
                isinstance(value, Said)
                and "," not in value.text
                and " and " not in value.text
                and value.text.lower() not in {f.text.lower() for f in found}
            ):
                value.unit = first.unit
                if _form(value.text) == _form(first.text) or self.chance.random() < 0.3:
                    found.append(value)
            if len(found) == count:
                return found
        return None

    def _varied(self, api: Api, said: list, name: str, draft: Draft) -> str | None:
        chance = self.chance
        values = self._more(api, name, dict(said)[name], chance.choices((2, 3, 4), (55, 33, 12))[0])
        if values is None:
            return None
        calls = [draft.call(api) for _ in values]
        parts = self._shared(api, [s for s in said if s[0] != name], draft, calls)
        slots = [draft.slot([(c, name)], v.gold) for c, v in zip(calls, values, strict=True)]
        parameter = api.parameter(name)
        if chance.random() < 0.62 or len(values) > 2:
            tail = _listed(following(parameter, values[0], slots[0], chance, noun_of(api)), slots, values, chance)
            if len(values) > 1 and chance.random() < 0.15:
                tail += chance.choice((" each", " separately", " respectively", " individually", ", one by one"))
            parts.tails.insert(chance.randint(0, len(parts.tails)), tail)
            return self.speaker.sentence(parts, api.wish)
        one, two = (following(parameter, v, s, chance, noun_of(api)) for v, s in zip(values, slots, strict=True))
        if chance.random() < 0.5:  # the same words again
            two = one.replace(mark(slots[0], values[0].text), mark(slots[1], values[1].text))
        parts.tails.append(chance.choice(TWICE).format(a=one, b=two))
        return self.speaker.sentence(parts, api.wish)

    def _shared(self, api: Api, said: list, draft: Draft, calls: list[int]) -> Parts:
        """Return the parts with arguments that all calls share."""
        parts = self.speaker.parts(api, said, draft, calls[0])
        for fills in draft.slots:
            for call, name in list(fills):
                if call == calls[0] and name in draft.calls[call]["arguments"]:
                    for other in calls[1:]:
                        draft.calls[other]["arguments"][name] = draft.calls[call]["arguments"][name]
                        fills.append((other, name))
        return parts

    def _pairs(self, api: Api, said: list, scalar: list[str], draft: Draft) -> str | None:
        """Two parameters vary: value by value, or every combination."""
        chance = self.chance
        first, second = chance.sample(scalar, 2)
        table = dict(said)
        ones, twos = self._more(api, first, table[first], 2), self._more(api, second, table[second], 2)
        if ones is None or twos is None:
            return None
        crossed = chance.random() < 0.3
        places = [(i, j) for i in range(2) for j in range(2)] if crossed else [(0, 0), (1, 1)]
        calls = [draft.call(api) for _ in places]
        parts = self._shared(api, [s for s in said if s[0] not in (first, second)], draft, calls)
        left = [
            draft.slot([(c, first) for c, (i, _) in zip(calls, places, strict=True) if i == k], ones[k].gold)
            for k in range(2)
        ]
        right = [
            draft.slot([(c, second) for c, (_, j) in zip(calls, places, strict=True) if j == k], twos[k].gold)
            for k in range(2)
        ]
        a, b = api.parameter(first), api.parameter(second)
        one, two = (
            following(a, ones[0], left[0], chance, noun_of(api)),
            following(b, twos[0], right[0], chance, noun_of(api)),
        )
        if crossed:
            tail = _listed(one, left, ones, chance)
            tail += f" {chance.choice(CROSSED)} {_listed(two, right, twos, chance)}"
        elif chance.random() < 0.45:
            tail = f"{_listed(one, left, ones, chance)} {_listed(two, right, twos, chance)}"
            tail += chance.choice(PAIRED)
        else:
            again = (
                one.replace(mark(left[0], ones[0].text), mark(left[1], ones[1].text)),
                two.replace(mark(right[0], twos[0].text), mark(right[1], twos[1].text)),
            )
            tail = chance.choice(TWICE).format(a=f"{one} {two}", b=" ".join(again))
        parts.tails.append(tail)
        return self.speaker.sentence(parts, api.wish)

    def _tuples(self, api: Api, said: list, draft: Draft) -> str | None:
        """Numbers in brackets: `(2, 3) and (4, 5)`."""
        chance = self.chance
        names = [p["name"] for p in api.document["parameters"] if p["name"] in dict(said)]
        rows: list[str] = []
        form = chance.choice(("({})", "({})", "[{}]", "{}"))
        inner = chance.choice((", ", ",", " and ")) if form == "{}" else chance.choice((", ", ","))
        labels = [label_of(api.parameter(n), chance) for n in names]
        named = chance.random() < 0.35
        for _ in range(chance.choices((2, 3, 4), (60, 30, 10))[0]):
            call = draft.call(api)
            pieces: list[str] = []
            for name, label in zip(names, labels, strict=True):
                value = self.speaker.value(api, name)
                if not isinstance(value, Said):
                    return None
                value.text = value.text.replace(",", "")
                piece = mark(draft.slot([(call, name)], value.gold), value.text)
                pieces.append(f"{label} {piece}" if named else piece)
            rows.append(form.format(inner.join(pieces)))
        between = chance.choice(("; ", ", and ", " and then ", "; and ")) if form == "{}" else ""
        listed = between.join(rows) if between else joined(rows, chance)
        ahead = (
            ""
            if named
            else chance.choice(
                (
                    "",
                    f"with {inner.strip().replace(',', ' and')} of ",
                    "the pairs " if len(names) == 2 else "",
                    f"{' and '.join(labels)} ",
                )
            )
        )
        if ahead.startswith("with"):
            ahead = f"with {' and '.join(labels)} of "
        return self.speaker.sentence(
            Parts(
                said_wish(api.wish, chance),
                [
                    f"{chance.choice(('for ', 'using ', 'of ', 'for the values '))}{ahead}{listed}".replace(
                        "for with", "with"
                    )
                    .replace("of with", "with")
                    .replace("using with", "with")
                ],
                noun=api.wish.rest,
            ),
            api.wish,
        )

    def _whole(self, api: Api, draft: Draft) -> str | None:
        """The whole wish twice, with values of its own each time."""
        return self.different([api, api], draft)

    def different(self, apis: list[Api], draft: Draft) -> str | None:
        """Return an instruction for one call of each API."""
        chance = self.chance
        pieces: list[str] = []
        after: list[str] = []
        for api in apis:
            said = self.speaker.choose(api)
            if said is None:
                return None
            parts = self.speaker.parts(api, said[:4] if len(api.required) <= 4 else said, draft, draft.call(api))
            body = " ".join(
                (
                    parts.phrase,
                    self.speaker.joined(parts.tails),
                    *(("- " + s.rstrip(".") for s in parts.sentences) if chance.random() < 0.3 else ()),
                )
            ).strip()
            if parts.sentences and "- " not in body:
                body = f"{ended(body, chance)} {' '.join(parts.sentences)}".rstrip(".")
            pieces.append(body)
        text = pieces[0]
        for number, piece in enumerate(pieces[1:]):
            form = (
                chance.choice(BOTH)
                if not number
                else chance.choice([f for f in BOTH if f.startswith("{a}") and "{A}" not in f])
            )
            if number and re.match(r"(1\.|-)", text):
                form = "{a} 3. {B}" if text.startswith("1.") else "{a}\n- {B}"
            text = form.format(
                a=text.rstrip(".?") if not number else text.rstrip("."),
                b=lowered(piece),
                A=capital(text),
                B=capital(piece),
            )
        if chance.random() < 0.3 and not re.match(r"(1\.|-|I['’ ]|Can |First|Before|Please)", text):
            text = chance.choice(
                [f for f in (ORDERS if ADDRESSED.search(text) else FRAMES) if f.endswith("{}.") or f.endswith("{}?")]
            ).format(text.rstrip(".?"))
        return " ".join([text, *after])

    def sharing(self, one: Api, two: Api, name: str, draft: Draft) -> str | None:
        """Return an instruction for two APIs that take the same value, said once."""
        chance = self.chance
        said = [self.speaker.choose(api) for api in (one, two)]
        if said[0] is None or said[1] is None or name not in dict(said[0]) or name not in dict(said[1]):
            return None
        value = dict(said[0])[name]
        if not isinstance(value, Said):
            return None
        calls = [draft.call(one), draft.call(two)]
        bodies = []
        for api, arguments, call in zip((one, two), said, calls, strict=True):
            parts = self.speaker.parts(api, [a for a in arguments or [] if a[0] != name], draft, call)
            bodies.append(
                " ".join((parts.phrase, self.speaker.joined(parts.tails))).strip()
                + "".join(" " + s for s in parts.sentences)
            )
        slot = draft.slot([(calls[0], name), (calls[1], name)], value.gold)
        phrase = mention(one.parameter(name), value, slot, chance)
        a, b = bodies[0].rstrip("."), bodies[1].rstrip(".")
        return chance.choice(
            (
                f"{a} and {b}, both {phrase}.",
                f"{a} and {b} {phrase}.",
                f"{phrase}: {a} and {b}.",
                f"{a} {phrase} and {b} too.",
                f"{a} {phrase}. Also {b} for the same one.",
                f"{a} {phrase}, then {b} as well.",
                f"I need to {a} and to {b}, all {phrase}.",
            )
        )


def following(parameter: dict, said: Said, slot: int, chance: random.Random, title_of: str = "") -> str:
    """Return a mention that may stand anywhere, not only after another one."""
    return re.sub(r"^(and|,|-) ", "", mention(parameter, said, slot, chance, title_of)).rstrip(",")


def _form(text: str) -> str:
    return re.sub(r"[a-z]+", "a", re.sub(r"[A-Z]+", "A", re.sub(r"\d+", "9", text)))


def _listed(phrase: str, slots: list[int], values: list[Said], chance: random.Random) -> str:
    """Return a phrase that mentions the first value with all of them in its place."""
    marked = [mark(s, v.text) for s, v in zip(slots, values, strict=True)]
    return re.sub(f"{OPEN}[^{CLOSE}]*{CLOSE}", lambda _: joined(marked, chance), phrase, count=1)
