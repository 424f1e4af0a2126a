"""Many songs of one brief, variations by the thousand, and bars handed on early."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from symbolic_music.errors import InputError
from symbolic_music.pipeline.bulk import vary_many
from symbolic_music.pipeline.creation import CreateOptions, brief_of_prompt, create
from symbolic_music.pipeline.many import create_many
from symbolic_music.pipeline.sink import FinishedBars
from tests.bench.phrase import four_bars

BRIEF = brief_of_prompt("pop", 5).model_copy(update={"n_bars": 4})
SILENT = CreateOptions(audio="none", candidates=1)


class Kept:
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        self.bars: list[FinishedBars] = []
        self.ended = False

    def put(self, bars: FinishedBars) -> None:
        assert not self.ended
        self.bars.append(bars)

    def end(self) -> None:
        self.ended = True


@pytest.mark.usefixtures("small_model")
def test_many_songs_have_their_own_seeds_and_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    songs = create_many(BRIEF, tmp_path, 3, SILENT, workers=1)
    assert next(songs).folder == tmp_path / "001"
    songs.close()  # interrupted after one song
    before = (tmp_path / "001" / "song.mid").read_bytes()
    done = list(create_many(BRIEF, tmp_path, 3, SILENT, workers=1))
    assert [(song.number, song.was_there) for song in done] == [(0, True), (1, False), (2, False)]
    files = [(tmp_path / f"00{n}" / "song.mid").read_bytes() for n in (1, 2, 3)]
    assert files[0] == before and len(set(files)) == 3
    assert [f"seed: {5 + n}" in (tmp_path / f"00{n + 1}" / "brief.yaml").read_text() for n in range(3)] == [True] * 3


def test_counts_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="songs must be 1 to 100000"):
        create_many(BRIEF, tmp_path, 0)
    with pytest.raises(InputError, match="workers must be 1 or more"):
        create_many(BRIEF, tmp_path, 2, workers=0)
    with pytest.raises(InputError, match="strength 'wild' is not known; use one of light, medium, strong"):
        vary_many(four_bars(), 3, strength="wild")


@pytest.mark.usefixtures("small_model")
def test_finished_bars_join_to_the_performed_song() -> None:
    sink = Kept()
    song = create(BRIEF, None, SILENT, sink)
    assert sink.ended and [bars.section for bars in sink.bars] == [section.name for section in song.plan.sections]
    assert [bars.first for bars in sink.bars][1:] == np.cumsum([bars.n_bars for bars in sink.bars])[:-1].tolist()
    for number, track in enumerate(song.score.tracks):
        pieces = [bars.tracks[number] for bars in sink.bars]
        assert np.array_equal(np.concatenate([piece.notes for piece in pieces]), track.notes)
        assert sum((piece.controls for piece in pieces), ()) == tuple(track.controls)


@pytest.mark.usefixtures("small_model")
def test_variations_keep_chords_and_bars_and_do_not_depend_on_how_many_are_asked_for() -> None:
    sheet = four_bars()
    few, more = list(vary_many(sheet, 2, seed=4)), list(vary_many(sheet, 6, seed=4))
    assert [a.melody.tobytes() for a in few] == [b.melody.tobytes() for b in more[:2]]
    assert len({varied.melody.tobytes() for varied in more}) > 1
    for varied in more:
        assert (varied.chords, varied.n_bars) == (sheet.chords, sheet.n_bars)
