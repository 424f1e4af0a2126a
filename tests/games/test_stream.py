"""An endless song: the dial is heard at the next phrase, nothing comes again by mistake, levels and keys hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from symbolic_music.errors import InputError
from symbolic_music.formats.midi import read_midi
from symbolic_music.games.bars import StreamBar, level_of
from symbolic_music.games.stream import MEMORY_SEC
from symbolic_music.pipeline.ahead import NOTICE_SEC, Ahead
from symbolic_music.pipeline.stream import PHRASE_BARS, StreamOptions, open_stream, write_stream
from symbolic_music.theory.key import parse_key
from tests.games.hour import MOODS, listen


def _turned(ahead: Ahead, n_bars: int, every: int, seed: int) -> Iterator[tuple[StreamBar, float]]:
    """Play with a dial that is turned again and again; each turn is heard at the next phrase, when it was promised."""
    rng = np.random.default_rng(seed)
    promised: tuple[int, str, float] | None = None
    for number in range(n_bars):
        if number % every == every // 2:
            mood = str(rng.choice(MOODS)) if rng.random() < 0.3 else ahead.stream.dial.mood
            effect = ahead.turn(mood, round(float(rng.random()), 2))
            assert effect.bar - number <= PHRASE_BARS and effect.bar % PHRASE_BARS == 0
            promised = (effect.bar, mood, ahead.stream.dial.intensity)
        bar = ahead.make()
        if promised is not None and bar.number == promised[0]:
            assert (bar.mood, bar.intensity) == promised[1:]
            promised = None
        elif promised is not None:
            assert bar.number < promised[0]
        yield bar, ahead.slowest_sec


def _check(bars: list[StreamBar], drums: set[int]) -> None:
    """What holds of every stream."""
    assert [bar.number for bar in bars] == list(range(len(bars)))
    at = {bar.number: bar.quarter * 60 / bar.tempo_qpm for bar in bars}
    last: dict[str, int] = {}
    for bar in bars:
        before = last.get(bar.signature)
        if before is not None and at[bar.number] - at[before] < MEMORY_SEC:
            assert bar.returns_to is not None, f"bar {bar.number} is bar {before} again"
        last[bar.signature] = bar.number
    for one, two in pairwise(bars):
        assert abs(parse_key(one.key).fifths - parse_key(two.key).fifths) in (0, 1, 11, 12)
        assert two.quarter == one.quarter + one.n_quarters
    assert all(note.start + note.length <= PHRASE_BARS * bar.n_quarters + 1e-6 for bar in bars for note in bar.notes)


@pytest.mark.usefixtures("small_model")
def test_a_stream_hears_its_dial_and_repeats_nothing_by_mistake() -> None:
    ahead = Ahead(open_stream(StreamOptions(style="bossa nova", seed=2, candidates=1)))
    bars = [bar for bar, _ in _turned(ahead, 28, 6, seed=3)]
    _check(bars, {number for number, part in enumerate(ahead.stream.parts) if part.is_drum})
    again = open_stream(StreamOptions(style="bossa nova", seed=2, candidates=1))
    assert [next(again) for _ in range(4)] == bars[:4]


@pytest.mark.usefixtures("small_model")
def test_more_intensity_is_louder_and_the_tune_stays() -> None:
    options = StreamOptions(style="pop ballad", intensity=0.2, seed=5, candidates=1)
    quiet, loud = open_stream(options), open_stream(options)
    for _ in range(PHRASE_BARS):
        assert next(quiet) == next(loud)
    loud.set(intensity=1.0)
    soft, full = ([next(stream) for _ in range(PHRASE_BARS)] for stream in (quiet, loud))
    levels = []
    for stream, bars in ((quiet, soft), (loud, full)):
        drums = {number for number, part in enumerate(stream.parts) if part.is_drum}
        levels.append(np.mean([level_of(bar, drums) for bar in bars]))
    assert levels[1] > levels[0] + 3
    tunes = []
    for stream, bars in ((quiet, soft), (loud, full)):
        own = {number for number, part in enumerate(stream.parts) if part.role == "melody"}
        tunes.append([[note.pitch % 12 for note in bar.notes if note.part in own] for bar in bars])
    assert tunes[0] == tunes[1] or not any(tunes[0])


def _given(ahead: Ahead, n_bars: int) -> list[StreamBar]:
    """Make bars; one whose number was there takes its place, and that of all after it."""
    bars: list[StreamBar] = []
    while not bars or bars[-1].number < n_bars - 1:
        bar = ahead.make()
        bars = [*bars[: bar.number], bar]
    return bars


@pytest.mark.usefixtures("small_model")
def test_bars_that_were_given_are_taken_back_for_the_dial() -> None:
    options = StreamOptions(style="bossa nova", intensity=0.3, seed=7, candidates=1)
    patient, turned = (Ahead(open_stream(options), clock=lambda: 0.0) for _ in range(2))
    bars = _given(turned, 6)
    bar_sec = bars[0].seconds
    effect = turned.turn("tense", 0.9, position_sec=3.5 * bar_sec)
    assert (effect.bar, effect.full_bar) == (4, 4) and turned.ready_sec(3.5 * bar_sec) == pytest.approx(bar_sec / 2)
    anew = [turned.make() for _ in range(8)]
    assert [bar.number for bar in anew] == list(range(4, 12))
    assert {(bar.mood, bar.intensity, bar.is_reaction) for bar in anew} == {("tense", 0.9, False)}
    # It is what it would have been had nobody asked for those bars yet.
    assert _given(patient, 4) == bars[:4]
    patient.turn("tense", 0.9)
    assert [patient.make() for _ in range(8)] == anew


@pytest.mark.usefixtures("small_model")
@pytest.mark.parametrize("before_sec, first", [(1.0, 4), (0.1, 5)])
def test_the_band_reacts_where_there_is_no_time_to_write(before_sec: float, first: int) -> None:
    seconds = iter(range(1000))
    ahead = Ahead(open_stream(StreamOptions(style="bossa nova", seed=7, candidates=1)), lambda: float(next(seconds)))
    bars = _given(ahead, 6)
    effect = ahead.turn("energetic", 1.0, position_sec=4 * bars[0].seconds - before_sec)
    assert (effect.bar, effect.full_bar) == (first, 8)
    anew = [ahead.make() for _ in range(12 - first)]
    assert [bar.number for bar in anew] == list(range(first, 12))
    assert [bar.is_reaction for bar in anew] == [bar.number < 8 for bar in anew]
    assert {(bar.mood, bar.intensity) for bar in anew} == {("energetic", 1.0)}
    drums = {number for number, part in enumerate(ahead.stream.parts) if part.is_drum}
    old, new = bars[5], next(bar for bar in anew if bar.number == 5)
    assert level_of(new, drums) > level_of(old, drums) + 2
    tunes = [
        [(note.start, note.pitch) for note in bar.notes if ahead.stream.parts[note.part].role == "melody"]
        for bar in (old, new)
    ]
    assert tunes[0] == tunes[1] and old.chords == new.chords


@pytest.mark.usefixtures("small_model")
def test_hold_music_is_a_file_of_the_length_asked_for(tmp_path: Path) -> None:
    score = write_stream(StreamOptions(style="waltz", seed=1, candidates=1), 40, tmp_path / "hold.mid")
    back = read_midi(tmp_path / "hold.mid")
    assert back.end_tick == score.end_tick and str(back.meters[0].meter) == "3/4"
    assert 40 <= score.end_tick / 480 * 60 / score.tempos[0].qpm <= 50


def test_what_is_not_on_the_dial_is_refused() -> None:
    with pytest.raises(InputError, match="mood 'grumpy' is not known"):
        open_stream(StreamOptions(mood="grumpy"))
    with pytest.raises(InputError, match="use 0 to 1"):
        open_stream(StreamOptions()).set(intensity=2)


@pytest.mark.slow
def test_an_hour_is_never_late_and_never_the_same() -> None:
    """On one core by the processor's clock; the dial is turned 200 times."""
    ahead = Ahead(open_stream(StreamOptions(style="ambient", seed=1)), clock=time.process_time)
    heard = listen(ahead, 3600, 200, seed=4)
    assert len(heard.turns) == 200
    assert (heard.late(), heard.repeated(), heard.missed()) == ([], [], [])
    # All are heard at the next phrase, but for those that fall into its last moment.
    phrase_sec = PHRASE_BARS * heard.bars[0].seconds
    assert all(phrase_sec - turn.at_sec % phrase_sec < NOTICE_SEC for turn in heard.not_next())
    assert min(heard.held_sec) >= heard.bars[0].seconds
    _check(heard.bars, {number for number, part in enumerate(ahead.stream.parts) if part.is_drum})
