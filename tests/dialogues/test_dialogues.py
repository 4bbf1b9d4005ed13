"""The dialogues of the paper's Figures 4 to 12, played through the real parts and judged by the world they leave.

They are reconstructions: the figures themselves are not at hand, so each dialogue is written to satisfy every
statement that the paper's text and captions make about it. `README.md` explains the files.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from dialogue_checks import CHECKS
from dialogue_files import Dialogue, Statement, dialogues
from dialogue_player import STAND_INS, Stage

from taskmatrix import TaskMatrix
from taskmatrix.evaluation.planning import without_composition

Perform = Callable[[str, str], Stage]

DIALOGUES = dialogues()
PARTS = [(file, variant.name) for file, dialogue in DIALOGUES.items() for variant in dialogue.variants]


def _statements() -> Iterator[object]:
    for file, dialogue in DIALOGUES.items():
        for number, statement in enumerate(dialogue.statements, 1):
            for variant in dialogue.variants:
                if not statement.only or variant.name in statement.only:
                    label = "-".join(filter(None, (file, variant.name, f"{number:02}", statement.check or "skipped")))
                    yield pytest.param(file, variant.name, statement, id=label)


@pytest.mark.parametrize(("file", "variant", "said"), list(_statements()))
def test_the_dialogue_does_what_the_paper_says(perform: Perform, file: str, variant: str, said: Statement) -> None:
    if said.skip:
        pytest.skip(said.skip)
    CHECKS[said.check](perform(file, variant), **said.given)


@pytest.mark.parametrize(("file", "variant"), PARTS)
def test_every_turn_is_done_and_the_model_was_told_what_its_replies_presume(
    perform: Perform, file: str, variant: str
) -> None:
    stage = perform(file, variant)
    for number, played in enumerate(stage.turns, 1):
        if played is None:
            continue
        assert played.run.status == "done", (number, played.told.error)
        assert played.unasked == 0, number
        for asked in played.asked:
            for words in asked.reply.knows:
                assert words in asked.prompt, f"turn {number}, {asked.reply.to}: {words!r} is not in\n{asked.prompt}"


@pytest.mark.parametrize(("file", "dialogue"), list(DIALOGUES.items()), ids=list(DIALOGUES))
def test_a_file_names_known_checks_and_packages_and_says_of_what_it_is(file: str, dialogue: Dialogue) -> None:
    assert [int(number) for number in re.findall(r"\d+", file)] == list(dialogue.figures)
    assert {statement.check for statement in dialogue.statements} - {""} <= set(CHECKS)
    assert set(dialogue.packages) <= {*STAND_INS, "powerpoint"}
    for variant in dialogue.variants:
        said = {f"@{name}" for name in variant.texts}
        used = {line for turn in dialogue.turns for reply in turn.replies for line in reply.lines}
        assert said <= used


def test_every_check_holds_a_statement() -> None:
    assert {statement.check for dialogue in DIALOGUES.values() for statement in dialogue.statements} >= set(CHECKS)


@pytest.mark.parametrize("variant", [variant.name for variant in DIALOGUES["figure_12"].variants])
def test_without_composition_instructions_the_wrong_order_is_not_caught(
    variant: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    wrong = next(each for each in DIALOGUES["figure_12"].variants if each.name == variant).texts["wrong"]
    with TaskMatrix(home=tmp_path_factory.mktemp("home"), model="embedded") as tm:
        documents = {document.id: document for document in tm.registry.documents("powerpoint")}
        code = "\n".join(line for line in wrong if not line.startswith("```"))
        assert not tm.verifier.check(code, tuple(documents.values())).ok
        assert tm.verifier.check(code, tuple(without_composition(documents).values())).ok
