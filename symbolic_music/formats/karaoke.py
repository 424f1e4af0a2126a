"""Words for singers before a screen: karaoke MIDI (``.kar``) and timed lines (``.lrc``).

A ``.kar`` is a MIDI file with a track of text events: ``@`` texts about the file, then a text a syllable, ``\\`` before
a new verse, ``/`` before a new line, a space before a new word. In an LRC file a line begins with its time, minutes,
seconds and hundredths, and every word with its own in angle brackets (the enhanced form; plain players show it too).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import mido

from symbolic_music.errors import InputError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.formats.midi import score_to_midi
from symbolic_music.song.lyrics import PLAYED_REACH, Syllable, gap_after, of_verse, settle
from symbolic_music.song.score import Score, singer, tick_to_seconds

_WORDS_TRACK = "Words"
# Languages' four letters in ``@L``, as players know them.
_KARAOKE_LANGUAGES = {"en": "ENGL", "de": "GERM", "fr": "FREN", "es": "SPAN", "it": "ITAL", "pt": "PORT", "nl": "DUTC"}
# A breath of more than so many seconds parts the words into verses.
_PAUSE_SEC = 4.0


def write_kar(score: Score, path: str | Path) -> None:
    """Write a karaoke file: the song's MIDI with its words as a karaoke track.

    Raises
    ------
    InputError
        If the song has no words.
    OutputError
        If the file cannot be written.
    """
    words = _words_of(score)
    file = score_to_midi(replace(score, lyrics=()))
    factor = file.ticks_per_beat / score.tpq
    file.tracks.insert(1, _about(score, words))
    file.tracks.insert(2, _words_track(score, words, factor))
    with atomic_path(path) as temporary:
        file.save(str(temporary))


def write_lrc(score: Score, path: str | Path) -> None:
    """Write the words as timed lines.

    Raises
    ------
    InputError
        If the song has no words.
    OutputError
        If the file cannot be written.
    """
    text = lrc_text(score)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def lrc_text(score: Score) -> str:
    """Make the text of an LRC file: title, length, a line a line of the song."""
    words = _words_of(score)
    seconds = tick_to_seconds(score, score.end_tick)
    head = [f"[ti:{_plain(score.title)}]", f"[length:{int(seconds // 60):02d}:{int(seconds % 60):02d}]"]
    lines = []
    for line in _lines(words):
        lines.append(f"[{_clock(score, line[0].tick)}]" + "".join(_timed_words(score, line)).rstrip())
    return "\n".join([*head, "", *lines, ""])


def _words_of(score: Score) -> list[Syllable]:
    """The syllables of the first verse, at the notes that they are sung on."""
    track = singer(score)
    words = (
        settle(of_verse(score.lyrics), track.notes["onset_tick"], score.tpq * PLAYED_REACH) if track is not None else ()
    )
    if not words:
        raise InputError(
            f"{score.title}: the song has no words", "set words first: symbolic-music lyrics song/ words.txt"
        )
    return list(words)


def _about(score: Score, words: Sequence[Syllable]) -> mido.MidiTrack:
    """The track that says what the file is."""
    language = _KARAOKE_LANGUAGES.get(words[0].language, "")
    texts = ["@KMIDI KARAOKE FILE", "@V0100", f"@T{_plain(score.title)}", *([f"@L{language}"] if language else [])]
    track = mido.MidiTrack([mido.MetaMessage("track_name", name="Soft Karaoke")])
    track.extend(mido.MetaMessage("text", text=text) for text in texts)
    return track


def _words_track(score: Score, words: Sequence[Syllable], factor: float) -> mido.MidiTrack:
    """The track of the syllables."""
    track, now = mido.MidiTrack([mido.MetaMessage("track_name", name=_WORDS_TRACK)]), 0
    for before, syllable in zip([None, *words], words, strict=False):
        tick = round(syllable.tick * factor)
        track.append(mido.MetaMessage("text", text=_sign(score, before, syllable) + syllable.text, time=tick - now))
        now = tick
    return track


def _sign(score: Score, before: Syllable | None, syllable: Syllable) -> str:
    """What stands before a syllable: of a new verse, line or word."""
    if before is None or _is_new_verse(score, before, syllable):
        return "\\"
    return "/" if before.ends_line else gap_after(before)


def _is_new_verse(score: Score, before: Syllable, syllable: Syllable) -> bool:
    """Whether a section begins between two syllables, or the singer pauses."""
    crossed = any(before.tick < marker.tick <= syllable.tick + score.tpq for marker in score.markers)
    pause = tick_to_seconds(score, syllable.tick) - tick_to_seconds(score, before.tick)
    return before.ends_line and (crossed or pause > _PAUSE_SEC)


def _lines(words: Sequence[Syllable]) -> Iterator[list[Syllable]]:
    """Part the syllables into lines; where nobody marked any, at pauses of more than two quarters of the usual."""
    marked = any(word.ends_line for word in words)
    gaps = sorted(after.tick - one.tick for one, after in pairwise(words))
    usual = gaps[len(gaps) // 2] if gaps else 0
    line: list[Syllable] = []
    for one, after in pairwise([*words, None]):
        assert one is not None
        line.append(one)
        is_end = (
            one.ends_line if marked else not one.goes_on and after is not None and after.tick - one.tick > 2.5 * usual
        )
        if is_end or after is None:
            yield line
            line = []


def _timed_words(score: Score, line: Sequence[Syllable]) -> Iterator[str]:
    """The words of a line, each with its time before it."""
    text, begins = "", line[0].tick
    for syllable in line:
        text += syllable.text
        if not syllable.goes_on:
            yield f"<{_clock(score, begins)}>{text}{gap_after(syllable)}".replace("\n", "")
            text = ""
        if not text:
            later = [other.tick for other in line if other.tick > syllable.tick]
            begins = later[0] if later else begins
    if text:
        yield f"<{_clock(score, begins)}>{text}"


def _clock(score: Score, tick: int) -> str:
    """Minutes, seconds and hundredths."""
    hundredths = round(tick_to_seconds(score, tick) * 100)
    return f"{hundredths // 6000:02d}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"


def _plain(text: str) -> str:
    """A text of one line without brackets."""
    return " ".join(text.replace("[", "(").replace("]", ")").split())
