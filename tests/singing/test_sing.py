"""The sung voice: in tune, in time, in the length of its score."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from symbolic_music.errors import InputError
from symbolic_music.formats.midi import write_midi
from symbolic_music.pipeline.singing import sing_song
from symbolic_music.singing import SungBy, sing
from symbolic_music.song.score import tick_to_seconds
from tests.singing.songs import GERMAN, OWN, TWINKLE, song

pytest.importorskip("pyworld")
speaks_english = pytest.mark.skipif(
    not (shutil.which("flite") or shutil.which("espeak-ng")), reason="nothing that speaks English is installed"
)
speaks_german = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")


def heard_pitch(samples: np.ndarray, rate: int) -> float:
    """The pitch of a steady sound in MIDI numbers, by autocorrelation between 80 and 600 Hz."""
    samples = samples - samples.mean()
    spectrum = np.abs(np.fft.rfft(samples, 2 * len(samples))) ** 2
    correlation = np.fft.irfft(spectrum)[: len(samples)]
    shortest, longest = rate // 600, rate // 80
    # The first of the peaks that are about as high as the highest: later ones are octaves below.
    inside = correlation[shortest:longest]
    high = np.flatnonzero(inside > 0.85 * inside.max())
    first = int(high[0])
    lag = shortest + first + int(np.argmax(inside[first : first + max(3, first // 4 + shortest // 4)]))
    before, at, after = correlation[lag - 1 : lag + 2]
    exact = lag + 0.5 * (before - after) / (before - 2 * at + after)
    return float(69 + 12 * np.log2(rate / exact / 440))


@speaks_english
def test_the_voice_is_in_tune_and_silent_where_nobody_sings():
    score = song(TWINKLE[:2])
    sung = sing(score, SungBy(vibrato=0, octave=0))
    rate, samples = sung.audio.sample_rate, sung.audio.samples[0]
    assert sung.remarks == ()
    assert len(samples) == pytest.approx((tick_to_seconds(score, score.end_tick) + 1) * rate, abs=1)
    off = []
    for note in score.tracks[0].notes:
        start = tick_to_seconds(score, int(note["onset_tick"]))
        middle = samples[int((start + 0.1) * rate) : int((start + 0.3) * rate)]
        off.append(abs(heard_pitch(middle, rate) - int(note["pitch"])))
    assert np.median(off) < 0.1, "a tenth of a semitone"
    assert np.abs(samples[: int(0.3 * rate)]).max() < 0.01 * np.abs(samples).max()


@speaks_english
def test_an_octave_lower_is_heard():
    score = song(OWN[:1])
    high, low = (sing(score, SungBy(vibrato=0, octave=octave)).audio for octave in (0, -1))
    start = int((tick_to_seconds(score, 12) + 0.1) * 44100)
    middle = slice(start, start + 8000)
    assert heard_pitch(high.samples[0, middle], 44100) - heard_pitch(low.samples[0, middle], 44100) == pytest.approx(
        12, abs=0.3
    )


@speaks_german
def test_german_words_are_sung_on_every_note():
    score = song(GERMAN, language="de")
    samples = sing(score, SungBy(vibrato=0, octave=0)).audio.samples[0]
    for note in score.tracks[0].notes:
        start = tick_to_seconds(score, int(note["onset_tick"])) + 0.1
        middle = samples[int(start * 44100) : int((start + 0.2) * 44100)]
        assert abs(heard_pitch(middle, 44100) - int(note["pitch"])) < 0.3


def test_a_score_without_words_is_refused(tmp_path):
    score = replace(song(TWINKLE), lyrics=())
    with pytest.raises(InputError, match="no words"):
        sing(score)
    write_midi(score, tmp_path / "tune.mid")
    with pytest.raises(InputError, match="no words"):
        sing_song(tmp_path / "tune.mid", tmp_path / "sung.wav")


@pytest.mark.render
@speaks_english
def test_the_voice_lies_apart_from_the_band_and_both_make_the_mix(tmp_path):
    import soundfile

    score = song(TWINKLE[:1])
    tune = score.tracks[0]
    band = replace(score, tracks=(tune, replace(tune, name="Piano", role="keys", program=0)))
    write_midi(band, tmp_path / "song.mid")
    files = sing_song(tmp_path / "song.mid", tmp_path / "sung.wav")
    mix, vocals, backing = (soundfile.read(path)[0] for path in (files.mix, files.vocals, files.backing))
    assert mix.shape == vocals.shape == backing.shape
    assert np.abs(mix - vocals - backing).max() < 3 / 2**15
    assert np.abs(vocals).max() > 0.05 and np.abs(backing).max() > 0.05
