"""The page of a song's rights: what it is made of, what to print, and near tunes side by side."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.analysis.originality import build_index, save_index
from symbolic_music.errors import FileFormatError
from symbolic_music.formats.musicxml import write_lead_sheet
from symbolic_music.model.chosen import WEIGHTS_VARIABLE
from symbolic_music.model.network_config import NetworkConfig
from symbolic_music.pipeline.creation import CreateOptions, create
from symbolic_music.pipeline.origin import TRAINING_SOURCES, weight_files
from symbolic_music.pipeline.rights import describe_rights, rights_page, rights_text, write_rights
from symbolic_music.song.brief import Brief
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import Chord
from symbolic_music.tokens.vocabulary import TOKENS
from tests.evaluation.songs import make_sheet
from tests.model.networks import write_network


def tune(seed: int) -> LeadSheet:
    """Eight bars of quarters by chance."""
    pitches = 60 + np.random.default_rng(seed).integers(0, 12, 32)
    notes = make_notes((12 * at, 12, int(pitch), 80) for at, pitch in enumerate(pitches))
    chords = tuple(ChordEvent(48 * bar, Chord(0, "maj", 0)) for bar in range(8))
    return replace(make_sheet([[]] * 8), title=f"tune {seed}", melody=notes, chords=chords)


@pytest.fixture
def own_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights of one's own that know one tune."""
    folder = tmp_path / "my-weights"
    write_network(NetworkConfig(len(TOKENS), 32, 64, 1, 2, 2), folder)
    save_index(build_index([("mine.musicxml", tune(1).melody)]), folder / "originality.npz")
    record = '{"source": "folk", "licence": "all mine", "songs": [{"file": "mine.musicxml"}], "start": {}}'
    (folder / "fine_tuned.json").write_text(record, encoding="utf-8")
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(folder))
    return folder


def test_two_passages_stand_side_by_side(own_weights: Path, tmp_path: Path) -> None:
    mine, other = tune(1), tune(2)
    moved = mine.melody[8:18].copy()
    moved["pitch"] += 5
    notes = other.melody.copy()
    notes[4:14] = moved
    notes["onset_tick"] = 12 * np.arange(32)
    write_lead_sheet(replace(other, melody=notes), tmp_path / "song.musicxml")
    (tmp_path / "tunes").mkdir()
    write_lead_sheet(mine, tmp_path / "tunes" / "mine.musicxml")
    said = describe_rights(tmp_path / "song.musicxml", tmp_path / "tunes")
    near = said.nearest[0]
    assert (near.run.tune, near.tune_file) == ("mine.musicxml", "mine.musicxml")
    assert near.run.n_notes >= 10 and len(near.song_notes) == len(near.tune_notes) == near.run.n_notes
    page = rights_page(said)
    assert page.count("<figure><svg") >= 2 and "src=" not in page
    styled = set(re.findall(r"#([\w-]+) path", page))
    assert len(styled) >= 2 and all(f'id="{name}"' in page for name in styled)  # else staves and stems are not drawn
    blind = rights_page(describe_rights(tmp_path / "song.musicxml"))
    assert "The notes of mine.musicxml are not in the package" in blind
    write_rights(said, tmp_path / "rights.md")
    assert " ".join(near.tune_notes) in (tmp_path / "rights.md").read_text(encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"must end in \.html"):
        write_rights(said, tmp_path / "rights.doc")


def test_a_song_of_own_weights_names_them_and_what_they_learnt(own_weights: Path, tmp_path: Path) -> None:
    options = CreateOptions(audio="none", candidates=1)
    song = create(Brief(n_bars=8, form="verse8", seed=3), tmp_path / "song", options)
    digest = next(row["sha256"] for row in weight_files() if row["file"] == "my-weights/model.safetensors")
    assert digest in {row["sha256"] for row in song.provenance["weights"]}  # type: ignore[attr-defined]
    assert song.provenance["own_tunes"]["n_tunes"] == 1  # type: ignore[index]
    text = rights_text(describe_rights(tmp_path / "song"))
    assert str(digest) in text and "as stated: all mine" in text and "Longest run shared with the songs" in text


def test_what_must_be_named_is_to_be_printed() -> None:
    by_credit = [row["notice"] for row in TRAINING_SOURCES if "CC BY" in row["licence"]]
    assert len(by_credit) >= 5 and all(by_credit)
    assert any("Gillick" in line for line in by_credit) and any("de Clercq" in line for line in by_credit)
