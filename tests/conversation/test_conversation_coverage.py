from taskmatrix.conversation.coverage import steps_left_out
from taskmatrix.core.events import Choice, StepChoices
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Selection

FITS = (Choice(api="a.b", score=0.9),)
SELECTION = Selection(
    steps=(
        StepChoices(step="in the file", choices=()),
        StepChoices(step="do it", choices=FITS),
        StepChoices(step="mail it", choices=()),
    ),
    documents=(),
)


def test_a_step_without_an_api_is_left_out_if_no_line_belongs_to_it() -> None:
    program = Program(code="from a import b\n\n# 1. in the file\nb(1)\n# 2. do it\nb(2)\n# 3. mail it\n")
    assert steps_left_out(SELECTION, program) == ["mail it"]


def test_lines_inside_a_loop_belong_to_the_step_above_them() -> None:
    program = Program(code="# 1. in the file\nfor x in y:\n    # 3. mail it\n    b(x)\n")
    assert steps_left_out(SELECTION, program) == []


def test_a_step_that_an_api_fits_is_the_writers_business() -> None:
    assert steps_left_out(SELECTION, Program(code="b(1)")) == ["in the file", "mail it"]
