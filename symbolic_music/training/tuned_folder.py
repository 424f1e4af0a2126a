"""The folder of tuned weights: a model of the hub, with its card, and the index of the tunes it was tuned on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbolic_music.analysis.originality import INDEX_FILE, build_index, save_index
from symbolic_music.model.chosen import RECORD_FILE
from symbolic_music.model.network_config import locate_tensors, read_config
from symbolic_music.model.onnx_graph import GRAPH_FILE, build_graph
from symbolic_music.model.transformer import Network, save_network
from symbolic_music.song.collection import OwnSong
from symbolic_music.tokens.tokenizer import PhraseTokenizer

if TYPE_CHECKING:
    from symbolic_music.training.finetune import Tuned, TuneOptions


def write_tuned(
    folder: Path, network: Network, tuned: Tuned, songs: Sequence[OwnSong], options: TuneOptions, name: str
) -> None:
    """Write a weights folder as the hub's models are: sizes, weights, graph, tokens, card; and the index of the tunes.

    Parameters
    ----------
    folder : Path
        Exists.
    name : str
        What the card calls the model.
    """
    save_network(network, folder, {"step": str(tuned.n_steps), "tuned": "symbolic-music finetune"})
    (folder / GRAPH_FILE).write_bytes(build_graph(read_config(folder), locate_tensors(folder)))
    PhraseTokenizer().save_pretrained(folder)
    save_index(build_index([(song.name, song.sheet.melody) for song in songs]), folder / INDEX_FILE)
    record = _record(tuned, songs, options)
    (folder / RECORD_FILE).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(_card(name, tuned, songs, options), encoding="utf-8")
    for path in folder.iterdir():
        path.chmod(0o644)  # safetensors writes files only their owner can read


def _record(tuned: Tuned, songs: Sequence[OwnSong], options: TuneOptions) -> Mapping[str, Any]:
    """Say what the weights were tuned on, for programs."""
    weights = sorted(options.start.glob("*.safetensors"))
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in weights}
    measured = {key: value for key, value in asdict(tuned).items() if key != "losses"}
    return {
        "source": tuned.source, "licence": options.licence, "seed": options.seed,
        "start": hashes, "songs": [{"file": song.name, "sha256": song.sha256} for song in songs],
        "measured": measured, "losses": [list(row) for row in tuned.losses],
    }  # fmt: skip


def _card(name: str, tuned: Tuned, songs: Sequence[OwnSong], options: TuneOptions) -> str:
    """Write the model's card."""
    listed = "\n".join(f"- {song.name}" for song in songs)
    return f"""---
library_name: symbolic-music
license: other
license_name: see-below
pipeline_tag: other
tags: [music, midi]
---

# {name}

The phrase model of symbolic-music, tuned on {tuned.n_songs} songs (kind: {tuned.source}).

```text
symbolic-music create "a song" --weights {name}
```

## Rights

The weights that this began with are under the package's licence. What they were tuned on is listed below; its
licence, as stated by who tuned them: **{options.licence}**. Share these weights only if you may share what was
learnt from those files. `originality.npz` holds hashes of six-note figures of their tunes, no notes; with these
weights `create` writes a tune again that shares eight notes or more with one of them, and `originality` and `rights`
name the nearest ones.

## Measured

Nats a token, whole songs held out ({tuned.n_validation} of {tuned.n_songs}): {tuned.style_before:.3f} before,
{tuned.style_after:.3f} after ({-100 * tuned.gain:+.1f} %). On pop songs that the start wrote itself:
{tuned.kept_before:.3f}, {tuned.kept_after:.3f} ({100 * tuned.forgotten:+.1f} %). {tuned.n_steps} steps,
{tuned.minutes:g} minutes; {tuned.stopped}; {100 * tuned.share:.0f} % of the way from the start.

## Sources

{listed}
"""
