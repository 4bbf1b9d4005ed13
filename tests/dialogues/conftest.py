"""Each dialogue is played once for all that is checked of it."""

from collections.abc import Callable

import pytest
from dialogue_files import dialogues
from dialogue_player import Stage, play

Perform = Callable[[str, str], Stage]


@pytest.fixture(scope="session")
def perform(tmp_path_factory: pytest.TempPathFactory) -> Perform:
    """Return a dialogue, by its file and variant, as it was played."""
    stages: dict[tuple[str, str], Stage] = {}

    def once(file: str, name: str) -> Stage:
        if (file, name) not in stages:
            dialogue = dialogues()[file]
            variant = next(each for each in dialogue.variants if each.name == name)
            stages[file, name] = play(dialogue, variant, tmp_path_factory.mktemp(file))
        return stages[file, name]

    return once
