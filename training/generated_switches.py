"""How true and false are said: `with headers on`, `don't include the summary`."""

import random
import re

from generated_phrases import KNOWN_VERBS, mark
from parameter_roles import name_words


def switch(parameter: dict, value: bool, slot: int, chance: random.Random) -> str | None:
    """Return a boolean argument in words; None where its name makes no phrase."""
    name = name_words(parameter["name"])
    name = re.sub(
        r"^(is|should|enable|enabled|use|has|allow|set|show|flag|return|with|do|only) |( flag| enabled| only)$",
        "",
        name,
    )
    if len(name) < 3 or len(name.split()) > 4:
        return None
    return mark(slot, chance.choice(_switched(name)[0 if value else 1]))


def _switched(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return how a switch of that name is said to be on, and to be off."""
    first, _, tail = name.partition(" ")
    if first in ("include", "including", "add") and tail:
        yes = (
            f"include {tail}",
            f"including {tail}",
            f"with {tail}",
            f"and include the {tail}",
            f"include {tail} as well",
            f"{tail} included",
        )
        no = (f"without {tail}", f"excluding {tail}", f"don't include {tail}", f"leave out {tail}", f"no {tail}")
    elif first in ("exclude", "hide", "skip", "ignore", "omit", "disable", "no") and tail:
        yes = (
            f"without {tail}",
            f"{first if first != 'no' else 'exclude'} {tail}",
            f"leaving out {tail}",
            f"no {tail}",
        )
        no = (f"including {tail}", f"don't {first if first != 'no' else 'exclude'} {tail}", f"keep {tail}")
    elif first in KNOWN_VERBS or first in ("notify", "recursive", "overwrite"):
        yes = (
            f"and {name}",
            f"and also {name}",
            f"make sure to {name}",
            f"with {name}",
            f"{name}: yes",
            f"with {name} on",
        )
        no = (f"but don't {name}", f"do not {name}", f"without {name}", f"{name}: no", f"with {name} off")
    else:
        yes = (
            f"with {name} on",
            f"with {name} enabled",
            f"{name} only",
            f"turn on {name}",
            f"make it {name}",
            f"{name}: true",
            f"{name} should be true",
            f"set {name} to true",
            f"with {name}",
            f"only {name} ones",
        )
        no = (
            f"with {name} off",
            f"with {name} disabled",
            f"not {name}",
            f"turn off {name}",
            f"{name}: false",
            f"set {name} to false",
            f"without {name}",
            f"{name} should be off",
            f"no {name}",
        )
    return yes, no
