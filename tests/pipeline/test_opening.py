"""The first bars are there while the rest is written, and the song is the same whether anybody listens or not."""

from __future__ import annotations

import numpy as np
import pytest

from symbolic_music import Brief, create
from symbolic_music.pipeline.creation import CreateOptions
from symbolic_music.pipeline.opening import OPENING_BARS, opening_span
from symbolic_music.pipeline.sink import FinishedBars
from symbolic_music.planning import plan

BRIEF = Brief(prompt="pop song", form="verse8 chorus4 verse8 chorus4", genre="pop", style="pop", seed=5)


def test_the_first_bars_come_early_with_the_chords_and_tune_of_the_song() -> None:
    told: list[FinishedBars] = []
    written: list[tuple[str, int, int]] = []
    written_then: list[tuple[str, int, int]] = []

    def take(bars: FinishedBars) -> None:
        told.append(bars)
        written_then.extend(written)

    options = CreateOptions(audio="none", on_opening=take, on_progress=lambda *progress: written.append(progress))
    song = create(BRIEF, options=options)
    plain = create(BRIEF, options=CreateOptions(audio="none"))
    for heard, unheard in zip(song.score.tracks, plain.score.tracks, strict=True):
        assert heard.name == unheard.name and np.array_equal(heard.notes, unheard.notes)

    (opening,) = told
    assert OPENING_BARS <= opening.n_bars <= 8 and opening.piece.end_tick == song.score.end_tick
    symbols = [symbol for symbol in song.score.chord_symbols if symbol.tick < opening.end_tick]
    assert list(opening.piece.chord_symbols) == symbols
    tunes = [next(t for t in score.tracks if t.role == "melody") for score in (opening.piece, song.score)]
    heard, whole = ([(round(on / 120), pitch) for on, _, pitch, _ in tune.notes.tolist()] for tune in tunes)
    assert heard and heard == whole[: len(heard)]
    # Told when half of the phrases are written, and nothing of the band.
    stage, done, total = written_then[-1]
    assert stage == "compose" and done <= total / 2 and len(written) > len(written_then)


def test_a_short_song_is_not_begun_twice() -> None:
    assert opening_span(plan(Brief(form="verse4", genre="pop", seed=1))) is None


@pytest.mark.parametrize("form", ["intro4 verse8 chorus8", "intro2 verse8 chorus8"])
def test_the_opening_ends_with_a_phrase(form: str) -> None:
    made = plan(Brief(form=form, genre="pop", style="pop", seed=2))
    span = opening_span(made)
    assert span is not None and span.start_bar == 0 and span.end_bar in (4, 6, 8, 10)
