"""A plain score to perform, written by hand: tune, keys, bass, drums with ghosts, a pad and a countermelody."""

from __future__ import annotations

from collections import Counter

from symbolic_music.song.notes import make_notes, rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Marker, MeterChange, Score, TempoChange, Track
from symbolic_music.theory.meter import TPQ
from tests.arranging.band_songs import make_sheet

Row = tuple[int, int, int, int]
EIGHTH = TPQ // 2
GHOST = 40


def write_score(plan: SongPlan) -> Score:
    """Everybody plays in every bar; the last bar is held."""
    sheet, bar = make_sheet(plan), plan.meter.bar_ticks
    last = sheet.end_tick - bar
    tune = [row for row in rows_of(sheet.melody) if row[0] <= last]
    tune[-1] = (tune[-1][0], sheet.end_tick - tune[-1][0], *tune[-1][2:])
    keys: list[Row] = []
    bass: list[Row] = []
    drums: list[Row] = []
    pad: list[Row] = []
    for start in range(0, sheet.end_tick, bar):
        beat = plan.meter.beat_ticks
        chord = sheet.chord_at(start)
        assert chord is not None
        tones = sorted(48 + (tone - 48) % 12 for tone in chord.pitch_classes)
        pad.append((start, bar, 60 + chord.root, 80))
        steps = [(start, bar)] if start == last else [(tick, beat) for tick in range(start, start + bar, beat)]
        keys += [(tick, length, pitch, 84) for tick, length in steps for pitch in tones]
        eighths = [(start, bar)] if start == last else [(tick, EIGHTH) for tick in range(start, start + bar, EIGHTH)]
        bass += [(tick, length, 36 + chord.bass % 12, 84) for tick, length in eighths]
        drums += _drum_bar(start, bar, beat) if start < last else [(start, bar, 36, 90), (start, bar, 49, 100)]
    counts: Counter[str] = Counter()
    markers = []
    for section, tick in zip(plan.sections, plan.section_ticks, strict=True):
        counts[section.kind] += 1
        markers.append(Marker(tick, f"{section.kind.capitalize()} {counts[section.kind]}"))
    tracks = (
        Track("Melody", "melody", 71, make_notes(tune)), Track("Piano", "chords", 0, make_notes(keys)),
        Track("Bass", "bass", 33, make_notes(bass)), Track("Drums", "drums", 0, make_notes(drums), is_drum=True),
        Track("Strings", "pad", 48, make_notes(pad)), Track("Cello", "countermelody", 42, make_notes(pad)),
    )  # fmt: skip
    symbols = tuple(Marker(event.onset_tick, event.chord.symbol()) for event in sheet.chords)
    return Score(
        "Written", TPQ, sheet.end_tick, tracks, (TempoChange(0, plan.tempo_qpm),), (MeterChange(0, plan.meter),),
        markers=tuple(markers), chord_symbols=symbols,
    )  # fmt: skip


def _drum_bar(start: int, bar: int, beat: int) -> list[Row]:
    """Hats on eighths, kick and backbeat by turns, a ghost before the bar line."""
    hats = [(tick, EIGHTH, 42, 84) for tick in range(start, start + bar, EIGHTH)]
    beats = range(start, start + bar, beat)
    return [
        *hats, *((tick, EIGHTH, (36, 38)[number % 2], 84) for number, tick in enumerate(beats)),
        (start + bar - 3, 3, 38, GHOST),
    ]  # fmt: skip
