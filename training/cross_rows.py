"""Training rows of the cross-encoder, made from planning sets in the evaluation format.

A row is one instruction with one API document: whether the API is called, what each parameter is given, and whether
another call of the same API follows. A case with several calls of one API gives a row for each, with the values of
the calls before marked as used.

Beside the keys of the evaluation a case may have `split`: "ask" (no call, though the only API on offer is meant) and
`said`: "all" (a value that is not found is said all the same, in words that were not understood).
"""

import gzip
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from parted_texts import parts_of_other_apis, parts_of_others
from tokenizers import Tokenizer
from unsaid_values import cut_out, made_required, with_another

from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import DocumentError
from taskmatrix.mcfm.embedded.documents.objects import flatten
from taskmatrix.mcfm.embedded.documents.reading import ApiView, read_document
from taskmatrix.mcfm.embedded.encoder.sequences import Pair, Piece, Said, SequenceBuilder
from taskmatrix.mcfm.embedded.instruction.language import content_stems
from taskmatrix.mcfm.embedded.instruction.segments import Place, without
from taskmatrix.mcfm.embedded.learning.aligning import CHOICE, OTHER, SPAN, UNKNOWN, Target, Text, target

MOST_ROW = 288
"""Tokens of a training row: longer ones cost too much."""
NO_MORE = 0.25
"""How often an API that is called once is read again with its values marked as used."""
SHUFFLED = 0.25
"""How often the parameters stand in another order than in the document, which says little of the order in a text."""
UNSAID = 0.4
"""How often a single call is read once more with a value unsaid that it needs: see `unsaid_values`."""
PARTED = 0.6
"""How often several calls are read once more each without the parts that tell of others: see `parted_texts`."""
SEED = 7


@dataclass(slots=True)
class Row:
    """Arrays of one sequence and its targets. `spans` are (parameter, first token, last token), `marks` (parameter,
    place of a choice): of several for a parameter any will do.
    """

    ids: np.ndarray
    roles: np.ndarray
    shapes: np.ndarray
    said: int
    fit: int
    more: int
    places: np.ndarray
    kinds: np.ndarray
    spans: np.ndarray
    marks: np.ndarray
    offered: np.ndarray
    weight: float = 1.0
    source: str = ""


@dataclass(slots=True)
class Pool:
    """The APIs of a set, with an index from stems to them for finding near ones."""

    views: dict[str, ApiView]
    by_stem: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for name, view in self.views.items():
            for stem in {*view.name_stems, *view.description_stems[:12]}:
                self.by_stem[stem].append(name)

    def near(self, view: ApiView, text_stems: Sequence[str], rng: random.Random, count: int) -> list[str]:
        """Return some of the APIs that share most with an API or the instruction."""
        votes: Counter[str] = Counter()
        for stem in {*view.name_stems, *text_stems}:
            hits = self.by_stem.get(stem, [])
            for name in hits if len(hits) < 60 else rng.sample(hits, 60):
                votes[name] += 1 / (1 + len(hits)) ** 0.5
        near = [name for name, _ in votes.most_common(14) if name != view.id]
        rng.shuffle(near)
        return near[:count]


def lines(path: Path) -> Iterator[dict]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as handle:
        for line in handle:
            yield json.loads(line)


def read_set(folder: Path) -> tuple[Pool, list[dict]]:
    """Return the APIs and cases of a planning set."""
    views: dict[str, ApiView] = {}
    for data in lines(next(folder.glob("apis.jsonl*"))):
        try:
            document = parse_document(data)
        except DocumentError:
            continue
        views[document.id] = read_document(document)
    return Pool(views), list(lines(next(folder.glob("cases.jsonl*"))))


def load_tokenizer(file: Path) -> Tokenizer:
    """Return the tokenizer, without the padding that it was saved with."""
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


class RowMaker:
    """Makes rows of cases."""

    def __init__(
        self, tokenizer: Tokenizer, seed: int = SEED, no_more: float = NO_MORE, parted: float = PARTED
    ) -> None:
        self.builder = SequenceBuilder(tokenizer)
        self.rng = random.Random(seed)
        self.no_more = no_more
        self.parted = parted

    def rows(self, case: dict, pool: Pool, negatives: float, source: str) -> Iterator[Row]:
        """Yield the rows of one case; `negatives` is how many APIs that are not called come with it on average."""
        said, now = said_of(case), datetime.fromisoformat(case["now"]) if case.get("now") else None
        pieces = self.builder.pieces(said)
        if not pieces or (not any(p.role == 1 for p in pieces) and not case.get("messages")):
            return
        if case.get("split") == "ask":
            views = [pool.views[a] for a in case["apis"] if a in pool.views]
            if len(views) == 1:  # else which of them fits, though a value is missing, is not known
                yield from self._made(self.builder.build(pieces, flatten(views[0]))[:1], {}, source, fit=1, more=0)
            return
        text = Text(said.text, now) if now else Text(said.text)
        calls: dict[str, list[dict]] = defaultdict(list)
        for call in case["expected"]:
            calls[call["api"]].append(call)
        called = {api: pool.views[api] for api in calls if api in pool.views}
        for api, view in called.items():
            yield from self._positive(pieces, text, view, calls[api], source, all_said=case.get("said") == "all")
        if len(case["expected"]) > 1 and not case.get("messages") and self.rng.random() < self.parted:
            yield from self._parted(text, {api: (view, calls[api]) for api, view in called.items()}, source)
        count = int(negatives + self.rng.random())
        offered = [a for a in case.get("apis") or () if a not in calls and a in pool.views]
        if case.get("apis"):
            # At 16 and more on offer most are far away: the near ones teach more.
            self.rng.shuffle(offered)
        elif called:
            near = pool.near(next(iter(called.values())), content_stems(said.text[-300:]), self.rng, count)
            offered = [a for a in near if a not in calls]
        if not calls:
            count = max(count, 2)
        for api in offered[:count]:
            yield from self._negative(pieces, pool.views[api], source)
        if called and len(case["expected"]) == 1 and not case.get("messages") and self.rng.random() < UNSAID:
            [call], [view] = case["expected"], called.values()
            yield from self._unsaid(said.text, view, call, [pool.views[api] for api in offered[:1]], source)

    def _parted(self, text: Text, called: dict[str, tuple[ApiView, list[dict]]], source: str) -> Iterator[Row]:
        """The calls of an instruction, each read without the parts of it that tell of others."""
        told = {
            api: [{p.name: target(p, inside(flat, c["arguments"]), text) for p in flat.parameters} for c in calls]
            for api, (view, calls) in called.items()
            for flat in [flatten(view)]
        }
        for api, (view, calls) in called.items():
            parts = parts_of_others(text.text, told[api]) if len(calls) > 1 else []
            for call, away in self.rng.sample([*zip(calls, parts, strict=False)], min(2, len(parts))):
                yield from self._without(text, away, view, call, source)
        if len(called) > 1:
            for api, away in parts_of_other_apis(text.text, told, text.values).items():
                view, calls = called[api]
                if away and len(calls) == 1:
                    yield from self._without(text, away, view, calls[0], source)

    def _without(self, text: Text, away: Sequence[Place], view: ApiView, call: dict, source: str) -> Iterator[Row]:
        """One call, told by what is left of the text; nothing where what it takes is not left."""
        left, view = Text(without(text.text, away)), self._ordered(flatten(view))
        arguments = inside(view, call["arguments"])
        targets = {p.name: target(p, arguments, left) for p in view.parameters}
        if all(t.kind != OTHER for t in targets.values()):
            pieces = self.builder.pieces(Said.of(left.text))
            yield from self._made(self.builder.build(pieces, view), targets, source, fit=1, more=0)

    def _unsaid(self, text: str, view: ApiView, call: dict, others: Sequence[ApiView], source: str) -> Iterator[Row]:
        """One call with a value unsaid that it needs, and APIs that are no more meant than before."""
        view = self._ordered(flatten(view))
        arguments = inside(view, call["arguments"])
        targets = [target(p, arguments, Text(text)) for p in view.parameters]
        left = cut_out(text, view, targets, self.rng) if self.rng.random() < 0.5 else None
        if left is not None:
            words, name = left
            pieces = self.builder.pieces(Said.of(words))
            told = {p.name: target(p, arguments, Text(words)) for p in view.parameters} | {name: Target(OTHER)}
        else:
            pieces = self.builder.pieces(Said.of(text))
            grown = made_required(view, targets, self.rng) or (others and with_another(view, others[0], self.rng))
            if not grown:
                return
            # What the parameter takes that is needed now is not known for certain: it may be said after all.
            told = {p.name: t for p, t in zip(view.parameters, targets, strict=True) if grown.parameter(p.name) == p}
            view = grown
        yield from self._made(self.builder.build(pieces, view), told, source, fit=1, more=0)
        for other in others if left is not None else ():
            yield from self._negative(pieces, other, source)

    def _positive(
        self, pieces: Sequence[Piece], text: Text, view: ApiView, group: list[dict], source: str, *, all_said: bool
    ) -> Iterator[Row]:
        view = self._ordered(flatten(view))
        told = [(call, [target(p, inside(view, call["arguments"]), text) for p in view.parameters]) for call in group]
        told.sort(key=lambda one: min((s for t in one[1] for s, _ in t.spans[:1]), default=0))
        chosen = range(len(told)) if len(told) <= 2 else sorted({0, len(told) - 1, self.rng.randrange(len(told))})
        for index in chosen:
            used = [span for _, targets in told[:index] for t in targets if len(t.spans) == 1 for span in t.spans]
            targets = dict(zip((p.name for p in view.parameters), told[index][1], strict=True))
            if all_said:  # what was not found is said in words that were not understood
                targets = {name: Target(UNKNOWN) if t.kind == OTHER else t for name, t in targets.items()}
            more = int(index + 1 < len(told))
            yield from self._made(self.builder.build(pieces, view, used), targets, source, fit=1, more=more)
        used = [span for _, targets in told for t in targets if len(t.spans) == 1 for span in t.spans]
        if used and self.rng.random() < self.no_more * len(told):
            # Read once more after its last call, the API is not called again.
            yield from self._made(self.builder.build(pieces, view, used)[:1], {}, source, fit=0, more=-1)

    def _ordered(self, view: ApiView) -> ApiView:
        if self.rng.random() >= SHUFFLED:
            return view
        return replace(view, parameters=tuple(self.rng.sample(view.parameters, len(view.parameters))))

    def _negative(self, pieces: Sequence[Piece], view: ApiView, source: str) -> Iterator[Row]:
        yield from self._made(self.builder.build(pieces, flatten(view))[:1], {}, source, fit=0, more=-1)

    def _made(
        self, pairs: Sequence[Pair], targets: dict[str, Target], source: str, *, fit: int, more: int
    ) -> Iterator[Row]:
        """The rows of one API's sequences, but for those that are too long."""
        rows = (as_row(pair, targets, fit=fit, more=more, source=source) for pair in pairs)
        yield from (row for row in rows if row is not None)


def said_of(case: dict) -> Said:
    """Return what is said in a case; the last message of a dialogue is the instruction if it is the user's."""
    if case.get("instruction"):
        return Said.of(case["instruction"])
    messages = [
        (m["role"] if m["role"] in ("user", "assistant") else "tool", str(m["content"])) for m in case["messages"]
    ]
    if messages and messages[-1][0] == "user":
        return Said.of(messages[-1][1], messages[:-1])
    return Said.of("", messages)


def inside(view: ApiView, arguments: dict[str, list]) -> dict[str, list]:
    """Return the accepted values by the names of the flat view: those of objects by property."""
    found = dict(arguments)
    for parameter in view.parameters:
        owner, _, name = parameter.name.partition(".")
        if name and parameter.name not in arguments and arguments.get(owner):
            objects = [value for value in arguments[owner] if isinstance(value, dict)]
            found[parameter.name] = [value[name] for value in objects if name in value]
    return found


def as_row(made: Pair, targets: dict[str, Target], *, fit: int, more: int, source: str) -> Row | None:
    """Turn a sequence and the targets of its parameters into arrays; None for one that is too long."""
    if len(made.ids) > MOST_ROW:
        return None
    kinds, spans, marks, offered = [], [], [], []
    for index, view in enumerate(made.views):
        aimed = targets.get(view.name, Target(UNKNOWN))
        kind = aimed.kind
        offered += [(index, place) for place in made.choices[index]]
        if kind == SPAN:
            found = [tokens for span in aimed.spans if (tokens := _tokens(made, span)) is not None]
            kind = SPAN if found else UNKNOWN
            spans += [(index, first, last) for first, last in found]
        if kind == CHOICE:
            places = [p for p, i in zip(made.choices[index], made.chosen[index], strict=True) if i in aimed.choices]
            kind = CHOICE if places else UNKNOWN
            marks += [(index, place) for place in places]
        kinds.append(kind)
    return Row(
        np.array(made.ids, np.int32),
        np.array(made.roles, np.int8),
        np.array(made.shapes, np.int8),
        len(made.pieces),
        fit,
        more,
        np.array(made.parameters, np.int16),
        np.array(kinds, np.int8),
        np.array(spans, np.int16).reshape(-1, 3),
        np.array(marks, np.int16).reshape(-1, 2),
        np.array(offered, np.int16).reshape(-1, 2),
        source=source,
    )


def _tokens(made: Pair, span: tuple[int, int]) -> tuple[int, int] | None:
    inside = [i for i, p in enumerate(made.pieces) if p.start < span[1] and span[0] < p.end]
    return (made.first + inside[0], made.first + inside[-1]) if inside else None


def main() -> None:
    """Print what is made of a set: python training/cross_rows.py TOKENIZER SET [LIMIT]."""
    tokenizer = load_tokenizer(Path(sys.argv[1]))
    pool, cases = read_set(Path(sys.argv[2]))
    maker = RowMaker(tokenizer)
    kinds: Counter[int] = Counter()
    rows = [row for case in cases[: int(sys.argv[3])] for row in maker.rows(case, pool, 1.0, "set")]
    for row in rows:
        if row.fit:
            kinds.update(row.kinds.tolist())
    print(
        len(rows),
        "rows",
        "mean tokens",
        np.mean([len(r.ids) for r in rows]),
        "kinds",
        dict(kinds),
        "fit",
        np.mean([r.fit for r in rows]),
    )


if __name__ == "__main__":
    main()
