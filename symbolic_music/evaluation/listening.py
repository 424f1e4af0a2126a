"""What a listener would stumble over, measured: one table, a song's faults beside people's.

``python -m symbolic_music.evaluation.listening songs/`` reads song folders and prints each measure beside that of
people's songs (``listening_reference.json``, made from POP909's validation songs by
``python -m data_prep.listening_reference``). Definitions stand with the functions; all take plain rows, so that a
source and a song of ours are measured by the same lines.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolic_music.analysis.rests import rests_of
from symbolic_music.errors import FileFormatError, PlanError, SymbolicMusicError
from symbolic_music.evaluation.successions import surprises, symbols_of
from symbolic_music.song.document import load_document
from symbolic_music.song.folder import LEAD_SHEET, PLAN_FILE, SONG_MIDI
from symbolic_music.song.plan import SongPlan
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import REFERENCE_TONIC, Key
from symbolic_music.theory.meter import TPQ, Meter, snap_to_grid
from symbolic_music.tokens.phrase import row_at

REFERENCE = Path(__file__).parent / "listening_reference.json"
LINE_ROLES = ("countermelody", "line")
LONGEST_REST = 8  # beats; longer silences are passages, not rests
HANGING = ("sus2", "sus4", "5")
Row = tuple[int, int, int]


class HeardPhrase(NamedTuple):
    """A phrase: where it lies, whether it is sung, which music it is and in which key."""

    letter: str
    start_bar: int
    n_bars: int
    sung: bool
    section: str
    key: Key
    cadence: str = ""


@dataclass(frozen=True)
class HeardSong:
    """A song as a listener has it: tune, line, chords, phrases; ticks of 12 to the quarter."""

    meter: Meter
    n_bars: int
    seconds: float
    phrases: tuple[HeardPhrase, ...]
    tune: tuple[Row, ...]
    line: tuple[Row, ...]
    chords: tuple[tuple[int, int, str, int], ...]
    bass: tuple[Row, ...] = ()

    def between(self, rows: Sequence[Row], start_bar: int, n_bars: int) -> list[Row]:
        """Rows that begin in some bars; ticks from their first bar line."""
        start, end = start_bar * self.meter.bar_ticks, (start_bar + n_bars) * self.meter.bar_ticks
        return [(row[0] - start, row[1], row[2]) for row in rows if start <= row[0] < end]

    def chord_at(self, tick: int) -> Chord | None:
        """The chord that sounds at a tick."""
        row = row_at(self.chords, tick)
        return None if row is None else Chord(*row[1:])

    @property
    def sung(self) -> list[HeardPhrase]:
        """The phrases with a tune."""
        return [phrase for phrase in self.phrases if phrase.sung]


# --- measures: each gives the observations of one song, whose mean over all songs is the figure ---------------


def intro_has_line(song: HeardSong) -> Iterator[float]:
    """Intros of 2 bars and more with a melodic line: three notes or more of tune or line."""
    first = next((phrase for phrase in song.phrases if phrase.sung), None)
    n_bars = first.start_bar if first is not None else 0
    if n_bars >= 2:
        yield float(len(song.between((*song.tune, *song.line), 0, n_bars)) >= 3)


def rests_answered(song: HeardSong) -> Iterator[float]:
    """Rests of 2 to 8 beats inside sung phrases in which the line begins a note."""
    for phrase in song.sung:
        tune, line = (song.between(rows, phrase.start_bar, phrase.n_bars) for rows in (song.tune, song.line))
        for rest in rests_of(tune, phrase.n_bars, song.meter):
            if rest.end - rest.start <= LONGEST_REST * song.meter.beat_ticks:
                yield float(any(rest.start <= row[0] < rest.end for row in line))


def empty_bars(song: HeardSong) -> Iterator[float]:
    """Bars in which neither tune nor line sounds."""
    bar = song.meter.bar_ticks
    rows = (*song.tune, *song.line)
    for number in range(song.n_bars):
        yield float(not any(row[0] < (number + 1) * bar and row[0] + row[1] > number * bar for row in rows))


def top_share(song: HeardSong) -> Iterator[float]:
    """Share of the tune's notes on its highest pitch."""
    pitches = [row[2] for row in song.tune]
    if pitches:
        yield pitches.count(max(pitches)) / len(pitches)


def top_place(song: HeardSong) -> Iterator[float]:
    """Where the tune's highest pitch first comes, as a share of the song."""
    if song.tune:
        top = max(row[2] for row in song.tune)
        yield next(row[0] for row in song.tune if row[2] == top) / (song.n_bars * song.meter.bar_ticks)


def wrong_thirds(song: HeardSong) -> Iterator[float]:
    """Notes of the tune on the other third of the chord than its own."""
    for onset, _, pitch in song.tune:
        chord = song.chord_at(onset)
        if chord is not None:
            step, tones = (pitch - chord.root) % 12, Chord(0, chord.quality, 0).pitch_classes
            yield float((step == 4 and 3 in tones and 4 not in tones) or (step == 3 and 4 in tones and 3 not in tones))


def tonic_from_dominant(song: HeardSong) -> Iterator[float]:
    """Sung phrases that end on the tonic: whether its root was reached from the dominant's."""
    for phrase in song.sung:
        roots = _roots(song, phrase)
        if len(roots) > 1 and roots[-1] == 0:
            yield float(roots[-2] == 7)


def planned_from_dominant(song: HeardSong) -> Iterator[float]:
    """Phrases whose plan asks for an authentic cadence: whether it is V-I."""
    for phrase in song.sung:
        if phrase.cadence == "authentic":
            yield float(_roots(song, phrase)[-2:] == [7, 0])


def last_chord_hangs(song: HeardSong) -> Iterator[float]:
    """Songs whose last chord is a sus2, sus4 or power chord."""
    if song.chords:
        yield float(song.chords[-1][2] in HANGING)


def last_chord_of_other_mode(song: HeardSong) -> Iterator[float]:
    """Songs that end on the tonic with the other mode's third."""
    if song.chords and song.phrases:
        key, (_, root, quality, _) = song.phrases[-1].key, song.chords[-1]
        third = 3 if key.mode == "major" else 4
        tones = Chord(0, quality, 0).pitch_classes
        tonic = (REFERENCE_TONIC[key.mode] + key.tonic_shift) % 12
        yield float(root == tonic and third in tones and 7 - third not in tones)


def phrase_rests(song: HeardSong) -> Iterator[float]:
    """Sung phrases that end on a chord tone held a beat or more."""
    for phrase, (onset, length, pitch), _ in _last_notes(song):
        chord = song.chord_at(onset)
        yield float(chord is not None and pitch % 12 in chord.pitch_classes and length >= song.meter.beat_ticks)
        del phrase


def last_onset_late(song: HeardSong) -> Iterator[float]:
    """Sung phrases whose last onset lies in their last beat."""
    for phrase, (onset, _, _), _ in _last_notes(song):
        end = (phrase.start_bar + phrase.n_bars) * song.meter.bar_ticks
        yield float(onset >= end - song.meter.beat_ticks)


def final_length(song: HeardSong) -> Iterator[float]:
    """Length of a phrase's last note over the mean of its others."""
    for _, last, others in _last_notes(song):
        if others:
            yield last[1] / float(np.mean([row[1] for row in others]))


def rests_a_bar(song: HeardSong) -> Iterator[float]:
    """Rests of an eighth and more in a bar with tune."""
    tune, bar = song.tune, song.meter.bar_ticks
    sung = {row[0] // bar for row in tune}
    counts = dict.fromkeys(sung, 0)
    for one, other in pairwise(tune):
        if other[0] - one[0] - one[1] >= TPQ // 2 and (one[0] + one[1]) // bar in counts:
            counts[(one[0] + one[1]) // bar] += 1
    yield from map(float, counts.values())


def boundary_marked(song: HeardSong) -> Iterator[float]:
    """Boundaries between sung phrases with a note of a beat and a half or a rest of a beat before them."""
    for phrase, (onset, length, _), _ in _last_notes(song):
        end = (phrase.start_bar + phrase.n_bars) * song.meter.bar_ticks
        following = next((row[0] for row in song.tune if row[0] > onset), end)
        beat = song.meter.beat_ticks
        yield float(length >= 1.5 * beat or following - onset - length >= beat)


def rhythm_distance(song: HeardSong) -> Iterator[float]:
    """Distance of the rhythm profiles (share of onsets by sixteenth of the bar) of the two commonest phrases."""
    counts: dict[str, int] = {}
    for phrase in song.sung:
        counts[phrase.letter] = counts.get(phrase.letter, 0) + phrase.n_bars
    letters = sorted(counts, key=lambda letter: -counts[letter])[:2]
    if len(letters) == 2:
        one, other = (_profile(song, letter) for letter in letters)
        yield float(np.abs(one - other).sum() / 2)


def recoloured(song: HeardSong) -> Iterator[float]:
    """Changes of chord that keep the root."""
    for one, other in pairwise(song.chords):
        yield float(one[1] == other[1])


def succession_surprise(song: HeardSong) -> Iterator[float]:
    """Bits of each chord, given the two before it, under people's successions."""
    yield from surprises(symbols_of(chords_in_c(song)))


def returns_literal(song: HeardSong) -> Iterator[float]:
    """Returns of a phrase that are literally the same tune."""
    first: dict[tuple[str, int], list[Row]] = {}
    for phrase in song.sung:
        notes = [(on, length, pitch - phrase.key.tonic_shift) for on, length, pitch in
                 song.between(song.tune, phrase.start_bar, phrase.n_bars)]  # fmt: skip
        known = first.setdefault((phrase.letter, phrase.n_bars), notes)
        if known is not notes:
            yield float(known == notes)


def fours(song: HeardSong) -> Iterator[float]:
    """Phrases whose length is a multiple of four bars."""
    for phrase in song.phrases:
        yield float(phrase.n_bars % 4 == 0)


def seconds(song: HeardSong) -> Iterator[float]:
    """Length in seconds."""
    yield song.seconds


def slash_played(song: HeardSong) -> Iterator[float]:
    """Slash chords on whose change, or within a beat of it, the bass plays the named note."""
    for tick, root, _, bass in song.chords:
        near = [row for row in song.bass if tick - 1 <= row[0] < tick + song.meter.beat_ticks]
        if bass != root and near:
            yield float(any(row[2] % 12 == bass for row in near))


MEASURES: dict[str, tuple[str, Callable[[HeardSong], Iterator[float]]]] = {
    "intro line": ("intros of 2+ bars with a melodic line", intro_has_line),
    "rests answered": ("rests of 2 to 8 beats in the tune that a second line answers", rests_answered),
    "empty bars": ("bars with neither tune nor line", empty_bars),
    "top share": ("share of notes on the top pitch", top_share),
    "top place": ("where the top pitch first comes in the song", top_place),
    "wrong third": ("notes on the wrong third of the chord", wrong_thirds),
    "tonic from V": ("tonic reached from V at the end of a sung phrase", tonic_from_dominant),
    "planned V-I": ("planned authentic cadences that come from V", planned_from_dominant),
    "last chord hangs": ("last chord sus2, sus4 or 5", last_chord_hangs),
    "last chord, other mode": ("last chord on the tonic with the wrong third", last_chord_of_other_mode),
    "phrase rests": ("phrase ends on a chord tone held a beat or more", phrase_rests),
    "last onset late": ("last onset in the phrase's last beat", last_onset_late),
    "final length": ("final note of a phrase against the others", final_length),
    "rests a bar": ("rests a sung bar", rests_a_bar),
    "boundary marked": ("a long note or rest marks the boundary", boundary_marked),
    "rhythm distance": ("rhythm-profile distance of the two commonest phrases", rhythm_distance),
    "recoloured": ("same root with another colour, share of changes", recoloured),
    "chord surprise": ("surprise of a chord after two others, bits", succession_surprise),
    "literal returns": ("returns of a phrase that are literally the same", returns_literal),
    "fours": ("phrases that are multiples of 4 bars", fours),
    "seconds": ("length in seconds", seconds),
    "slash bass": ("slash basses that the bass plays", slash_played),
}


class Figure(NamedTuple):
    """A measure's mean over all observations of all songs, and how many there were."""

    mean: float
    n: int


def measure(songs: Sequence[HeardSong]) -> dict[str, Figure]:
    """Compute every measure.

    Parameters
    ----------
    songs : sequence of HeardSong

    Returns
    -------
    dict
        By the measure's short name; measures without an observation are missing.
    """
    found = {}
    for name, (_, observe) in MEASURES.items():
        values = [value for song in songs for value in observe(song)]
        if values:
            found[name] = Figure(float(np.mean(values)), len(values))
    return found


def commonest_top(songs: Sequence[HeardSong]) -> Figure:
    """Share of songs whose highest note is the commonest highest note, heard in C major or A minor."""
    tops = [
        max(row[2] for row in song.tune) - song.phrases[0].key.tonic_shift
        for song in songs
        if song.tune and song.phrases
    ]
    return Figure(max(map(tops.count, set(tops)), default=0) / max(1, len(tops)), len(tops))


def format_table(ours: dict[str, Figure], people: dict[str, Figure]) -> str:
    """Write ours beside people's as a Markdown table."""
    lines = ["| measure | ours | people | observations |", "| --- | --- | --- | --- |"]
    texts = {name: text for name, (text, _) in MEASURES.items()} | {
        "commonest top": "songs whose top note (in C) is the commonest one"
    }
    for name, text in texts.items():
        if name in ours:
            theirs = f"{people[name].mean:.3f}" if name in people else "–"
            lines.append(f"| {text} | {ours[name].mean:.3f} | {theirs} | {ours[name].n} |")
    return "\n".join(lines)


def measure_all(songs: Sequence[HeardSong]) -> dict[str, Figure]:
    """Every measure, and the commonest top note."""
    return measure(songs) | {"commonest top": commonest_top(songs)}


def load_reference() -> dict[str, Figure]:
    """People's figures."""
    return {name: Figure(*values) for name, values in json.loads(REFERENCE.read_text(encoding="utf-8")).items()}


# --- reading song folders -------------------------------------------------------------------------------------


def heard_folder(folder: Path) -> HeardSong:
    """Read a song folder.

    Raises
    ------
    FileFormatError, PlanError
        If plan, lead sheet or MIDI file is missing or broken.
    """
    from symbolic_music.formats.midi import read_midi
    from symbolic_music.formats.musicxml import read_lead_sheet

    plan = load_document(SongPlan, folder / PLAN_FILE, PlanError)
    sheet = read_lead_sheet(folder / LEAD_SHEET)
    score = read_midi(folder / SONG_MIDI)

    def rows_of(roles: tuple[str, ...]) -> tuple[Row, ...]:
        notes = [n for track in score.tracks if track.role in roles for n in track.notes.tolist()]
        scale = TPQ / score.tpq
        return tuple(sorted((snap_to_grid(n[0] * scale), max(1, round(n[1] * scale)), n[2]) for n in notes))

    phrases, start = [], 0
    for section in plan.sections:
        for phrase in section.phrases:
            phrases.append(HeardPhrase(phrase.letter + section.kind, start, phrase.n_bars, phrase.sung, section.kind,
                                       section.key, phrase.cadence))  # fmt: skip
            start += phrase.n_bars
    chords = tuple((e.onset_tick, e.chord.root, e.chord.quality, e.chord.bass) for e in sheet.chords)
    tune = tuple((row[0], row[1], row[2]) for row in sheet.melody.tolist())
    return HeardSong(sheet.meter, sheet.n_bars, plan.duration_sec, tuple(phrases), tune, rows_of(LINE_ROLES), chords,
                     rows_of(("bass",)))  # fmt: skip


def heard_songs(folder: Path) -> list[HeardSong]:
    """Read every song folder in a folder.

    Raises
    ------
    FileFormatError
        If there is none.
    """
    folders = sorted(path.parent for path in folder.glob(f"*/{LEAD_SHEET}"))
    if not folders:
        raise FileFormatError(f"{folder}: no song folders here; make some with symbolic-music create")
    return [heard_folder(path) for path in folders]


def chords_in_c(song: HeardSong) -> Iterator[tuple[int, str]]:
    """Root and quality of every chord, in C major or A minor."""
    bar = song.meter.bar_ticks
    for tick, root, quality, _ in song.chords:
        here = [phrase for phrase in song.phrases if phrase.start_bar * bar <= tick] or list(song.phrases[:1])
        if here:
            yield (root - here[-1].key.tonic_shift) % 12, quality


# --- helpers --------------------------------------------------------------------------------------------------


def _roots(song: HeardSong, phrase: HeardPhrase) -> list[int]:
    """Roots of a phrase's chords in semitones above its tonic, restatements left out."""
    bar = song.meter.bar_ticks
    start, end = phrase.start_bar * bar, (phrase.start_bar + phrase.n_bars) * bar
    rows = [row for row in song.chords if row[0] <= start][-1:] + [row for row in song.chords if start < row[0] < end]
    tonic = (REFERENCE_TONIC[phrase.key.mode] + phrase.key.tonic_shift) % 12
    roots = [(row[1] - tonic) % 12 for row in rows]
    return [root for at, root in enumerate(roots) if at == 0 or root != roots[at - 1]]


def _last_notes(song: HeardSong) -> Iterator[tuple[HeardPhrase, Row, list[Row]]]:
    """Of every sung phrase the last note (in song ticks) and the others."""
    for phrase in song.sung:
        start = phrase.start_bar * song.meter.bar_ticks
        notes = song.between(song.tune, phrase.start_bar, phrase.n_bars)
        if notes:
            onset, length, pitch = notes[-1]
            yield phrase, (onset + start, length, pitch), notes[:-1]


def _profile(song: HeardSong, letter: str) -> np.ndarray:
    """Share of a phrase letter's onsets by sixteenth of the bar."""
    onsets = [row[0] % song.meter.bar_ticks // 3 for phrase in song.sung if phrase.letter == letter
              for row in song.between(song.tune, phrase.start_bar, phrase.n_bars)]  # fmt: skip
    counts = np.bincount(onsets, minlength=song.meter.bar_ticks // 3).astype(float)
    return counts / max(1.0, counts.sum())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m symbolic_music.evaluation.listening", description="Print what a listener stumbles over."
    )
    parser.add_argument("songs", type=Path, help="a folder of song folders")
    options = parser.parse_args(arguments)
    try:
        print(format_table(measure_all(heard_songs(options.songs)), load_reference()))
    except SymbolicMusicError as error:
        print(f"listening: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
