"""Which folder of weights the phrase model is read from: the package's own, or one that somebody has chosen.

The choice holds for a process and for those that it starts: it is a variable of the environment, `WEIGHTS_VARIABLE`.
A folder that ``symbolic-music finetune`` wrote has a record beside its weights (`RECORD_FILE`): what they were
tuned on and from which weights.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from symbolic_music.errors import CheckpointError
from symbolic_music.model.network_config import CONFIG_FILE

WEIGHTS_VARIABLE = "SYMBOLIC_MUSIC_WEIGHTS"
PACKAGE_WEIGHTS = Path(__file__).parent.parent / "weights" / "phrases"
RECORD_FILE = "fine_tuned.json"
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
# What a repository of weights holds besides.
_PATTERNS = [CONFIG_FILE, RECORD_FILE, "model*", "token*", "originality.npz", "README.md"]


def weights_folder() -> Path:
    """Give the folder of the phrase model's weights.

    Raises
    ------
    CheckpointError
        If the chosen ones are not there.
    """
    name = os.environ.get(WEIGHTS_VARIABLE)
    return find_weights(name) if name else PACKAGE_WEIGHTS


def find_weights(name: str | Path) -> Path:
    """Find a folder of weights, or those of the hub by their name.

    Parameters
    ----------
    name : str or Path
        A folder, or ``owner/name``: read from the hub's own store on this machine (``hf download owner/name`` puts
        it there), or from the hub itself where the environment allows it (``HF_HUB_OFFLINE=0``).

    Raises
    ------
    CheckpointError
        If there is neither.
    """
    folder = Path(name)
    if (folder / CONFIG_FILE).is_file():
        return folder.resolve()
    if folder.is_dir():
        raise CheckpointError(f"{folder}: no weights here ({CONFIG_FILE} is missing)")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        return Path(snapshot_download(str(name), allow_patterns=_PATTERNS))
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, HFValidationError, OSError):
        hint = f"hf download {name} brings them" if _HUB_NAME.fullmatch(str(name)) else None
        raise CheckpointError(f"{name}: no folder of weights, and none of the hub's on this machine", hint) from None


@contextmanager
def using_weights(name: str | Path | None) -> Iterator[Path]:
    """Let the phrase model be read from other weights inside.

    Parameters
    ----------
    name : str or Path or None
        As for `find_weights`; ``None`` leaves the choice as it is.

    Yields
    ------
    Path
        The folder.
    """
    folder = weights_folder() if name is None else find_weights(name)
    before = os.environ.get(WEIGHTS_VARIABLE)
    os.environ[WEIGHTS_VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        os.environ.pop(WEIGHTS_VARIABLE)
        if before is not None:
            os.environ[WEIGHTS_VARIABLE] = before


def read_record(folder: Path) -> dict[str, Any]:
    """Read what weights were tuned on; empty for weights that were not.

    Parameters
    ----------
    folder : Path
        Of weights.

    Raises
    ------
    CheckpointError
        If the record is broken.
    """
    path = folder / RECORD_FILE
    if not path.is_file():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as failure:
        raise CheckpointError(f"{path}: not a record of tuning: {failure}") from None
    if not isinstance(record, dict):
        raise CheckpointError(f"{path}: not a record of tuning: it is no mapping")
    return record
