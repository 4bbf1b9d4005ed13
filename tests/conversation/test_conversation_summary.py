from datetime import UTC, datetime

from taskmatrix.conversation import summarize
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.events import (
    ApprovalAnswered,
    ApprovalRequested,
    ArtifactMade,
    Event,
    ProgramChecked,
    ProgramWritten,
    QuestionAnswered,
    QuestionAsked,
    Run,
    RunFinished,
    RunStarted,
)
from taskmatrix.core.programs import CheckReport, Program
from taskmatrix.core.questions import Question


def _run(*events: Event) -> Run:
    return Run(id="0abc", instruction="do it", status="running", started=datetime.now(UTC), events=events)


ASKED = ApprovalRequested(call=1, api="disk.wipe", arguments={}, reason="it cannot be taken back")


def test_the_last_program_counts_and_its_check_belongs_to_it() -> None:
    told = summarize(
        _run(
            RunStarted(instruction="do it", model="embedded", directory="/tmp"),
            ProgramWritten(program=Program(code="a()")),
            ProgramChecked(report=CheckReport(calls=("x.a",))),
            ProgramWritten(program=Program(code="b()", apis=("x.b", "x.c")), attempt=2),
        )
    )
    assert told.program is not None
    assert told.program.code == "b()"
    assert told.check is None
    assert told.apis == ("x.b", "x.c")
    assert (told.model, told.directory) == ("embedded", "/tmp")


def test_a_question_is_pending_until_it_is_answered_or_the_run_ends() -> None:
    assert summarize(_run(ASKED)).pending == ASKED
    assert summarize(_run(ASKED, ApprovalAnswered(call=1, answer="deny", by="user"))).pending is None
    assert summarize(_run(ASKED, RunFinished(status="cancelled"))).pending is None


def test_what_the_instruction_leaves_open_is_told_until_it_is_answered_or_the_run_ends() -> None:
    asked = QuestionAsked(number=1, question=Question("Which?", choices=("a", "b")))
    assert summarize(_run(asked)).question == asked
    assert summarize(_run(asked, QuestionAnswered(number=1, answer="a", by="user"))).question is None
    assert summarize(_run(asked, RunFinished(status="cancelled"))).question is None


def test_a_file_written_twice_is_one_artifact() -> None:
    def made(digest: str, path: str | None) -> ArtifactMade:
        return ArtifactMade(artifact=Artifact(name="a", media_type="x/y", digest=digest, size=1, path=path))

    told = summarize(_run(made("1", "/a"), made("2", "/b"), made("3", "/a"), made("4", None), made("5", None)))
    assert [a.digest for a in told.artifacts] == ["2", "3", "4", "5"]


def test_a_failure_is_told_with_its_code_and_hint() -> None:
    told = summarize(_run(RunFinished(status="failed", code="api-file", message="gone", hint="look")))
    assert told.error is not None
    assert told.error.model_dump() == {"code": "api-file", "message": "gone", "hint": "look"}


def test_a_summary_survives_its_own_json() -> None:
    told = summarize(_run(ASKED, RunFinished(status="done", answer="42")))
    assert type(told).model_validate_json(told.model_dump_json()) == told
