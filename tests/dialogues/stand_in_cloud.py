"""A cloud on which language models are fine-tuned, in one JSON file: it stands in for a package still to be built."""

import csv
import io
import json
import wave
from typing import Literal, cast

from pydantic import JsonValue
from typing_extensions import TypedDict

from taskmatrix import RunContext, api
from taskmatrix.core.api import ApiPackage
from taskmatrix.core.errors import ApiArgumentError

FILE = "cloud.json"


class Prepared(TypedDict):
    path: str
    examples: int
    suggestions: list[str]


class Model(TypedDict):
    name: str
    completion: bool
    inference: bool
    fine_tuning: bool


class Progress(TypedDict):
    status: Literal["running", "succeeded"]
    step: int
    training_loss: float
    sequence_accuracy: float
    fine_tuned_model: str | None


def _cloud(context: RunContext) -> dict[str, dict[str, JsonValue]]:
    return json.loads((context.directory / FILE).read_text(encoding="utf-8"))


def _keep(context: RunContext, part: str, name: str, value: JsonValue) -> None:
    cloud = _cloud(context)
    cloud[part][name] = value
    (context.directory / FILE).write_text(json.dumps(cloud), encoding="utf-8")


@api(package="cloud", effects="write")
def data_preparation(path: str, context: RunContext) -> Prepared:
    """Prepare training data for fine-tuning: validate it, make suggestions and reformat it into a JSONL file.

    Args:
        path: A CSV file with the columns prompt and completion.
    Returns: The JSONL file, how many examples it has, and what was improved.
    Composition: The first step of fine-tuning. Give the resulting `path` to `data_uploading`.
    """
    rows = list(csv.DictReader(io.StringIO(context.read_input(path).decode())))
    kept = [row for row in rows if row.get("prompt") and row.get("completion")]
    lines = "".join(json.dumps({"prompt": r["prompt"], "completion": " " + r["completion"]}) + "\n" for r in kept)
    written = context.write_output(path.rsplit(".", 1)[0] + ".jsonl", lines.encode(), "application/jsonl")
    dropped = len(rows) - len(kept)
    return Prepared(
        path=written.name,
        examples=len(kept),
        suggestions=[f"{dropped} rows without a completion were left out"] if dropped else [],
    )


@api(package="cloud", effects="write")
def data_uploading(path: str, context: RunContext) -> str:
    """Upload training data to the service.

    Args:
        path: A JSONL file, as `data_preparation` makes it.
    Returns: The id of the file on the service.
    Composition: Second step, after `data_preparation`. It can be skipped for data that was uploaded before.
    """
    data = context.read_input(path)
    if not all(line.startswith(b"{") for line in data.splitlines()):
        raise ApiArgumentError(f"{path!r} is no JSONL file", hint="prepare it first")
    name = f"file-{len(_cloud(context)['files']) + 1}"
    _keep(context, "files", name, data.decode())
    return name


@api(package="cloud", effects="read")
def model_listing(context: RunContext) -> list[Model]:
    """List the models that can be used, with what they support: completion, inference, fine-tuning.

    Composition: Third step: choose one that supports fine-tuning.
    """
    return cast("list[Model]", list(_cloud(context)["models"].values()))


@api(package="cloud", effects="write")
def fine_tune_model(
    training_file: str,
    model: str,
    context: RunContext,
    epochs: int = 4,
    batch_size: int = 1,
    learning_rate: float = 0.1,
) -> str:
    """Create a fine-tuning job (train a model) from uploaded data and a base model.

    Args:
        training_file: The id that `data_uploading` gave.
        model: Name of the base model.
        epochs: How often the data is gone through.
        batch_size: Examples at a time.
        learning_rate: Factor of the learning rate.
    Returns: The id of the job.
    Composition: Fourth step, after `data_uploading` and `model_listing`. Look at it with `job_analyzing`.
    """
    cloud = _cloud(context)
    if training_file not in cloud["files"]:
        raise ApiArgumentError(f"there is no file {training_file!r}")
    name = f"job-{len(cloud['jobs']) + 1}"
    job = {"file": training_file, "model": model, "epochs": epochs, "batch_size": batch_size, "rate": learning_rate}
    _keep(context, "jobs", name, {**job, "status": "running", "step": 0, "loss": 9.5, "accuracy": 0.0, "result": None})
    return name


@api(package="cloud", effects="read")
def job_analyzing(job: str, context: RunContext) -> Progress:
    """Get the status of a fine-tuning job: training step, loss and sequence accuracy.

    Args:
        job: The id of the job.
    Composition: Fifth step, after `fine_tune_model`, until the status is succeeded.
    """
    found = cast("dict[str, object]", _cloud(context)["jobs"][job])
    return cast(
        Progress,
        {
            "status": found["status"],
            "step": found["step"],
            "training_loss": found["loss"],
            "sequence_accuracy": found["accuracy"],
            "fine_tuned_model": found["result"],
        },
    )


@api(package="cloud", effects="write")
def model_deployment(model: str, name: str, context: RunContext) -> str:
    """Deploy a fine-tuned model, so that it can be used like any other model.

    Args:
        model: The fine-tuned model, as `job_analyzing` names it.
        name: Name of the deployment.
    Returns: The name of the deployment.
    Composition: Last step, once `job_analyzing` says that the job succeeded.
    """
    _keep(context, "deployments", name, model)
    return name


@api(package="speech", effects="write")
def text_to_speech(text: str, path: str, context: RunContext) -> str:
    """Convert text into speech (read it aloud).

    Args:
        text: What is said.
        path: The WAV file to write.
    """
    data = io.BytesIO()
    with wave.open(data, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(text.encode())  # heard again by speech_to_text
    return context.write_output(path, data.getvalue(), "audio/wav").name


@api(package="speech", effects="read")
def speech_to_text(path: str, context: RunContext) -> str:
    """Convert speech to text (transcribe, listen to a recording).

    Args:
        path: An audio file (WAV).
    """
    with wave.open(io.BytesIO(context.read_input(path)), "rb") as sound:
        return sound.readframes(sound.getnframes()).decode()


PACKAGES = (
    ApiPackage(
        "cloud",
        "Fine-tune language models of one's own in the cloud: data, models, training jobs, deployments.",
        (data_preparation, data_uploading, model_listing, fine_tune_model, job_analyzing, model_deployment),
        composition="To fine-tune a model, first prepare the data with `data_preparation`, then upload it with "
        "`data_uploading` (not needed for data that was uploaded before), choose a base model with `model_listing`, "
        "start the job with `fine_tune_model`, follow it with `job_analyzing` until it has succeeded, and deploy the "
        "result with `model_deployment`.",
    ),
    ApiPackage("speech", "Speech to text, and text to speech.", (text_to_speech, speech_to_text)),
)
