import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest
from pptx import Presentation
from pydantic import JsonValue
from sqlalchemy import update

from databases import DatabasePlace
from taskmatrix import RunContext, TaskMatrix, api
from taskmatrix.conversation.templates import Choices
from taskmatrix.core.errors import (
    ApiGoneError,
    ConflictError,
    ImportRefusedError,
    NotFoundError,
    StoreError,
    UsageError,
)
from taskmatrix.core.events import Run
from taskmatrix.core.programs import Plan, PlannedStep, Program
from taskmatrix.core.search import ANYTHING
from taskmatrix.store.tables import templates

Open = Callable[..., TaskMatrix]


@api(package="writer", effects="read")
def llm_prompting(prompt: str) -> str:
    """Ask a language model (ChatGPT) to write a text.

    Args:
        prompt: What to write.
    """
    return f"[{prompt}]"


@api(package="writer", effects="read")
def search_query(query: str) -> list[str]:
    """Search the web for facts (search engine).

    Args:
        query: What to look for.
    """
    return [f"a fact of {query}"]


@api(package="writer", effects="write")
def save_essay(path: str, text: str, context: RunContext) -> str:
    """Save an essay to a file.

    Args:
        path: The file to write.
        text: The essay.
    """
    (context.directory / path).write_text(text)
    return path


ESSAY = """```python
from writer import llm_prompting, save_essay, search_query


def write_draft_essay(title, aspects):
    parts = ["# " + title, llm_prompting(prompt="an introduction to " + title)]
    for aspect in aspects:
        facts = search_query(query=aspect)
        parts.append(llm_prompting(prompt=aspect + ": " + facts[0]))
    return "\\n\\n".join(parts)


# 1. Write the essay
text = write_draft_essay("Marine Ecosystems", ["ocean acidification", "rising sea temperatures"])
save_essay(path="essay.md", text=text)
```"""

ASKED = (
    'Write an essay "Marine Ecosystems" about ocean acidification and rising sea temperatures, '
    "as a draft with an introduction"
)


@pytest.fixture
def open_writer(started_place: DatabasePlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open a TaskMatrix whose chat model has these replies and no others, with the package `writer`."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    opened: list[TaskMatrix] = []

    def open_one(
        *replies: str, functions: tuple[object, ...] = (llm_prompting, search_query, save_essay)
    ) -> TaskMatrix:
        script = tmp_path / f"script-{len(opened)}.jsonl"
        script.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies))
        tm = TaskMatrix(home=started_place.home, database_url=started_place.url, model=f"scripted:{script}")
        opened.append(tm)
        for function in functions:
            assert callable(function)
            tm.register(function)
        return tm

    yield open_one
    for tm in opened:
        tm.close()


@pytest.fixture
def essay(open_writer: Open) -> TaskMatrix:
    """A TaskMatrix with the essay's template, whose model has nothing more to say."""
    tm = open_writer("1. Write the essay\n2. Save it", ESSAY)
    run = tm.run_sync(ASKED, assume_yes=True)
    assert run.status == "done", run.events[-1]
    tm.templates.make(run.id, Choices(name="write-draft-essay", description="Writes a draft of an essay"))
    return tm


def _values() -> dict[str, JsonValue]:
    return {"title": "Gratitude", "aspects": ["mental health", "kindness"]}


def test_an_essay_becomes_a_template_and_another_is_written_without_a_model(essay: TaskMatrix) -> None:
    template = essay.templates.find("write-draft-essay").template
    assert [slot.name for slot in template.slots] == ["title", "aspects"]
    run = essay.templates.run_sync("write-draft-essay", _values(), assume_yes=True)
    assert run.status == "done", run.events[-1]
    assert not [event for event in run.events if event.type == "model_replied"]
    assert run.instruction.startswith('Write an essay "Gratitude" about mental health, kindness')
    text = Path("essay.md").read_text()
    assert text.startswith("# Gratitude\n\n[an introduction to Gratitude]\n\n[mental health: a fact of mental health]")
    assert essay.templates.find("write-draft-essay").used == 1


def test_a_template_runs_where_no_model_can_be_had(essay: TaskMatrix, database_place: DatabasePlace) -> None:
    with TaskMatrix(database_place.home, database_place.url, model="scripted:/nowhere") as tm:
        for function in (llm_prompting, search_query, save_essay):
            tm.register(function)

        async def run() -> list[str]:
            found = tm.templates.run("write-draft-essay", _values(), assume_yes=True)
            return [event.type async for event in found]

        seen = anyio.run(run)
    assert seen[0] == "run_started"
    assert seen[-1] == "run_finished"


def test_a_write_of_a_template_waits_for_its_approval_and_goes_on_without_a_model(essay: TaskMatrix) -> None:
    essay.rules.add({"verdict": "ask", "api": "writer.save_essay"}, by="test")
    waiting = essay.templates.run_sync("write-draft-essay", _values())
    assert waiting.status == "waiting"
    done = essay.resume_sync(waiting.id, "approve")
    assert done.status == "done", done.events[-1]
    assert Path("essay.md").read_text().startswith("# Gratitude")


def test_a_template_is_found_beside_apis_and_removed_with_them(essay: TaskMatrix) -> None:
    document = essay.registry.find("templates.write_draft_essay")
    assert document is not None
    assert document.effects.kind == "write"
    assert [parameter.name for parameter in document.parameters] == ["title", "aspects"]
    found = essay.selector.search("write a draft of an essay", where=ANYTHING)
    assert "templates.write_draft_essay" in [match.document.id for match in found]
    essay.templates.remove("write-draft-essay")
    assert essay.registry.find("templates.write_draft_essay") is None
    with pytest.raises(NotFoundError, match="no template"):
        essay.templates.run_sync("write-draft-essay", {})


@pytest.mark.parametrize(
    "code",
    [
        "from templates import write_draft_essay\n\nwrite_draft_essay('Thanks', ['joy'])\n",
        "from templates import write_draft_essay as again\n\nagain(title='Thanks', aspects=['joy'])\n",
        "import templates\n\ntemplates.write_draft_essay('Thanks', aspects=['joy'])\n",
        "import templates as t\nfrom writer import save_essay\n\ntext = 'x'\nparts = [1]\n"
        "t.write_draft_essay('Thanks', ['joy'])\nsave_essay(path='other.md', text=text + str(parts))\n",
        "from writer import search_query as llm_prompting\nfrom templates import write_draft_essay\n\n"
        "llm_prompting(query='z')\nwrite_draft_essay('Thanks', ['joy'])\n",
        "def go():\n    import json\n    return json.dumps(1)\nfrom templates import write_draft_essay; go()\n"
        "write_draft_essay('Thanks', ['joy'])\n",
    ],
)
def test_a_program_that_imports_a_template_holds_it_and_does_what_it_does(essay: TaskMatrix, code: str) -> None:
    document = essay.registry.find("templates.write_draft_essay")
    assert document is not None
    expanded = essay.templates.expand(
        Program(code=code, apis=(document.id, "writer.save_essay")), (document, *essay.registry.documents("writer"))
    )
    assert expanded.findings == ()
    assert "templates" not in expanded.program.code
    assert document.id not in [d.id for d in expanded.documents]
    assert expanded.apis[document.id] == ("writer.llm_prompting", "writer.save_essay", "writer.search_query")
    report = essay.verifier.check(expanded.program.code, expanded.documents)
    assert report.findings == (), expanded.program.code
    run = _run(essay, expanded.program.code)
    assert run.status == "done", run.events[-1]
    assert Path("essay.md").read_text().startswith("# Thanks\n\n[an introduction to Thanks]\n\n[joy: a fact of joy]")


def _run(tm: TaskMatrix, code: str) -> Run:
    """Run a program by way of a template that is only it."""
    from taskmatrix.core.templates import Template

    tm.templates.store.add(Template(name="only-it", description="d", instruction="i", code=code))
    return tm.templates.run_sync("only-it", {}, assume_yes=True)


def test_a_model_that_is_offered_a_template_uses_it_for_a_similar_task(open_writer: Open, essay: TaskMatrix) -> None:
    code = (
        "from templates import write_draft_essay\n\n# 1. Write a draft\n"
        'write_draft_essay("The Importance of Practicing Gratitude", ["positive impact on health", "kindness"])\n'
    )
    tm = open_writer("1. Write a draft of an essay", f"```python\n{code}```")
    run = tm.run_sync('Write a draft of an essay "The Importance of Practicing Gratitude"', assume_yes=True)
    assert run.status == "done", run.events[-1]
    assert Path("essay.md").read_text().startswith("# The Importance of Practicing Gratitude")
    called = [event.api for event in run.events if event.type == "call_intended"]
    assert called[-1] == "writer.save_essay"


def test_a_template_is_called_by_hand_as_any_api(essay: TaskMatrix) -> None:
    run = essay.call_sync("templates.write_draft_essay", _values(), assume_yes=True)
    assert run.status == "done", run.events[-1]
    assert Path("essay.md").read_text().startswith("# Gratitude")


def test_a_step_that_may_call_a_template_may_call_its_apis(essay: TaskMatrix) -> None:
    expanded = essay.templates.expand(Program(code="from templates import write_draft_essay\n"), ())
    api = "templates.write_draft_essay"
    (step,) = expanded.plan(Plan(steps=(PlannedStep(text="s", apis=(api,), must=(api,)),))).steps
    assert "writer.save_essay" in step.apis
    assert "writer.save_essay" in step.must


def test_a_program_without_templates_stays_as_it_is(essay: TaskMatrix) -> None:
    program = Program(code="templates = 3\nprint(templates)\n")
    assert essay.templates.expand(program, ()).program == program
    unknown = Program(code="from templates import write_poem\nwrite_poem()\n")
    assert essay.templates.expand(unknown, ()).program == unknown


def _file(name: str, code: str, slots: str = "") -> str:
    return (
        f"---\nname: {name}\ndescription: d\n---\n\n## Instruction\n\n```text\ndo it\n```\n\n{slots}\n\n"
        f"## Program\n\n```python\n{code}\n```\n"
    )


def test_a_template_may_call_another_and_none_calls_itself(essay: TaskMatrix, tmp_path: Path) -> None:
    file = tmp_path / "t.md"
    file.write_text(_file("outer", "from templates import write_draft_essay as f\nf('A', ['b'])\nf('C', ['d'])"))
    found = essay.templates.import_(file)
    assert found.report.runnable, found.report
    assert essay.templates.run_sync("outer", {}, assume_yes=True).status == "done"
    assert Path("essay.md").read_text().startswith("# C")
    file.write_text(_file("turning", "from templates import turning\nturning()"))
    assert not essay.templates.import_(file).report.runnable
    # Somebody writes a loop into the database: it is bounded all the same.
    loop = essay.templates.find("outer").template.model_copy(update={"code": "from templates import outer\nouter()"})
    with essay.database.write() as connection:
        connection.execute(update(templates).where(templates.c.name == "outer").values(body=loop.model_dump_json()))
    expanded = essay.templates.expand(Program(code="from templates import outer\nouter()\n"), ())
    assert "without end" in expanded.findings[0].message
    run = essay.templates.run_sync("outer", {})
    assert run.status == "failed"


def test_a_template_goes_to_a_file_and_comes_back(essay: TaskMatrix, tmp_path: Path) -> None:
    before = essay.templates.find("write-draft-essay").template
    path = essay.templates.export("write-draft-essay", tmp_path)
    assert path == tmp_path / "write-draft-essay" / "SKILL.md"
    with pytest.raises(UsageError, match="exists already"):
        essay.templates.export("write-draft-essay", tmp_path)
    with pytest.raises(ConflictError, match="already"):
        essay.templates.import_(path.parent)
    essay.templates.remove("write-draft-essay")
    found = essay.templates.import_(path.parent)
    assert found.template == before
    assert found.report.ok
    assert essay.registry.find("templates.write_draft_essay") is not None


def test_a_file_whose_apis_are_not_here_is_kept_and_runs_once_they_are(
    essay: TaskMatrix, open_writer: Open, tmp_path: Path
) -> None:
    path = essay.templates.export("write-draft-essay", tmp_path)
    essay.templates.remove("write-draft-essay")
    essay.registry.remove("writer.search_query")
    found = essay.templates.import_(path)
    assert found.report.missing == ("writer.search_query",)
    assert found.report.state == "not-runnable"
    assert essay.registry.find("templates.write_draft_essay") is None
    with pytest.raises(ApiGoneError, match=r"writer\.search_query is not registered"):
        essay.templates.run_sync("write-draft-essay", _values())
    essay.register(search_query)
    assert essay.templates.check("write-draft-essay").ok
    assert essay.registry.find("templates.write_draft_essay") is not None


def test_a_template_whose_api_was_changed_says_so_and_is_checked_anew(essay: TaskMatrix) -> None:
    document = essay.registry.find("writer.search_query")
    assert document is not None
    essay.registry.register(document.model_copy(update={"description": "Search the web."}))
    report = essay.templates.check("write-draft-essay")
    assert report.changed == ("writer.search_query",)
    assert report.ok
    run = essay.templates.run_sync("write-draft-essay", _values(), assume_yes=True)
    written = next(event for event in run.events if event.type == "program_written")
    assert "was changed" in written.program.notes[0]
    needed = document.to_json()
    needed["parameters"].append({"name": "key", "description": "k", "required": True, "schema": {"type": "string"}})
    essay.registry.register(type(document).model_validate(needed))
    assert not essay.templates.check("write-draft-essay").runnable
    assert essay.registry.find("templates.write_draft_essay") is None
    assert essay.templates.run_sync("write-draft-essay", _values()).status == "failed"


def test_a_case_that_the_program_no_longer_does_is_told(essay: TaskMatrix) -> None:
    template = essay.templates.find("write-draft-essay").template
    other = template.model_copy(update={"code": template.code.replace('"essay.md"', '"other.md"')})
    with essay.database.write() as connection:
        connection.execute(update(templates).values(body=other.model_dump_json()))
    report = essay.templates.check("write-draft-essay")
    assert report.state == "other-calls"
    assert "writer.save_essay, gets something else for path" in report.cases[0].why


def test_what_somebody_wrote_into_the_database_is_still_checked(essay: TaskMatrix) -> None:
    template = essay.templates.find("write-draft-essay").template
    evil = template.model_copy(update={"code": "import os\nos.system('id')"})
    with essay.database.write() as connection:
        connection.execute(update(templates).values(body=evil.model_dump_json()))
    run = essay.templates.run_sync("write-draft-essay", _values(), assume_yes=True)
    assert (run.status, run.events[-1].type) == ("failed", "run_finished")
    with essay.database.write() as connection:
        connection.execute(update(templates).values(body="{}"))
    with pytest.raises(StoreError, match="is none"):
        essay.templates.find("write-draft-essay")
    essay.templates.remove("write-draft-essay")


def test_of_two_that_make_a_name_at_once_one_gets_it(essay: TaskMatrix, database_place: DatabasePlace) -> None:
    template = essay.templates.find("write-draft-essay").template.model_copy(update={"name": "taken"})
    outcomes: list[str] = []
    ready = threading.Barrier(4)

    def add() -> None:
        with TaskMatrix(database_place.home, database_place.url) as tm:
            store = tm.templates.store
            ready.wait()
            try:
                store.add(template)
                outcomes.append("kept")
            except ConflictError:
                outcomes.append("taken")
            store.note_use("taken")

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "taken", "taken", "taken"]
    assert essay.templates.find("taken").used == 4


def test_a_run_that_does_not_stand_alone_is_no_template(essay: TaskMatrix, tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError):
        (tmp_path / "x.md").write_text("nothing")
        essay.templates.import_(tmp_path / "x.md")
    with pytest.raises(UsageError, match="cannot be read"):
        essay.templates.import_(tmp_path / "none.md")
    run = essay.templates.run_sync("write-draft-essay", _values(), dry_run=True)
    with pytest.raises(UsageError, match="called nothing"):
        essay.templates.make(run.id)


def test_a_deck_for_one_company_becomes_a_deck_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with TaskMatrix(home=tmp_path / "home", model="embedded") as tm:
        said = 'Create a presentation microsoft.pptx with the title "Microsoft" and add a slide titled "Products"'
        run = tm.run_sync(said, assume_yes=True)
        assert run.status == "done", run.events[-1]
        made = tm.templates.make(run.id, Choices(name="deck", words={"company": "Microsoft"}))
        assert {slot.name for slot in made.slots} >= {"company"}
        (text,) = (slot.name for slot in made.slots if slot.name != "company")
    with TaskMatrix(home=tmp_path / "home", model="scripted:/nowhere") as tm:
        again = tm.templates.run_sync("deck", {"company": "Amazon", text: 'The "best"'}, assume_yes=True)
        assert again.status == "done", again.events[-1]
    titles = [getattr(slide.shapes.title, "text", "") for slide in Presentation(str(tmp_path / "amazon.pptx")).slides]
    assert titles == ["Amazon", 'The "best"']
