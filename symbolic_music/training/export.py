"""Trained weights to a folder that the package, or ``transformers``, can load.

``python -m symbolic_music.training.export runs/phrases/best symbolic_music/weights/phrases`` replaces the weights
in the package. The folder holds ``config.json``, the weights in one or several safetensors files of less than
16 MB, ``model.onnx`` (the network's graph, some kilobytes, which points into those files), ``tokenizer.json`` and
``tokens.txt`` (token names in the order of ids). Both engines of this package read it, and so does what reads ONNX.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from symbolic_music.errors import CheckpointError, SymbolicMusicError
from symbolic_music.formats.atomic import atomic_folder
from symbolic_music.model.network_config import CONFIG_FILE, WEIGHTS_FILE, WEIGHTS_INDEX, locate_tensors, read_config
from symbolic_music.model.onnx_graph import GRAPH_FILE, build_graph
from symbolic_music.model.transformer import load_network
from symbolic_music.tokens.vocabulary import TOKEN_FILE, TOKENS
from symbolic_music.training.warm_start import read_tokens

LIMIT_MB = 16.0
_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def export_weights(source: Path, out: Path, dtype: str = "bf16", limit_mb: float = LIMIT_MB) -> list[Path]:
    """Write weights in half precision with sizes, graph, tokenizer and token names.

    Parameters
    ----------
    source : Path
        ``best`` folder of a run.
    out : Path
        Folder to write; weights of an earlier export there are replaced.
    dtype : str
        ``bf16`` or ``fp16``.
    limit_mb : float
        Largest size of a file, in MB (a million bytes).

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    CheckpointError
        If the weights are missing, broken or made for another vocabulary.
    """
    tokens = read_tokens(source / TOKEN_FILE)
    if tokens != list(TOKENS):
        raise CheckpointError(f"{source}: made for another vocabulary than this version's {len(TOKENS)} tokens")
    network = load_network(source, len(TOKENS))
    tensors = {name: tensor.to(_DTYPES[dtype]).contiguous() for name, tensor in network.state_dict().items()}
    config = json.loads((source / CONFIG_FILE).read_text(encoding="utf-8"))
    config["torch_dtype"] = str(_DTYPES[dtype]).removeprefix("torch.")
    with atomic_folder(out) as folder:
        _write_tensors(tensors, folder, _metadata(source), limit_mb)
        (folder / CONFIG_FILE).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
        (folder / GRAPH_FILE).write_bytes(build_graph(read_config(folder), locate_tensors(folder)))
        _write_tokenizer(folder)
        names = sorted(path.name for path in folder.iterdir())
        for path in folder.iterdir():
            path.chmod(0o644)  # safetensors writes files only their owner can read
    for path in out.glob("model*.safetensors*"):
        if path.name not in names:  # files of an export in another number of pieces
            path.unlink()
    return [out / name for name in names]


def split_tensors(tensors: dict[str, Tensor], limit_mb: float) -> list[dict[str, Tensor]]:
    """Share tensors out to files of at most ``limit_mb``, in order."""
    # A little room for the header of names and shapes.
    limit = limit_mb * 1e6 - 100_000
    pieces: list[dict[str, Tensor]] = [{}]
    filled = 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        if pieces[-1] and filled + size > limit:
            pieces.append({})
            filled = 0
        pieces[-1][name] = tensor
        filled += size
    return pieces


def _write_tensors(tensors: dict[str, Tensor], folder: Path, metadata: dict[str, str], limit_mb: float) -> None:
    """Write one file, or several with the index that ``transformers`` uses."""
    pieces = split_tensors(tensors, limit_mb)
    if len(pieces) == 1:
        save_file(tensors, folder / WEIGHTS_FILE, metadata=metadata)
        return
    weight_map: dict[str, str] = {}
    for number, piece in enumerate(pieces, 1):
        name = f"model-{number:05d}-of-{len(pieces):05d}.safetensors"
        save_file(piece, folder / name, metadata=metadata)
        weight_map |= dict.fromkeys(piece, name)
    total = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / WEIGHTS_INDEX).write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")


def _metadata(source: Path) -> dict[str, str]:
    """Steps and tokens seen, as the run noted them."""
    first = next(iter(sorted(source.glob("model*.safetensors"))))
    with safe_open(first, "pt") as file:
        return dict(file.metadata() or {"format": "pt"})


def _write_tokenizer(folder: Path) -> None:
    """Write the miditok tokenizer's description and the names of tokens."""
    from symbolic_music.tokens.tokenizer import PhraseTokenizer

    PhraseTokenizer().save_pretrained(folder)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Export trained weights.")
    parser.add_argument("source", type=Path, help="best folder of a run")
    parser.add_argument("out", type=Path, help="folder to write, such as symbolic_music/weights/phrases")
    parser.add_argument("--dtype", choices=sorted(_DTYPES), default="bf16")
    parser.add_argument("--limit-mb", type=float, default=LIMIT_MB, help="largest size of a weights file")
    arguments = parser.parse_args()
    try:
        paths = export_weights(arguments.source, arguments.out, arguments.dtype, arguments.limit_mb)
    except SymbolicMusicError as error:
        print(f"export: {error}", file=sys.stderr)
        return 2
    for path in paths:
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
