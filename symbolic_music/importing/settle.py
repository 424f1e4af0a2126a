"""Any score made ready to be a song: its beat, meter, keys, tune, roles and sections, found where nobody has said them.

Notes keep their places in time and their pitches. What a file says is believed where it can be: a tempo map, time
signatures, markers, key signatures with sharps or flats. What is found or changed instead is said in remarks. A file
that this program wrote says everything itself and passes unchanged.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from symbolic_music.analysis.beats import find_beats, find_downbeat, fits_grid, is_performed, stress_of
from symbolic_music.analysis.chords import find_chords_of_score
from symbolic_music.analysis.form import bar_features, find_form
from symbolic_music.analysis.key import find_key_of_score
from symbolic_music.analysis.melody import find_tune, is_one_voice, skyline
from symbolic_music.analysis.texture import is_bass, part_of_voice, texture_of
from symbolic_music.errors import InputError
from symbolic_music.formats.midi import MOST_MELODIC_TRACKS, clean_notes
from symbolic_music.formats.written import write_down
from symbolic_music.importing.sheet_plan import FASTEST_QPM, SLOWEST_QPM, kind_of, name_letters
from symbolic_music.limits import BARS, name_of
from symbolic_music.remarks import tell
from symbolic_music.song.bars import BarLines, bars_of, most_of
from symbolic_music.song.leadsheet import ChordEvent
from symbolic_music.song.notes import make_notes
from symbolic_music.song.resampling import move_events, resample
from symbolic_music.song.score import KeyChange, Marker, MeterChange, Score, TempoChange, Track, free_name, last_tick
from symbolic_music.theory.meter import METERS, TPQ, Meter, parse_meter

ROLE_OF_PART = {"drums": "drums", "bass": "bass", "pad": "pad", "arpeggio": "chords", "piano": "chords"}
SECOND_TUNE = "countermelody"
# Under this share of onsets on its grid even a file with a tempo of its own is taken as played freely.
HARDLY_ON_GRID = 0.5
DEFAULT_QPM = 120.0
PERFORMED_TPQ = 480
# A file's markers are its sections where they do not stand in more than this share of its bars.
MOST_MARKED = 0.34
_LOOP_MARKS = re.compile(r"loop|^\W*$|^\d+$|cue|end$|start$|fine|copyright|\.mid|http", re.I)


def settle_score(score: Score, where: str) -> Score:
    """Make a score that can be a song's.

    Parameters
    ----------
    score : Score
        As a reader gave it.
    where : str
        What errors and remarks call it.

    Returns
    -------
    Score
        In meters that the engine has, with one track whose role is the melody, roles of all others, markers at its
        sections.

    Raises
    ------
    InputError
        If nothing pitched sounds, or its meter is one that no song can have.
    """
    is_ours = bool(score.chord_symbols) and any(track.role == "melody" and len(track.notes) for track in score.tracks)
    if PERFORMED_TPQ % score.tpq:
        # Heard as it will be written, so that what is heard of the written song is the same.
        score = resample(score, PERFORMED_TPQ)
    score = _joined(score)
    if score.title.strip() in ("", "Untitled"):
        score = replace(score, title=name_of(where))
    if not any(len(track.notes) and not track.is_drum for track in score.tracks):
        sounds = any(len(track.notes) for track in score.tracks)
        raise InputError(f"{where}: {'only drums sound in it' if sounds else 'it has no notes'}; a song needs a tune")
    said: list[str] = []
    score = score if is_ours else _on_its_beats(score, said)
    score = _in_usual_tempo(score, said)
    score = _in_meters(score, where, said)
    if is_ours:
        return replace(score, remarks=(*score.remarks, *tell(where, said)))
    written = write_down(score)
    score, written = _with_tune(score, written, said)
    score = _with_sections(_with_keys(score, written, said), written)
    return replace(score, remarks=(*score.remarks, *tell(where, said)))


def _joined(score: Score) -> Score:
    """One track of drums, no more melodic tracks than MIDI has channels, none without notes, names for all.

    A key that is struck again while it is down is let go first, as in every file that is written of the song.
    """
    sounding = [
        replace(track, notes=clean_notes(track.notes, score.end_tick)) for track in score.tracks if len(track.notes)
    ]
    drums = [track for track in sounding if track.is_drum]
    pitched = [track for track in sounding if not track.is_drum]
    if len(drums) > 1:
        drums = [_merged(drums)]
    while len(pitched) > MOST_MELODIC_TRACKS:
        by_program = defaultdict(list)
        for track in pitched:
            by_program[track.program, track.role].append(track)
        most = max(by_program.values(), key=len)
        pair = sorted(most if len(most) > 1 else pitched, key=lambda track: len(track.notes))[:2]
        pitched = [_merged(pair) if track is pair[0] else track for track in pitched if track is not pair[1]]
    kept = sounding if len(drums) + len(pitched) == len(sounding) else (*pitched, *drums)
    named = tuple(track if track.name.strip() else replace(track, name=f"Track {n}") for n, track in enumerate(kept, 1))
    return replace(score, tracks=named)


def _merged(tracks: Sequence[Track]) -> Track:
    """Several tracks as one."""
    rows = {tuple(row) for track in tracks for row in track.notes.tolist()}
    longest = max(tracks, key=lambda track: len(track.notes))
    return replace(longest, notes=make_notes(rows), controls=())


def _on_its_beats(score: Score, said: list[str]) -> Score:
    """Bring what was played freely to beats that are found: notes keep their times, the tempo map follows them."""
    onsets = np.unique(np.concatenate([track.notes["onset_tick"] for track in score.tracks])) / score.tpq
    is_default = len(score.tempos) == 1 and abs(score.tempos[0].qpm - DEFAULT_QPM) < 0.01
    is_free = is_performed(onsets) if is_default else len(onsets) >= 16 and fits_grid(onsets) < HARDLY_ON_GRID
    if not is_free:
        return score
    notes = [(track, row) for track in score.tracks for row in track.notes.tolist()]
    seconds = _seconds(score, np.array([row[0] for _, row in notes]))
    beats = find_beats(seconds.tolist(), [stress_of(row[2], row[3]) for _, row in notes])
    strengths = np.zeros(len(beats))
    nearest = np.searchsorted((beats[1:] + beats[:-1]) / 2, seconds)
    for (_, row), near in zip(notes, nearest.tolist(), strict=True):
        strengths[near] += (1.0 if row[2] < 52 else 0.3) + min(1.0, row[1] / score.tpq / 2)
    count, phase = find_downbeat(strengths)
    moved = _retimed(score, beats, (count - phase) % count, Meter(count, 4))
    said.append(f"played without a click: beats found at about {60 / float(np.median(np.diff(beats))):.0f} a minute")
    return moved


def _retimed(score: Score, beats: np.ndarray, before: int, meter: Meter) -> Score:
    """The same music in time, with ticks counted from found beats; ``before`` beats of rest complete the first bar."""
    step = float(np.median(np.diff(beats)))
    lead = beats[0] - step * np.arange(before, 0, -1) if before else np.empty(0)
    all_beats = np.concatenate([lead, beats])
    ticks = np.arange(len(all_beats)) * PERFORMED_TPQ

    def moved(old: np.ndarray) -> np.ndarray:
        seconds = _seconds(score, old)
        late = ticks[-1] + (seconds - all_beats[-1]) / step * PERFORMED_TPQ
        inside = np.interp(seconds, all_beats, ticks)
        return np.rint(np.where(seconds > all_beats[-1], late, np.maximum(inside, 0))).astype(int)

    tracks = []
    for track in score.tracks:
        notes = track.notes
        starts = moved(notes["onset_tick"])
        ends = moved(notes["onset_tick"].astype(np.int64) + notes["duration_tick"])
        columns = (starts, np.maximum(ends - starts, 1), notes["pitch"], notes["velocity"])
        rows = zip(*(column.tolist() for column in columns), strict=True)
        tracks.append(replace(track, notes=make_notes(rows), controls=()))
    tempos = tuple(
        TempoChange(int(tick), round(float(np.clip(60 / (after - now), 20, 400)), 2))
        for tick, (now, after) in zip(ticks, pairwise(all_beats), strict=False)
    )
    end = last_tick(tracks)
    bar = meter.beats * PERFORMED_TPQ * 4 // meter.unit
    return replace(
        score, tpq=PERFORMED_TPQ, end_tick=-(-end // bar) * bar, tracks=tuple(tracks), tempos=tempos,
        meters=(MeterChange(0, meter),), keys=(), markers=(), lyrics=(),
    )  # fmt: skip


def _seconds(score: Score, ticks: np.ndarray) -> np.ndarray:
    """Ticks, shape (n,), in seconds."""
    changes = sorted(score.tempos, key=lambda change: change.tick)
    places = np.array([change.tick for change in changes])
    lengths = np.array([60 / change.qpm / score.tpq for change in changes])
    before = np.concatenate([[0.0], np.cumsum(np.diff(places) * lengths[:-1])])
    at = np.clip(np.searchsorted(places, ticks, side="right") - 1, 0, None)
    found: np.ndarray = before[at] + (ticks - places[at]) * lengths[at]
    return found


def main_tempo(score: Score) -> float:
    """The tempo that holds longest; of a performance with one a beat, the median."""
    ends = [*(change.tick for change in score.tempos[1:]), max(score.end_tick, score.tempos[-1].tick + 1)]
    lasting: dict[float, int] = defaultdict(int)
    for change, end in zip(score.tempos, ends, strict=True):
        lasting[change.qpm] += max(0, end - change.tick)
    if len(lasting) < 8:
        return max(lasting, key=lambda qpm: lasting[qpm])
    values = np.array(sorted(lasting))
    shares = np.cumsum([lasting[value] for value in values])
    return round(float(values[int(np.searchsorted(shares, shares[-1] / 2))]), 1)


def _in_usual_tempo(score: Score, said: list[str]) -> Score:
    """Count in halves or doubles where a tempo is faster or slower than a song's; it sounds the same."""
    for _ in range(4):
        qpm = main_tempo(score)
        if SLOWEST_QPM <= qpm <= FASTEST_QPM:
            break
        # A quarter of so many ticks more is as much longer.
        factor, tpq = (2.0, score.tpq // 2) if qpm < SLOWEST_QPM else (0.5, score.tpq * 2)
        if tpq < 1:
            break
        tempos = tuple(replace(change, qpm=change.qpm * factor) for change in score.tempos)
        score = replace(score, tpq=tpq, tempos=tempos, end_tick=score.end_tick)
        said.append(f"tempo {qpm:g} counted as {qpm * factor:g}")
    qpm = min(FASTEST_QPM, max(SLOWEST_QPM, main_tempo(score)))
    if main_tempo(score) != qpm:
        score = replace(score, tempos=(TempoChange(0, qpm),))
    return score


def _in_meters(score: Score, where: str, said: list[str]) -> Score:
    """Write the score in meters that the engine has: each as the file changes them, else all in the longest.

    A change that lies inside a bar, or to a meter that is none of ours, cannot be kept.
    """
    kept = _kept_meters(score)
    if kept is None:
        return _in_one_meter(score, where, said)
    named = {change.tick: str(change.meter) for change in score.meters}
    other = {named[b.tick]: str(b.meter) for b in kept if named[b.tick] != str(b.meter)}
    if other:
        said.append("; ".join(f"{name} written as {meter}" for name, meter in other.items()))
    meters = tuple(change for n, change in enumerate(kept) if not n or change.meter != kept[n - 1].meter)
    unit = score.tpq / TPQ
    bars = bars_of(move_events(meters, 1 / unit), max(1, -int(-score.end_tick // unit)))
    BARS.check(len(bars), where)
    return replace(score, meters=meters, end_tick=round(bars[-1].end * unit))


def _kept_meters(score: Score) -> list[MeterChange] | None:
    """A file's meters as the engine has them; ``None`` where a change is on no bar line, or a meter is strange."""
    # Of several at one tick the last counts.
    changes = {change.tick: change for change in score.meters if change.tick < score.end_tick or not change.tick}
    kept: list[MeterChange] = []
    for change in changes.values():
        meter = _usual_meter(change.meter)
        if meter is None:
            return None
        if kept:
            bar = kept[-1].meter.bar_ticks * score.tpq / TPQ
            if (change.tick - kept[-1].tick) % bar:
                return None
        kept.append(MeterChange(change.tick, meter))
    return kept if kept and not kept[0].tick else None


def _in_one_meter(score: Score, where: str, said: list[str]) -> Score:
    """Write the whole score in its longest meter, as one that the engine has."""
    ends = [*(change.tick for change in score.meters[1:]), max(score.end_tick, score.meters[-1].tick)]
    lasting: dict[str, int] = defaultdict(int)
    for change, end in zip(score.meters, ends, strict=True):
        lasting[str(change.meter)] += max(0, end - change.tick)
    main = max(lasting, key=lambda name: lasting[name])
    read_as = _usual_meter(next(c.meter for c in score.meters if str(c.meter) == main))
    if read_as is None:
        raise InputError(f"{where}: its meter is {main}; a song has one of {', '.join(METERS)}")
    others = [name for name in lasting if name != main and lasting[name]]
    if others:
        said.append(f"meters {', '.join(others)} written as {read_as}, as most of it is")
    elif str(read_as) != main:
        said.append(f"{main} written as {read_as}")
    # Music that begins late has its first bar line where its main meter begins.
    bar = read_as.beats * score.tpq * 4 // read_as.unit
    end = -(-score.end_tick // bar) * bar
    BARS.check(end // bar, where)
    return replace(score, meters=(MeterChange(0, read_as),), end_tick=end)


def _usual_meter(meter: Meter) -> Meter | None:
    """A meter of the engine whose bars are whole bars of another, or parts of one."""
    if str(meter) in METERS:
        return meter
    ticks = meter.beats * TPQ * 4 / meter.unit
    is_compound = meter.unit >= 8 and meter.beats % 3 == 0
    names = ("6/8", "12/8") if is_compound else ("4/4", "3/4", "2/4")
    for name in names:
        bar = parse_meter(name).bar_ticks
        if ticks and (bar % ticks == 0 or ticks % bar == 0):
            return parse_meter(name)
    return None


def _with_tune(score: Score, written: Score, said: list[str]) -> tuple[Score, Score]:
    """Give one track the melody's role, others theirs; a tune inside chords becomes a track of its own."""
    tune = find_tune(written)
    assert tune is not None  # something pitched sounds
    roles = _roles(written, tune.track)
    tracks = [replace(track, role=role) for track, role in zip(score.tracks, roles, strict=True)]
    chosen = tracks[tune.track]
    said.append(f"tune: {tune.how}")
    rows = [tuple(row) for row in chosen.notes.tolist()]
    sung = set(rows if is_one_voice(chosen.notes) else skyline(rows, score.tpq // 4, cut=False))  # type: ignore[arg-type]
    if rest := [row for row in rows if row not in sung]:  # notes that merely overlap are one voice too
        upper = replace(
            chosen, name=free_name("Melody", {track.name for track in tracks}), notes=make_notes(sung), controls=()
        )  # type: ignore[arg-type]
        tracks[tune.track : tune.track + 1] = [upper, replace(chosen, role="chords", notes=make_notes(rest))]  # type: ignore[arg-type]
        if sum(not track.is_drum for track in tracks) > MOST_MELODIC_TRACKS:
            tracks = list(_joined(replace(score, tracks=tuple(tracks))).tracks)
    score = replace(score, tracks=tuple(tracks))
    return score, write_down(score)


def _roles(written: Score, tune: int) -> list[str]:
    """The role of each track by how it moves."""
    bar = most_of(BarLines(bars_of(written.meters, written.end_tick))).bar_ticks
    textures = [
        texture_of([tuple(row) for row in track.notes.tolist()], 0, written.end_tick, bar)  # type: ignore[misc]
        for track in written.tracks
    ]
    lowest = min((t.mean_pitch for t, track in zip(textures, written.tracks, strict=True)
                  if t.n_notes and not track.is_drum), default=0.0)  # fmt: skip
    roles = []
    for index, (track, texture) in enumerate(zip(written.tracks, textures, strict=True)):
        if index == tune:
            roles.append("melody")
        elif track.is_drum:
            roles.append("drums")
        elif is_bass(track, texture, lowest):
            roles.append("bass")
        elif track.role == "melody":
            roles.append(SECOND_TUNE)
        else:
            roles.append(ROLE_OF_PART.get(part_of_voice(track, texture) or "", "chords"))
    return roles


def _with_keys(score: Score, written: Score, said: list[str]) -> Score:
    """Believe key signatures with sharps or flats; C major is what programs write that know no key."""
    if any(change.key.fifths for change in score.keys):
        return score if len(score.keys) > 1 else replace(score, keys=_settled(score, written))
    heard = find_key_of_score(replace(written, keys=()), find_chords_of_score(written))
    if score.keys and heard.fifths:
        said.append(f"key heard: {heard}")
    return replace(score, keys=(KeyChange(0, heard),))


def _settled(score: Score, written: Score) -> tuple[KeyChange, ...]:
    """Decide between a signature's major and its relative minor by what sounds."""
    key = score.keys[0].key
    heard = find_key_of_score(replace(written, keys=()), find_chords_of_score(written))
    return (KeyChange(0, heard if heard.fifths == key.fifths else key),)


def _with_sections(score: Score, written: Score) -> Score:
    """Keep markers that name sections; else mark those that are found."""
    lines = BarLines(bars_of(written.meters, written.end_tick))
    n_bars = len(lines.bars)
    named = [marker for marker in score.markers if not _LOOP_MARKS.search(marker.text.strip())]
    bars = {lines.bar_at(marker.tick * TPQ // score.tpq) for marker in named}
    is_form = len(bars) > 1 and len(bars) <= max(3, MOST_MARKED * n_bars)
    if is_form and any(kind_of(marker.text) or len(marker.text.strip()) <= 3 for marker in named):
        return replace(score, markers=tuple(named))
    tune = next(track for track in written.tracks if track.role == "melody")
    rows = [(int(on), int(length), int(pitch)) for on, length, pitch, _ in tune.notes.tolist()]
    levels = np.zeros((n_bars, len(written.tracks)))
    for place, track in enumerate(written.tracks):
        inside = np.array([lines.bar_at(tick) for tick in track.notes["onset_tick"].tolist()], dtype=int)
        counts = np.bincount(inside, minlength=n_bars)[:n_bars].astype(float)
        levels[:, place] = counts / max(1.0, counts.max())
    chords = find_chords_of_score(written, [(0, n_bars, score.keys[0].key)])
    spans = find_form(_features(rows, chords, levels, lines), lines.bar_at(rows[0][0]))
    sung_bars = {lines.bar_at(on) for on, _, _ in rows}
    sung = [any(s.start <= bar < s.start + s.n_bars for bar in sung_bars) for s in spans]
    names = name_letters([span.letter for span in spans], sung)
    factor = score.tpq / TPQ
    markers = [Marker(round(lines.tick_of(span.start) * factor), name) for span, name in zip(spans, names, strict=True)]
    return replace(score, markers=tuple(markers))


def _features(
    rows: Sequence[tuple[int, int, int]], chords: Sequence[ChordEvent], levels: np.ndarray, lines: BarLines
) -> np.ndarray:
    """What each bar holds; where meters change, bars are drawn out to one length, so that they can be compared."""
    meter = most_of(lines)
    if len(lines.changes()) > 1:
        bar = meter.bar_ticks

        def even(tick: int) -> int:
            place = lines.at(tick)
            return lines.bar_at(tick) * bar + (tick - place.start) * bar // place.meter.bar_ticks

        rows = [(even(on), max(1, even(on + length) - even(on)), pitch) for on, length, pitch in rows]
        chords = [ChordEvent(even(event.onset_tick), event.chord) for event in chords]
    return bar_features(rows, chords, levels, meter, len(lines.bars))
