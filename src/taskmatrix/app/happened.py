"""What is to be done after an event: the words and the program of a schedule, with the values of what happened."""

from taskmatrix.core.errors import UsageError
from taskmatrix.core.happenings import EventKind, Happening, check_marks, check_quotes, marks_in
from taskmatrix.core.orders import Task


def marks_in_task(task: Task) -> tuple[str, ...]:
    """Return the marks `{event.…}` that are to be filled: of the program where it is there, else of the words."""
    if task.program is None:
        return marks_in(task.instruction)
    from taskmatrix.conversation import marks_of

    return marks_of(task.program)


def check_task(task: Task, kind: EventKind | None) -> None:
    """Raise UsageError for a mark `{event.…}` of words or program that no event of a kind can fill.

    None stands for a time: nothing comes with it.
    """
    from taskmatrix.conversation import check_program, marks_of

    program = task.program
    if kind is not None:
        check_marks(task.instruction, kind)
        if program is not None:
            check_program(program, kind)
        else:
            check_quotes(task.instruction)
        return
    marks = marks_in(task.instruction) or (marks_of(program) if program is not None else ())
    if marks:
        raise UsageError(
            f"it speaks of {marks[0]}, and nothing comes with a time",
            hint="let it wait for a topic, a webhook or a file",
        )


def task_after(task: Task, event: Happening) -> Task:
    """Return a task with the values of an event in it; one that it does not have, the run is to tell of."""
    from taskmatrix.conversation import LONGEST_INSTRUCTION, program_of

    filled: dict[str, object] = {"event": event}
    try:
        if task.program is not None:
            filled["program"] = program_of(task.program, event)
        words = event.said(task.instruction)
        if len(words) > LONGEST_INSTRUCTION:
            raise UsageError(f"with the values of the event the instruction has {len(words):,} characters")
        filled["instruction"] = words
    except UsageError as error:
        if "program" not in filled:  # else the words are only what the run is called
            filled["lacking"] = error.message
    return task.model_copy(update=filled)
