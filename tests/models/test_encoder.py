import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from taskmatrix.core.errors import EncoderUnavailableError
from taskmatrix.models import encoder as package
from taskmatrix.models.encoder import DIMENSIONS, load_encoder

SHIPPED = Path(package.__file__).parent
STRANGE = [
    "",
    " \n\t",
    "x" * 1_000_000,
    "word " * 200_000,
    "😀" * 500,
    "half \ud83d of it",
    "a\x00b",
    "مرحبا",
    'n:"AND (*',
]


def files_in(folder: Path, **changed: bytes | None) -> Path:
    for name in ("encoder.onnx", "words.bin", "tokenizer.json", "encoder.json"):
        content = changed.get(name.replace(".", "_"), b"")
        if content:
            (folder / name).write_bytes(content)
        elif content is not None:
            (folder / name).symlink_to(SHIPPED / name)
    return folder


def test_vectors_are_float32_rows_of_unit_length():
    for rows in (load_encoder().encode_queries(STRANGE), load_encoder().encode_passages(STRANGE)):
        assert rows.shape == (len(STRANGE), DIMENSIONS) and rows.dtype == np.float32
        assert np.allclose((rows**2).sum(1), 1, atol=1e-4)


def test_no_text_gives_no_rows():
    assert load_encoder().encode_queries([]).shape == load_encoder().encode_passages([]).shape == (0, DIMENSIONS)


def test_what_means_the_same_lies_nearer_than_what_does_not():
    asked = load_encoder().encode_queries(["delete a file from the folder"])[0]
    same, other = load_encoder().encode_passages(
        ["Removes a document from a directory.", "Plays a song of an artist."]
    )
    assert asked @ same > asked @ other + 0.2


def test_the_vector_of_a_text_does_not_depend_on_those_beside_it():
    texts = [f"create {thing} number {n}" for n in range(12) for thing in ("slide", "a very long invoice " * n)]
    together = load_encoder().encode_passages(texts)
    alone = np.vstack([load_encoder().encode_passages([text]) for text in texts])
    assert (together == alone).all()


def test_passages_are_read_further_than_queries_and_both_to_an_end():
    encoder = load_encoder()
    short, long, longest = ("send " * 60, "send " * 60 + "invoice", "send " * 200 + "invoice")
    assert (encoder.encode_queries([short]) == encoder.encode_queries([long])).all()
    assert (encoder.encode_passages([short]) != encoder.encode_passages([long])).any()
    assert (encoder.encode_passages(["send " * 200]) == encoder.encode_passages([longest])).all()


def test_the_description_names_the_model_by_its_digest_and_says_where_passages_lie():
    said = json.loads((SHIPPED / "encoder.json").read_text())
    encoder = load_encoder()
    for part, file in (("model", "encoder.onnx"), ("words", "words.bin"), ("tokenizer", "tokenizer.json")):
        assert hashlib.sha256((SHIPPED / file).read_bytes()).hexdigest().startswith(said[part])
    assert said["name"] == encoder.name
    assert said["dimensions"] == DIMENSIONS and encoder.centre.shape == (DIMENSIONS,)
    assert 0 < np.linalg.norm(encoder.centre) < 1
    assert sum((SHIPPED / file).stat().st_size for file in ("encoder.onnx", "words.bin")) <= 25_000_000


def test_threads_share_one_encoder_and_get_the_same_vectors():
    def encode(text: str) -> tuple[int, bytes]:
        return id(load_encoder()), load_encoder().encode_queries([text]).tobytes()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(encode, ["resize a virtual machine"] * 32))
    assert len(found) == 1


def test_a_copy_in_another_folder_is_the_same_encoder(tmp_path):
    copied = load_encoder(files_in(tmp_path))
    assert copied is not load_encoder() and copied.name == load_encoder().name
    assert (copied.encode_queries(["hello"]) == load_encoder().encode_queries(["hello"])).all()


@pytest.mark.parametrize("missing", ["encoder_onnx", "tokenizer_json", "encoder_json"])
def test_a_missing_file_is_named(tmp_path, missing):
    with pytest.raises(EncoderUnavailableError) as caught:
        load_encoder(files_in(tmp_path, **{missing: None}))
    assert missing.replace("_", ".") in caught.value.message and caught.value.hint


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("encoder_onnx", (SHIPPED / "encoder.onnx").read_bytes()[:1_000_000]),
        ("encoder_onnx", b"\x08\x09 some other graph"),
        ("tokenizer_json", (SHIPPED / "tokenizer.json").read_bytes()[:-1]),
        ("encoder_json", b'{"name": "ab'),
        ("encoder_json", b'{"name": "0123456789abcdef", "dimensions": 384}'),
        ("encoder_json", b"\xff\xfe"),
    ],
)
def test_a_truncated_or_foreign_file_is_refused_by_name(tmp_path, name, content):
    with pytest.raises(EncoderUnavailableError) as caught:
        load_encoder(files_in(tmp_path, **{name: content}))
    assert name.replace("_", ".") in caught.value.message
    assert caught.value.code == "encoder-unavailable"


def test_a_graph_that_the_runtime_cannot_read_is_refused_although_its_digest_fits(tmp_path):
    said = json.loads((SHIPPED / "encoder.json").read_text())
    said["model"] = hashlib.sha256(b"no graph").hexdigest()[:16]
    with pytest.raises(EncoderUnavailableError, match="cannot be run"):
        load_encoder(files_in(tmp_path, encoder_onnx=b"no graph", encoder_json=json.dumps(said).encode()))


def test_a_repaired_folder_is_loaded_by_the_next_call(tmp_path):
    files_in(tmp_path, tokenizer_json=None)
    with pytest.raises(EncoderUnavailableError):
        load_encoder(tmp_path)
    (tmp_path / "tokenizer.json").symlink_to(SHIPPED / "tokenizer.json")
    assert load_encoder(tmp_path).encode_queries(["hello"]).shape == (1, DIMENSIONS)


@pytest.mark.parametrize("library", ["onnxruntime", "tokenizers"])
def test_without_a_library_the_error_says_which_to_install(library):
    script = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "from taskmatrix.core.errors import EncoderUnavailableError\n"
        "from taskmatrix.models.encoder import load_encoder\n"
        "try: load_encoder()\n"
        "except EncoderUnavailableError as error: print(error.message, '|', error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert library in done.stdout.partition("|")[0] and "pip install" in done.stdout and done.stderr == ""


def test_neither_help_nor_importing_the_encoder_loads_its_libraries():
    for start in ("from taskmatrix.cli import main; main(['--help'])", "import taskmatrix.models.encoder"):
        script = (
            "import sys, contextlib\n"
            f"with contextlib.suppress(SystemExit): {start}\n"
            "print('loaded:', [m for m in ('onnxruntime', 'tokenizers', 'numpy') if m in sys.modules])\n"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert "loaded: []" in done.stdout


def test_loading_and_encoding_say_nothing_on_the_terminal():
    script = "from taskmatrix.models.encoder import load_encoder; load_encoder().encode_queries(['a'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
