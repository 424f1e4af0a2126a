"""`arrange` on lead sheets from elsewhere, as a user would call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.cli import main
from symbolic_music.formats.midi import read_midi, write_midi
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import Meter

pytestmark = pytest.mark.usefixtures("small_model")

Run = Callable[..., tuple[int, str, str]]
TUNES = """X: 7
T: First
M: 4/4
L: 1/4
K: G
"G"GABc|"D7"dcBA|"Em"GFED|"G"G4|

X: 9
T: Second
M: 3/4
L: 1/4
K: D
"D"dfa|"A7"gec|"D"d3|"D"d3|
"""


@pytest.fixture
def tunes(tmp_path: Path) -> Path:
    path = tmp_path / "tunes.abc"
    path.write_text(TUNES, encoding="utf-8")
    return path


@pytest.fixture
def melody(tmp_path: Path) -> Path:
    notes = make_notes([(beat * 12, 12, 60 + (0, 2, 4, 5)[beat % 4], 90) for beat in range(32)])
    track = Track("Melody", "melody", 73, notes)
    score = Score("Tune", 12, 8 * 48, (track,), (TempoChange(0, 100.0),), (MeterChange(0, Meter(4, 4)),))
    write_midi(score, tmp_path / "melody.mid")
    return tmp_path / "melody.mid"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command; gives exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ending:
            main(["arrange", *map(str, arguments)])
        captured = capsys.readouterr()
        return int(ending.value.code or 0), captured.out, captured.err

    return call


def test_a_collection_says_which_tune_is_taken(run: Run, tunes: Path, tmp_path: Path) -> None:
    code, out, err = run(tunes, "-o", tmp_path / "song.mid", "--style", "folk")
    assert code == 0 and "2 tunes; this is X:7" in out + err
    code, out, err = run(tunes, "--tune", 9, "-o", tmp_path / "song.mid", "--style", "waltz")
    assert code == 0 and "2 tunes" not in out + err and "Second" in out


@pytest.mark.parametrize("chord", ["Xyz7", "Cq", "J7"])
def test_an_unknown_chord_is_named_with_its_bar(run: Run, melody: Path, tmp_path: Path, chord: str) -> None:
    code, out, err = run(melody, "--chords", f"C | Am | {chord} | G", "-o", tmp_path / "song.mid")
    assert (code, out) == (2, "") and chord in err and "bar 3" in err and "Traceback" not in err
    assert not (tmp_path / "song.mid").exists()


def test_a_midi_melody_with_a_chart_in_a_style_with_a_named_band(run: Run, melody: Path, tmp_path: Path) -> None:
    code, out, _ = run(
        melody, "--chords", "C | Am | F | G7", "--style", "swing", "--band", "Klavier, Kontrabass, Besen, Trompete",
        "--perform", "--straight", "-o", tmp_path / "song.mid", "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["style"] == "swing"
    score = read_midi(tmp_path / "song.mid")
    assert {(track.program, track.is_drum) for track in score.tracks} <= {
        (0, False),
        (43, False),
        (40, True),
        (56, False),
    }
    assert score.tracks[0].program == 56
    for track in score.tracks:
        assert np.isin(track.notes["onset_tick"] % 480, [40 * tick for tick in (0, 3, 4, 6, 8, 9)]).all(), track.name
