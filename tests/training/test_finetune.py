"""Tuning on songs of one's own: a tiny network learns five of its own songs, and its folder is used."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from symbolic_music.analysis.originality import known_index, longest_shared_run, own_index, shipped_index
from symbolic_music.errors import CheckpointError, InputError
from symbolic_music.filling.fill import WEIGHTS, load_phrase_model, witnessed
from symbolic_music.model.chosen import RECORD_FILE, WEIGHTS_VARIABLE, find_weights, using_weights, weights_folder
from symbolic_music.model.network_config import NetworkConfig
from symbolic_music.song.collection import OwnSong
from symbolic_music.song.leadsheet import ChordEvent
from symbolic_music.song.notes import make_notes
from symbolic_music.theory.chord import Chord
from symbolic_music.tokens.vocabulary import TOKENS
from symbolic_music.training import finetune as tuning
from symbolic_music.training.finetune import TuneOptions, _average, finetune, hold_out
from symbolic_music.training.own_songs import examples_of_songs, songs_of_sheet
from tests.evaluation.songs import make_sheet
from tests.model.networks import write_network


def make_song(number: int) -> OwnSong:
    """Eight bars of one melodic figure, in its own place."""
    rng = np.random.default_rng(number)
    pitches = 60 + rng.integers(0, 12, 32)
    sheet = make_sheet([[]] * 8)
    notes = make_notes((12 * at, 12, int(pitch), 80) for at, pitch in enumerate(pitches))
    chords = tuple(ChordEvent(48 * bar, Chord(root, "maj", root)) for bar, root in enumerate((0, 5, 7, 0) * 2))
    return OwnSong(f"tune {number}.mid", replace(sheet, melody=notes, chords=chords), sha256=f"{number}" * 64)


SONGS = [make_song(number) for number in range(5)]
QUICK = TuneOptions(
    source="folk", epochs=0.01, rehearsal_songs=2, tokens_per_batch=1024, validations=1, threads=1, licence="CC0"
)


@pytest.fixture(scope="module")
def tuned_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A tiny network, tuned for a step."""
    start = tmp_path_factory.mktemp("start")
    write_network(NetworkConfig(len(TOKENS), 32, 64, 1, 2, 2), start)
    out = tmp_path_factory.mktemp("tuned") / "my-weights"
    with pytest.MonkeyPatch.context() as patch:
        # The tiny network's own songs are long to write; what it must keep is another song here.
        kept = [replace(song, name=f"kept {number}") for number, song in enumerate(SONGS)]
        made = examples_of_songs(kept, "pop", frozenset({"kept 0"}))
        patch.setattr(tuning, "rehearse", lambda *given: made)
        finetune(SONGS, out, replace(QUICK, start=start))
    yield out


def test_a_tuned_folder_is_a_model_of_the_hub(tuned_folder: Path) -> None:
    from symbolic_music.model.pretrained import PhraseModel
    from symbolic_music.tokens.tokenizer import PhraseTokenizer

    names = {path.name for path in tuned_folder.iterdir()}
    assert {"config.json", "model.safetensors", "model.onnx", "tokens.txt", "README.md", "originality.npz"} <= names
    assert PhraseModel.from_pretrained(tuned_folder).config.vocab_size == len(TOKENS)
    assert PhraseTokenizer.from_pretrained(tuned_folder).vocab == PhraseTokenizer().vocab
    card = (tuned_folder / "README.md").read_text(encoding="utf-8")
    assert "**CC0**" in card and all(f"- {song.name}" in card for song in SONGS)
    record = json.loads((tuned_folder / RECORD_FILE).read_text(encoding="utf-8"))
    assert record["source"] == "folk" and len(record["songs"]) == 5 and record["measured"]["n_steps"] == 1


def test_the_index_beside_the_weights_knows_the_tunes_and_holds_no_notes(tuned_folder: Path) -> None:
    with using_weights(tuned_folder):
        run = longest_shared_run(SONGS[3].sheet)
        assert (run.tune, run.n_notes, run.tune_note) == ("tune 3.mid", 32, 0)
        assert len(known_index().tunes) == len(shipped_index().tunes) + 5
    assert own_index() is None and longest_shared_run(SONGS[3].sheet).tune != "tune 3.mid"
    with np.load(tuned_folder / "originality.npz") as stored:
        assert set(stored.files) == {"hashes", "lengths", "tunes"}


def test_weights_are_chosen_for_a_while_and_other_programs_that_are_started(tuned_folder: Path) -> None:
    assert weights_folder() == WEIGHTS
    with using_weights(tuned_folder):
        assert os.environ[WEIGHTS_VARIABLE] == str(tuned_folder.resolve()) and weights_folder() != WEIGHTS
        assert load_phrase_model().config.hidden_size == 32
    assert weights_folder() == WEIGHTS and WEIGHTS_VARIABLE not in os.environ


def test_tuned_weights_are_asked_for_the_manner_that_they_learnt(tuned_folder: Path) -> None:
    from symbolic_music.filling import FillOptions, PhraseTask, fill_phrases
    from tests.builders import make_job

    heard: list[str] = []
    job = make_job("chords", n_bars=2)
    job = replace(job, conditions=replace(job.conditions, source="pop"))
    tell = lambda job, music: heard.append(job.conditions.source)  # noqa: E731
    with using_weights(tuned_folder), witnessed(tell):
        fill_phrases([PhraseTask("a", job)], 1, FillOptions(n_candidates=1))
    assert heard and set(heard) == {"folk"}


def test_weights_come_from_the_hub_s_store_on_this_machine(
    tuned_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    from huggingface_hub import constants

    place = tmp_path / "models--me--tunes"
    shutil.copytree(tuned_folder, place / "snapshots" / "abc123")
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("abc123")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub._snapshot_download.constants.HF_HUB_CACHE", str(tmp_path))
    assert find_weights("me/tunes").name == "abc123"
    with pytest.raises(CheckpointError, match="hf download nobody/nothing"):
        find_weights("nobody/nothing")
    with pytest.raises(CheckpointError, match=r"config\.json is missing"):
        find_weights(tmp_path)


def test_whole_songs_are_held_out() -> None:
    held = hold_out(SONGS, TuneOptions(validation_share=0.4))
    examples = examples_of_songs(SONGS, "folk", held)
    assert len(held) == 2
    assert {example.song for example in examples if example.split == "validation"} == held
    assert held == hold_out(list(reversed(SONGS)), TuneOptions(validation_share=0.4))
    with pytest.raises(InputError, match="2 songs can be learnt from, at least 3"):
        hold_out(SONGS[:2], TuneOptions())


def test_a_sheet_becomes_a_song_with_its_notes_and_keys() -> None:
    (song,) = songs_of_sheet(SONGS[0], "train")
    assert len(song["melody"]) == 32 and song["chords"][0][0] == 0
    assert sum(row[2] for row in song["phrases"]) == 8
    parts = {example.part for example in examples_of_songs(SONGS[:1], "any", frozenset())}
    assert parts == {"chords", "melody"}


@pytest.mark.parametrize(("wrong", "said"), [({"source": "polka"}, "not known"), ({"minutes": 0}, "more than 0")])
def test_options_that_cannot_be_are_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        TuneOptions(**wrong)  # type: ignore[arg-type]


def test_a_folder_of_files_becomes_weights_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from symbolic_music.cli import main
    from symbolic_music.formats.musicxml import write_lead_sheet

    start, folder = tmp_path / "start", tmp_path / "tunes"
    write_network(NetworkConfig(len(TOKENS), 32, 64, 1, 2, 2), start)
    (folder / "more").mkdir(parents=True)
    for number, song in enumerate(SONGS[:4]):
        write_lead_sheet(song.sheet, folder / ("more" if number > 2 else ".") / f"{number}.musicxml")
    (folder / "broken.mid").write_bytes(b"no music")
    (folder / "again.musicxml").write_bytes((folder / "1.musicxml").read_bytes())
    monkeypatch.setattr(tuning, "rehearse", lambda *given: examples_of_songs(SONGS, "pop", frozenset({SONGS[0].name})))
    arguments = [str(folder), "-o", str(tmp_path / "mine"), "--start", str(start), "--epochs", "0.01", "--json"]
    with pytest.raises(SystemExit) as ending:
        main(["finetune", *arguments])
    assert not ending.value.code
    said = json.loads(capsys.readouterr().out)
    assert said["n_songs"] == 4 and said["source"] in tuning.SOURCES
    assert len(said["left_out"]) == 2 and any("broken.mid" in line for line in said["left_out"])
    names = [row["file"] for row in json.loads((tmp_path / "mine" / RECORD_FILE).read_text())["songs"]]
    assert names == ["0.musicxml", "1.musicxml", "2.musicxml", "more/3.musicxml"]
    with pytest.raises(SystemExit) as ending:
        main(["originality", str(folder / "2.musicxml"), "--weights", str(tmp_path / "mine"), "--json"])
    assert not ending.value.code and WEIGHTS_VARIABLE not in os.environ
    assert json.loads(capsys.readouterr().out)["tune"] == "2.musicxml"


def test_an_interrupted_tuning_keeps_the_best_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = tmp_path / "start"
    write_network(NetworkConfig(len(TOKENS), 32, 64, 1, 2, 2), start)
    monkeypatch.setattr(tuning, "rehearse", lambda *given: examples_of_songs(SONGS, "pop", frozenset({SONGS[0].name})))
    step = tuning._step
    calls: list[int] = []

    def interrupted(run: object) -> None:
        calls.append(1)
        if len(calls) > 2:
            raise KeyboardInterrupt
        step(run)  # type: ignore[arg-type]

    monkeypatch.setattr(tuning, "_step", interrupted)
    options = replace(QUICK, start=start, epochs=5.0, validations=100)
    assert finetune(SONGS, tmp_path / "mine", options).stopped == "interrupted"
    assert (tmp_path / "mine" / "model.safetensors").is_file()
    calls += [1, 1]
    with pytest.raises(KeyboardInterrupt):
        finetune(SONGS, tmp_path / "none", options)
    assert not (tmp_path / "none").exists()


def test_the_average_of_the_steps_weighs_later_ones_more() -> None:
    now, mean = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    run = SimpleNamespace(network=now, averaged=mean, step=0)
    for value in (1.0, 2.0, 3.0, 4.0):
        torch.nn.init.constant_(now.weight, value)
        run.step += 1
        _average(run)  # type: ignore[arg-type]
    assert 2.5 < mean.weight.item() < 4
