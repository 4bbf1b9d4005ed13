"""Dialogues for one call: values asked for one by one, offered, confirmed, corrected, and taken over from before.

A case is what was said up to the turn that settles a call. Its values may stand anywhere before; where two were given
for one parameter, the last that was agreed on counts.
"""

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dialogue_phrases import (
    ACCEPTING,
    ANNOUNCING,
    ANSWERING,
    ASKING,
    ASKING_IF,
    ASKING_ON,
    ASKING_TWO,
    CHANGING,
    CLOSING,
    CONFIRMING,
    CORRECTING,
    DONE,
    ENDING,
    FOUND,
    IDLE,
    NO,
    OFFERING,
    OTHERWISE,
    REFUSING,
    WONDERING,
    YES,
)
from generated_documents import Api
from generated_phrases import label_of, mention, said_wish, unmark
from generated_sentences import Draft, Speaker
from generated_values import Said

Near = Callable[[Api, int, float], list[Api]]
"""(API, how many, how much of its wish they may say) → APIs near it."""
Value = Said | bool
NAMED = frozenset("resource person city place company product title category country path slug name".split())
"""Roles whose values an assistant may offer."""
TOKENS = ("token", "access_token", "user_token", "session_id", "auth_token", "session_token")


@dataclass(slots=True)
class Talk:
    """A dialogue in the making: its messages, and the values agreed on so far (parameter → value)."""

    api: Api
    messages: list[dict] = field(default_factory=list)
    agreed: dict[str, Value] = field(default_factory=dict)

    def say(self, role: str, text: str) -> None:
        text = re.sub(r"\s+", " ", text).strip()
        if self.messages and self.messages[-1]["role"] == role:
            self.messages[-1]["content"] += " " + text
        else:
            self.messages.append({"role": role, "content": text})


class Dialogues:
    """Makes dialogues over APIs; `near` finds those that may be spoken of before, or offered beside."""

    def __init__(self, speaker: Speaker, near: Near) -> None:
        self.speaker, self.near = speaker, near
        self.chance: random.Random = speaker.chance

    def make(self, api: Api) -> dict | None:
        """Return messages, calls and the APIs on offer; None where the API gives no dialogue."""
        said = self.speaker.choose(api)
        if not said:
            return None
        chance = self.chance
        talk = Talk(api)
        others = [o for o in self.near(api, chance.choice((1, 2, 3, 5)), 0.85) if o is not api]
        wanted = dict(said)
        if chance.random() < 0.4:
            self.prelude(talk, wanted, others)
        self.opening(talk, wanted)
        self.filling(talk, wanted)
        if self._hopeless(talk):
            return None
        calls = self.settling(talk)
        return {"messages": talk.messages, "calls": calls, "apis": [api, *others]} if talk.messages else None

    # -- what is said ---------------------------------------------------------------------------------------------

    def prelude(self, talk: Talk, wanted: dict[str, Value], others: Sequence[Api]) -> None:
        """Speak of another matter first; what both take by one name and kind is often not said again."""
        chance = self.chance
        for other in others:
            said = self.speaker.choose(other)
            if not said:
                continue
            values = dict(said)
            for name, value in list(wanted.items()):
                same = values.get(name) is not None and other.roles.get(name) == talk.api.roles.get(name)
                if same and isinstance(value, Said) and chance.random() < 0.7:
                    values[name] = value
                    talk.agreed[name] = wanted.pop(name)
            talk.say("user", self.wish(other, values))
            if chance.random() < 0.3:
                talk.say("tool", json.dumps({chance.choice(("status", "message", "result")): "ok"}))
            talk.say("assistant", chance.choice(DONE))
            if chance.random() < 0.3:
                talk.say("user", chance.choice(IDLE))
                talk.say("assistant", chance.choice(CLOSING))
            return

    def opening(self, talk: Talk, wanted: dict[str, Value]) -> None:
        """Say the wish with some of its values."""
        chance = self.chance
        if chance.random() < 0.12:
            talk.say("user", chance.choice(("Hi", "Hello", "Hi there!", "hey", "Hello, I need some help.")))
            talk.say("assistant", chance.choice(("Hello, how can I help?", "Hi! What can I do for you?", "Yes?")))
        count = chance.choices((0, 1, 2, 9), (35, 35, 15, 15))[0]
        names = chance.sample(list(wanted), min(count, len(wanted)))
        first = {name: wanted.pop(name) for name in names}
        talk.say("user", self.wish(talk.api, first, talk.agreed))

    def wish(self, api: Api, values: dict[str, Value], agreed: dict[str, Value] | None = None) -> str:
        """Return the wish with these values said; adds them to what is agreed on."""
        draft = Draft()
        call = draft.call(api)
        parts = self.speaker.parts(api, list(values.items()), draft, call)
        text = self.speaker.toned(self.speaker.sentence(parts, api.wish))
        if agreed is not None:
            agreed |= {name: v for name, v in values.items() if name in draft.calls[call]["arguments"]}
        return unmark(text)[0]

    def filling(self, talk: Talk, wanted: dict[str, Value]) -> None:
        """Ask for what is left, one or two at a time, or offer it."""
        chance = self.chance
        while wanted:
            name = chance.choice(list(wanted))
            value = wanted.pop(name)
            parameter = talk.api.parameter(name)
            label = label_of(parameter, chance)
            if isinstance(value, bool):
                talk.say("assistant", chance.choice(ASKING_IF).format(label))
                talk.say("user", chance.choice(YES if value else NO))
            elif value.role in NAMED and chance.random() < 0.35:
                self.offering(talk, name, value)
            elif wanted and chance.random() < 0.25 and isinstance(second := wanted[min(wanted)], Said):
                other = min(wanted)
                del wanted[other]
                talk.say("assistant", chance.choice(ASKING_TWO).format(label, self.label(talk, other)))
                one, two = self.answer(talk, name, value), self.answer(talk, other, second)
                talk.say("user", f"{one.rstrip('.')}{chance.choice((', ', '. ', ' and ', '; '))}{two}")
                talk.agreed[other] = second
            else:
                talk.say("assistant", chance.choice(ASKING).format(label))
                if chance.random() < 0.08:
                    wrong = self.speaker.value(talk.api, name)
                    if isinstance(wrong, Said) and wrong.text.lower() != value.text.lower():
                        said = f"{self.answer(talk, name, wrong)} {chance.choice(CHANGING).format(value.text)}"
                        talk.say("user", said)
                        talk.agreed[name] = value
                        continue
                talk.say("user", self.answer(talk, name, value))
            talk.agreed[name] = value

    def offering(self, talk: Talk, name: str, value: Said) -> None:
        """The assistant offers a value, at times after one that is refused."""
        chance = self.chance
        if chance.random() < 0.4:
            wrong = self.speaker.value(talk.api, name)
            if isinstance(wrong, Said) and wrong.text.lower() != value.text.lower():
                talk.say("assistant", chance.choice(OFFERING).format(wrong.text))
                talk.say("user", chance.choice(OTHERWISE))
        talk.say("assistant", chance.choice(OFFERING).format(value.text))
        if chance.random() < 0.4:
            talk.say("user", chance.choice(WONDERING))
            talk.say("assistant", chance.choice(FOUND).format(chance.randint(2, 90)))
        talk.say("user", chance.choice(ACCEPTING))

    def label(self, talk: Talk, name: str) -> str:
        return label_of(talk.api.parameter(name), self.chance)

    def answer(self, talk: Talk, name: str, value: Said) -> str:
        """Return an answer to a question for one value."""
        chance = self.chance
        unit = f" {value.unit}" if value.unit else ""
        if chance.random() < 0.15:
            draft = Draft()
            slot = draft.slot([], value.gold)
            return unmark(mention(talk.api.parameter(name), value, slot, chance))[0]
        return chance.choice(ANSWERING).format(value.text + unit, label=self.label(talk, name))

    # -- how it is settled ----------------------------------------------------------------------------------------

    def settling(self, talk: Talk) -> list[dict]:
        """End the dialogue; return its call, or none."""
        chance = self.chance
        roll = chance.random()
        if roll < 0.42:
            self.confirming(talk)
            if chance.random() < 0.1:
                talk.say("user", chance.choice(REFUSING))
                return []
            talk.say("user", chance.choice(YES))
            if chance.random() < 0.25:
                talk.say("user", chance.choice(WONDERING))
        elif roll < 0.62:
            talk.say("assistant", chance.choice(ANNOUNCING).format(said_wish(talk.api.wish, chance)))
        elif roll < 0.72:
            self.again(talk)
        elif roll < 0.80:
            talk.say("assistant", chance.choice(DONE))
            talk.say("user", chance.choice(ENDING))
            return []
        return [self.call(talk)]

    def confirming(self, talk: Talk) -> None:
        """The assistant says again what is to be done; at times it is put right and said once more."""
        chance = self.chance
        talk.say("assistant", self.summary(talk))
        names = [n for n, v in talk.agreed.items() if isinstance(v, Said)]
        if not names or chance.random() > 0.3:
            return
        name = chance.choice(names)
        new = self.speaker.value(talk.api, name)
        old = talk.agreed[name]
        if not isinstance(new, Said) or not isinstance(old, Said) or new.text.lower() == old.text.lower():
            return
        talk.say("user", chance.choice(CORRECTING).format(new.text, label=self.label(talk, name)))
        talk.agreed[name] = new
        talk.say("assistant", self.summary(talk))

    def summary(self, talk: Talk) -> str:
        chance = self.chance
        named = list(talk.agreed.items())
        if chance.random() < 0.5:
            return chance.choice(CONFIRMING).format(self.wish(talk.api, talk.agreed).rstrip(".!?"))
        form = chance.choice(("{} {}", "{}: {}", "{} is {}", "the {} {}"))
        pieces: list[str] = []
        for name, value in named:
            text = value.text if isinstance(value, Said) else "yes" if value else "no"
            pieces.append(form.format(self.label(talk, name), text))
        listed = chance.choice((", ", "; ", " and ")).join(pieces)
        return chance.choice(CONFIRMING).format(f"{said_wish(talk.api.wish, chance)}, {listed}")

    def again(self, talk: Talk) -> None:
        """After it was done, it is wanted once more with another value."""
        chance = self.chance
        talk.say("assistant", chance.choice(DONE))
        names = [n for n, v in talk.agreed.items() if isinstance(v, Said)]
        if not names:
            return
        name = chance.choice(names)
        new = self.speaker.value(talk.api, name)
        old = talk.agreed[name]
        if isinstance(new, Said) and isinstance(old, Said) and new.text.lower() != old.text.lower():
            talk.say("user", chance.choice(ASKING_ON).format(new.text, label=self.label(talk, name)))
            talk.agreed[name] = new

    def call(self, talk: Talk) -> dict:
        arguments = {n: v.gold if isinstance(v, Said) else [v] for n, v in talk.agreed.items()}
        return {"api": talk.api.id, "arguments": arguments}

    def _hopeless(self, talk: Talk) -> bool:
        """Whether a required value was never said, or two values cannot be told apart."""
        texts = [v.text.lower() for v in talk.agreed.values() if isinstance(v, Said)]
        return any(n not in talk.agreed for n in talk.api.required) or len(set(texts)) < len(texts)
