"""Make a planning set from API documents and from titles beside command lines.

    python training/generate_instructions.py DATA OUT [--cases 80000] [--dialogues | --lists]

DATA holds `corpus/` and `retrieval/`; OUT gets `apis.jsonl` and `cases.jsonl` in the evaluation format. Fixed seed.
Each call has, beside what the format asks for, `spans`: parameter → [start, end] of its value in the instruction.
`kind` says how a case was made. Of the titles only those with an id that `for_training` are read. With `--dialogues`
all cases are dialogues, without spans; with `--lists` all give a list of choices.
"""

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from command_lines import read_azure, read_tldr
from command_titles import Titled, instruct
from encoder_data import SEED, for_training, lines
from everyday_documents import invent
from generated_dialogues import Dialogues
from generated_documents import Api, prepare
from generated_objects import folded_call, folded_document
from generated_phrases import unmark, wish_of
from generated_sentences import Draft, Speaker
from generated_several import SeveralCalls
from parameter_roles import name_words

SOURCES = {
    "jentic": (9_000, 25), "mcp_tools": (2_500, 60), "ppconnectors": (6_000, 25), "google": (2_500, 12), "aws": (2_500,
    12), "office_js": (900, 150), "office_vba": (1_500, 150),
    "py_matplotlib": (300, 20), "py_pandas": (400, 20), "py_pptx": (100, 20), "py_scipy": (500, 20),
    "py_skimage": (250, 20), "py_sympy": (500, 20),
}  # fmt: skip
"""Corpus file → how many documents at most, and how many of one package."""

EVERYDAY = 9_000
"""Draws of invented documents; those that fall together are dropped."""

MOST_SAID = 900
"""Characters of an instruction or a dialogue."""

SHARES = {"human": 0.25, "one": 0.37, "same": 0.13, "different": 0.13, "sharing": 0.03, "none": 0.09}
"""Kind of case → share of all."""


class Pool:
    """The APIs that cases are made for, and those near each of them."""

    def __init__(self, apis: list[Api], chance: random.Random) -> None:
        self.apis = apis
        self.chance = chance
        self.packages: dict[str, list[Api]] = defaultdict(list)
        self.words: dict[str, list[Api]] = defaultdict(list)
        for api in apis:
            api.summary = frozenset(
                stems(
                    f"{api.document['name'].rsplit('.', 1)[-1]} {api.document['description'][:150]} {api.wish.verb} "
                    f"{api.wish.rest}"
                )
            )
            self.packages[api.document["package"]].append(api)
            for word in api.summary:
                self.words[word].append(api)

    def near(self, api: Api, count: int, apart: float) -> list[Api]:
        """Return up to `count` APIs of the same package or of near words; none says more than `apart` of the wish."""
        wanted = frozenset(stems(f"{api.wish.verb} {api.wish.rest}")) or api.summary
        found: list[Api] = []
        for _ in range(6 * count):
            others = self.packages[api.document["package"]]
            if self.chance.random() < 0.5 or len(others) < 2:
                others = self.words[self.chance.choice(sorted(wanted))] if wanted else self.apis
                others = others or self.apis
            other = self.chance.choice(others)
            if (
                other is not api
                and other not in found
                and other.id != api.id
                and len(wanted & other.summary) <= apart * len(wanted)
            ):
                found.append(other)
            if len(found) == count:
                break
        return found


_COMMON = frozenset(
    "the a an of to for in on with and or by from that this is are all it its as your you if new".split()
)


def stems(text: str) -> list[str]:
    return [
        w[:-1] if w.endswith("s") and len(w) > 3 else w
        for w in name_words(text).split()
        if w not in _COMMON and len(w) > 1
    ]


def read_apis(corpus: Path, chance: random.Random) -> list[Api]:
    """Return usable documents of all sources, few of one package, no wish more than twice."""
    found: list[Api] = []
    wishes: Counter[str] = Counter()
    identities: set[str] = set()
    for source, (most, of_package) in SOURCES.items():
        documents = [
            d
            for d in lines(corpus / f"{source}.jsonl.gz")
            if d["parameters"] and len(d["parameters"]) <= 25 and (d["description"] or "")[8:]
        ]
        chance.shuffle(documents)
        packages: Counter[str] = Counter()
        kept = 0
        for document in documents:
            if kept == most:
                break
            if packages[document["package"]] >= of_package:
                continue
            wish = wish_of(document)
            if wish is None or wishes[f"{wish.verb} {wish.rest}".lower()] >= 2:
                continue
            api = prepare(document, source, wish, chance)
            if api is None or not api.roles or (not (api.required or api.optional) and chance.random() < 0.8):
                continue
            if api.id in identities:
                continue
            identities.add(api.id)
            found.append(api)
            kept += 1
            packages[document["package"]] += 1
            wishes[f"{wish.verb} {wish.rest}".lower()] += 1
        print(f"{source}: {kept} documents")
    everyday = [prepare(document, "everyday", wish, chance) for document, wish in invent(EVERYDAY, chance)]
    print(f"invented: {len(everyday)} documents")
    return found + [api for api in everyday if api is not None]


def read_titles(retrieval: Path) -> list[Titled]:
    titles: list[Titled] = []
    for name, read in (("azure_cli", read_azure), ("tldr", read_tldr)):
        documents = {f"{d['package']}.{d['name']}": d for d in lines(retrieval / name / "apis.jsonl.gz")}
        cases = [c for c in lines(retrieval / name / "cases.jsonl.gz") if for_training(str(c["id"]))]
        found = read(documents, cases)
        print(f"{name}: {len(found)} of {len(cases)} titles")
        titles += found
    return titles


class Generator:
    def __init__(self, apis: list[Api], titles: list[Titled], chance: random.Random) -> None:
        self.chance = chance
        topics = [a.wish.rest for a in apis if 1 < len(a.wish.rest.split()) < 5 and a.wish.rest.islower()]
        self.speaker = Speaker(chance, topics)
        self.several = SeveralCalls(self.speaker)
        self.titles = titles
        self.pool = Pool(apis, chance)
        self.talked_of = [a for a in apis if a.source == "everyday"]
        self.dialogues = Dialogues(self.speaker, self.pool.near)
        unique = {t.api.id: t.api for t in titles}
        self.commands = Pool(list(unique.values()), chance)
        self.makers: dict[str, Callable[[], dict | None]] = {
            "human": self.human, "one": self.one, "same": self.same, "different": self.different,
            "sharing": self.sharing, "none": self.none, "dialogue": self.dialogue,
        }  # fmt: skip
        self.next: dict[str, Iterator] = {}

    def turn(self, name: str, items: list):
        """Return items in turn, in a new order each round."""
        if name not in self.next:
            self.next[name] = self._rounds(items)
        return next(self.next[name])

    def _rounds(self, items: list) -> Iterator:
        while True:
            order = items[:]
            self.chance.shuffle(order)
            yield from order

    def human(self) -> dict | None:
        example: Titled = self.turn("human", self.titles)
        draft = Draft()
        text = instruct(example, self.speaker, draft)
        return text and self.case(text, draft, [example.api], self.commands)

    def one(self) -> dict | None:
        api: Api = self.turn("one", self.pool.apis)
        draft = Draft()
        text = self.single(api, draft)
        return text and self.case(text, draft, [api], self.pool)

    def single(self, api: Api, draft: Draft) -> str | None:
        said = self.speaker.choose(api)
        if said is None:
            return None
        call = draft.call(api)
        if said and self.chance.random() < 0.13:
            return self.speaker.terse(api, said, draft, call)
        return self.speaker.sentence(self.speaker.parts(api, said, draft, call), api.wish)

    def same(self) -> dict | None:
        api: Api = self.turn("same", self.pool.apis)
        draft = Draft()
        text = self.several.same(api, draft)
        return text and self.case(text, draft, [api], self.pool)

    def different(self) -> dict | None:
        first: Api = self.turn("different", self.pool.apis)
        count = self.chance.choice((1, 1, 1, 2))
        apis = [first]
        for _ in range(count):
            near = (
                self.pool.near(apis[-1], 1, 0.7)
                if self.chance.random() < 0.6
                else [self.chance.choice(self.pool.apis)]
            )
            apis += [a for a in near if a not in apis]
        if len(apis) < 2:
            return None
        if self.chance.random() < 0.12:
            apis.append(self.chance.choice(apis))
        draft = Draft()
        text = self.several.different(apis, draft)
        return text and self.case(text, draft, apis, self.pool)

    def sharing(self) -> dict | None:
        one: Api = self.turn("sharing", self.pool.apis)
        for two in self.pool.near(one, 3, 0.8):
            for name in one.required + one.optional[:3]:
                if name in two.roles and two.roles[name] == one.roles[name]:
                    draft = Draft()
                    text = self.several.sharing(one, two, name, draft)
                    return text and self.case(text, draft, [one, two], self.pool)
        return None

    def none(self) -> dict | None:
        """An instruction with its own API left out of the offer."""
        if self.chance.random() < 0.25:
            example: Titled = self.turn("human", self.titles)
            text, api, pool = (
                instruct(example, self.speaker, Draft()),
                example.api,
                self.chance.choice((self.commands, self.pool)),
            )
        else:
            api, pool = self.turn("none", self.pool.apis), self.pool
            text = self.single(api, Draft())
        near = pool.near(api, self.chance.choice((1, 1, 2, 3, 4)), 0.6)
        return self.case(text, Draft(), [], pool, near) if text and near else None

    def dialogue(self) -> dict | None:
        """A dialogue, half of them over documents of everyday matters."""
        everyday = self.talked_of and self.chance.random() < 0.5
        made = self.dialogues.make(self.turn("talk", self.talked_of) if everyday else self.turn("one", self.pool.apis))
        if made is None:
            return None
        offered = list({a.id: a for a in made["apis"]}.values())
        self.chance.shuffle(offered)
        return {
            "messages": made["messages"],
            "apis": [a.id for a in offered],
            "expected": [{"id": f"c{i}", **c} for i, c in enumerate(made["calls"])],
            "order": "any",
            "_offered": offered,
        }

    def case(self, text: str, draft: Draft, apis: list[Api], pool: Pool, near: list[Api] | None = None) -> dict:
        plain, spans = unmark(self.speaker.toned(text))
        if near is None:
            near = [n for n in pool.near(apis[0], self.chance.choice((0, 0, 1, 2, 3, 4)), 0.85) if n not in apis]
        for call in draft.calls:
            call["spans"] = {}
        for slot, fills in enumerate(draft.slots):
            for number, name in fills:
                if slot in spans:
                    draft.calls[number]["spans"][name] = list(spans[slot])
        offered = list({a.id: a for a in [*apis, *near]}.values())
        self.chance.shuffle(offered)
        return {
            "instruction": plain,
            "apis": [a.id for a in offered],
            "expected": [{"id": f"c{i}", **c} for i, c in enumerate(draft.calls)],
            "order": "any",
            "_offered": offered,
        }


_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (list,),
    "boolean": (bool,),
}


def sound(case: dict) -> bool:
    """Whether every required argument is there, has its place in the text and the type the document asks for."""
    documents = {a.id: a.document for a in case["_offered"]}
    for call in case["expected"]:
        for parameter in documents[call["api"]]["parameters"]:
            gold = call["arguments"].get(parameter["name"])
            kind = parameter["schema"].get("type")
            if gold is None:
                if parameter["required"]:
                    return False
                continue
            if (parameter["name"] not in call.get("spans", [parameter["name"]]) and kind != "boolean") or not gold:
                return False
            if kind in _TYPES and not all(isinstance(g, _TYPES[kind]) for g in gold):
                return False
    return True


def gives_choices(case: dict) -> bool:
    """Whether a call of a case gives some of the choices of a list."""
    roles = {a.id: a.roles for a in case["_offered"]}
    return any(roles[call["api"]].get(name) == "choices" for call in case["expected"] for name in call["arguments"])


def said_in(case: dict) -> str:
    """Return all that is said in a case, in lower case."""
    said = case.get("instruction") or "\n".join(m["content"] for m in case["messages"])
    return said.lower()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cases", type=int, default=80_000)
    parser.add_argument("--dialogues", action="store_true")
    parser.add_argument("--lists", action="store_true")
    given = parser.parse_args()
    chance = random.Random(SEED)
    generator = Generator(read_apis(given.data / "corpus", chance), read_titles(given.data / "retrieval"), chance)
    given.out.mkdir(parents=True, exist_ok=True)
    used: dict[str, Api] = {}
    seen: set[str] = set()
    counts: Counter[str] = Counter()
    shares = {"dialogue": 1.0} if given.dialogues else SHARES
    kinds = list(shares)
    with (given.out / "cases.jsonl").open("w") as stream:
        while counts.total() < given.cases:
            kind = chance.choices(kinds, list(shares.values()))[0]
            case = generator.makers[kind]()
            if not case or not sound(case) or (said := said_in(case)) in seen or not 8 < len(said) < MOST_SAID:
                continue
            seen.add(said)
            if given.lists and not gives_choices(case):
                continue
            offered = {a.id: a for a in case.pop("_offered")}
            used |= offered
            case["expected"] = [folded_call(call, offered[call["api"]].folds) for call in case["expected"]]
            stream.write(
                json.dumps({"id": f"made-{kind}-{counts.total()}", **case, "kind": kind}, ensure_ascii=False) + "\n"
            )
            counts[kind] += 1
    with (given.out / "apis.jsonl").open("w") as stream:
        for api in used.values():
            stream.write(json.dumps(folded_document(api.document, api.folds), ensure_ascii=False) + "\n")
    print(f"{counts.total()} cases for {len(used)} APIs: {dict(counts)}")


if __name__ == "__main__":
    main()
