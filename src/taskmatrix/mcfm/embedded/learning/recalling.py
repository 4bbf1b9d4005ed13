"""Planning with the memory: what it says of the APIs and arguments of the request in hand.

Where examples show whole programs for such instructions, or steps that came with the instruction, the program is put
together call by call as in the examples. Else the memory only shifts what the cross-encoder reads.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from taskmatrix.core.protocols import Turn
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.encoder.decoding import Blend
from taskmatrix.mcfm.embedded.encoder.options import Option
from taskmatrix.mcfm.embedded.instruction.clauses import Clause, asks
from taskmatrix.mcfm.embedded.instruction.conjuncts import says_where
from taskmatrix.mcfm.embedded.learning import lessons as told
from taskmatrix.mcfm.embedded.learning.blending import Read, blend, weigh
from taskmatrix.mcfm.embedded.learning.lessons import Past
from taskmatrix.mcfm.embedded.learning.memory import NOTHING, Guess, Memory
from taskmatrix.mcfm.embedded.learning.units import Unit, links, steps, whole
from taskmatrix.mcfm.embedded.linking import points_back

SURE = 0.5
"""A whole program is recalled only if it is likelier than not."""
SURE_ALONE = 0.75
"""So is the one call of an instruction of one clause if it is as likely as this."""
WORTH_OFFERING = 0.2
"""An API is on offer whatever the search finds if examples call it with this probability."""
BETA = 1.0
"""How much the odds of the memory weigh beside those of the cross-encoder."""
LEAST = 1e-3
"""A probability of the memory counts as no less than this."""
OMITTED = 0.97
"""Words are not looked for a parameter that is left out as likely as this."""
WORTH_READING = 0.3
"""The words are read where this share of a parameter's probability hangs on them."""


@dataclass(frozen=True, slots=True)
class RecalledCall:
    """One call of a recalled program: its API and how sure, its unit (step 1…), and its place in the unit."""

    view: ApiView
    unit: Unit
    step: int
    confidence: float
    place: int
    many: int


@dataclass
class Recall:
    """The memory on one request over the APIs on offer."""

    memories: Sequence[Memory]
    instruction: str
    turns: Sequence[Turn] = ()
    outline: Sequence[str] = ()
    views: Mapping[str, ApiView] = field(default_factory=dict[str, ApiView])

    @cached_property
    def _whole(self) -> Unit:
        return whole(self.instruction, self.turns)

    def part(self, text: str) -> "Recall":
        """Return the memory on a part of the instruction alone."""
        return replace(self, instruction=text, outline=())

    def apart(self, clauses: Sequence[Clause]) -> list[list[Clause]]:
        """Return what is asked one after the other, where examples know each of several: `close the blinds and …`.

        Not where it begins with what holds for all of it (`in the office, …`); what points back stays together.
        """
        found: list[list[Clause]] = []
        for clause in clauses if len(clauses) > 1 and not says_where(clauses[0]) else ():
            starts = asks(clause) or self.part(clause.text).is_known()
            if not found or (starts and not points_back(clause)):
                found.append([])
            found[-1].append(clause)
        known = len(found) > 1 and all(self.part(" ".join(c.text for c in some)).is_known() for some in found)
        return found if known else []

    def is_known(self) -> bool:
        """Whether examples call something for such words."""
        guess = self.apis(self._whole)
        return guess.trust * (1 - guess.chances.get("", 0.0)) > SURE

    def program(self, *, alone: bool = False) -> list[RecalledCall]:
        """Return the calls of the program that examples give for this request; none where they give no whole one.

        `alone`: the instruction has one clause only, so that one call may be all of it.
        """
        found: list[RecalledCall] = []
        for index, unit in enumerate(self._units()):
            guess = self.apis(unit, [c.view.id for c in found])
            sure = guess.trust * guess.chances.get(guess.best, 0.0)
            called = [a for a in guess.best.split("|") if a]
            needed = SURE if unit.is_step or len(called) > 1 else SURE_ALONE if alone else 2.0
            if sure < needed:
                return []
            many = len(called)
            found += [RecalledCall(self.views[a], unit, index + 1, sure, n, many) for n, a in enumerate(called)]
        return found

    def offered(self) -> list[str]:
        """Return the APIs of the programs that examples give for such requests, best first, whatever is on offer."""
        found: list[str] = []
        for unit in self._units():
            guess = max((m.apis(unit, found, None) for m in self.memories), key=lambda g: g.trust, default=NOTHING)
            for label, chance in sorted(guess.chances.items(), key=lambda c: -c[1]):
                if guess.trust * chance > WORTH_OFFERING:
                    found += [a for a in label.split("|") if a and a not in found]
        return found

    def _units(self) -> list[Unit]:
        if self.outline and any("apis step" in m.models for m in self.memories):
            return steps(self.instruction, self.outline)
        return [self._whole]

    def apis(self, unit: Unit, before: Sequence[str] = ()) -> Guess:
        """Return what the memory that is most to be believed says of the APIs of a unit."""
        offered = frozenset(self.views)
        return max((m.apis(unit, before, offered) for m in self.memories), key=lambda g: g.trust, default=NOTHING)

    def fits(self, read: Mapping[str, float], *, alone: bool = False) -> dict[str, float]:
        """Return the probabilities that APIs are called, from those that the cross-encoder gives.

        The odds of both are multiplied, those of the memory as far as it is believed: each tells apart what the other
        does not. Words like those of examples ask for something, though no API alone may seem likely; words like those
        that ask for nothing (`how old is the moon` of a home) speak against each API that examples call. One that no
        example calls loses only where the words are nearly those of one. `alone`: the instruction has one clause, so
        that examples may say that one call is all of it.
        """
        guess = self.apis(self._whole)
        if not read or not guess.chances or guess.trust <= 0:
            return dict(read)
        called = {a: sum(p for c, p in guess.chances.items() if a in c.split("|")) for a in read}
        most = max(called.values(), default=0.0)
        asked = max(1 - guess.chances.get("", 0.0), LEAST)
        odds: dict[str, float] = {}
        for api, fits in read.items():
            known = any(m.knows(api) for m in self.memories)
            believed = guess.trust if known else max(0.0, 10 * guess.trust - 9)
            against = (asked * max(called[api], LEAST) / max(most, LEAST)) ** (believed * BETA)
            odds[api] = against * fits / max(1e-6, 1 - fits)
        nothing = math.prod(1 - fits for fits in read.values())
        some = (1 - guess.trust) * (1 - nothing) + guess.trust * (1 - guess.chances.get("", 0.0))
        total = sum(odds.values())
        found = {api: max(o / (1 + o), some * o / max(total, 1e-9)) for api, o in odds.items()}
        best = max(found, key=lambda api: (found[api], api))
        if alone:
            single = guess.trust * sum(p for c, p in guess.chances.items() if c and "|" not in c)
            found = {api: fits if api == best else fits * (1 - single) for api, fits in found.items()}
        if some > SURE and guess.trust > SURE:
            found[best] = max(found[best], SURE)
        return found

    def likely(self) -> list[ApiView]:
        """Return the APIs that are worth reading because examples called them."""
        guess = self.apis(self._whole)
        found = [a for c, p in guess.chances.items() if guess.trust * p > 0.05 for a in c.split("|") if a]
        return [self.views[a] for a in dict.fromkeys(found)]

    def arguments(
        self, unit: Unit, api: str, place: int = 0, many: int = 1, past: Sequence[Past] = ()
    ) -> dict[str, Guess]:
        """Return what the memory that is most to be believed says of each parameter of a call."""
        names = [p.name for p in self.views[api].parameters]
        said = [m.arguments(unit, api, names, place, many, past) for m in self.memories]
        return {n: max((guesses[n] for guesses in said), key=lambda g: g.trust, default=NOTHING) for n in names}

    def blender(
        self,
        api: str,
        unit: Unit | None = None,
        place: int = 0,
        many: int = 1,
        past: Sequence[Past] = (),
        read: Read | None = None,
    ) -> Blend:
        """Return what blends the memory into the options of an API's parameters; `read` reads words of the unit."""
        said_by = unit or self._whole
        guesses = self.arguments(said_by, api, place, many, past)
        given = [n for n, g in guesses.items() if g.chances and g.chances.get(told.OMITTED, 0.0) < OMITTED]
        words = (m.words(said_by, api, given) for m in self.memories) if read is not None else ()
        heard = next((h for h in words if h is not None), None)

        def blended(parameter: ParameterView, options: Sequence[Option]) -> list[Option]:
            guess = guesses.get(parameter.name, NOTHING)
            if not guess.chances:
                return list(options)
            said = links(said_by, told.names_of(tuple(guess.chances)))
            takes_words = told.SAID in guess.chances and guess.trust > 0
            if takes_words and read is not None and heard is not None and parameter.name in heard.nothing:
                guess, options = weigh(parameter, options, guess, heard, list(said), read)
            return blend(parameter, options, guess, told.copies(past), list(said))

        return blended

    def needs_words(self, call: RecalledCall, past: Sequence[Past]) -> bool:
        """Whether some parameter takes words that examples do not know by name."""
        for guess in self.arguments(call.unit, call.view.id, call.place, call.many, past).values():
            known = links(call.unit, told.names_of(tuple(guess.chances)))
            spoken = 0.0 if known else guess.chances.get(told.SAID, 0.0)
            if 1 - guess.trust * (1 - spoken) > WORTH_READING:
                return True
        return False
