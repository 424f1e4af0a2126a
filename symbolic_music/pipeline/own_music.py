"""Going on with music that is there: continue, infill, harmonize, a tune over chords, players beside it.

Every function takes a song (`import_song` makes one of any file) and returns another. Notes that were given stay
exactly as they are in its score; what is written joins the melody's track, or tracks of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from symbolic_music.errors import InputError
from symbolic_music.filling.around import (
    AROUND,
    HARMONIES,
    HARMONY_BARS,
    RELATIVE_BARS,
    Stretch,
    chords_from_rows,
    music_of,
    phrases_of,
    write_chords,
    write_harmonies,
    write_tune,
)
from symbolic_music.filling.fill import FillOptions
from symbolic_music.pipeline.creation import CreateOptions, Song, run_arrange
from symbolic_music.song.bars import Run, pieces_of
from symbolic_music.song.leadsheet import LeadSheet, SectionSpan, chord_markers, split_symbols
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import ROLES, SECTION_KINDS, PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.song.score import Marker, Score, Track, free_name
from symbolic_music.theory.chart import parse_chart, place_chords
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.meter import TPQ, Meter
from symbolic_music.tokens.phrase import ChordRow, Note

VELOCITY = 84
# A chorus reaches so many semitones higher than what it follows, and begins on the tonic's side.
CHORUS_LIFT = 4
LONGEST = 64
CHORDS_TRACK, CHORDS_PROGRAM = "Chords by hand", 0
# Where block chords lie: the bass below, the tones around middle C.
BASS_FROM, TONES_FROM = 36, 55


@dataclass(frozen=True)
class WriteOptions:
    """How new music is written: chance, candidates, chords given as a chart, the kind of section."""

    seed: int = 0
    candidates: int | None = None
    chords: str | None = None
    kind: str | None = None

    @property
    def fill(self) -> FillOptions:
        """What the phrase model takes."""
        return AROUND if self.candidates is None else replace(AROUND, n_candidates=self.candidates)

    @property
    def harmony(self) -> FillOptions:
        """What the phrase model takes for chords under a tune."""
        return HARMONIES if self.candidates is None else replace(HARMONIES, n_candidates=self.candidates)


def continue_song(song: Song, n_bars: int, options: WriteOptions | None = None) -> Song:
    """Write what follows a song's last bar.

    Parameters
    ----------
    song : Song
        With a tune.
    n_bars : int
        1 to `LONGEST`.
    options : WriteOptions, optional
        ``kind`` makes it a section of that kind: a ``chorus`` lies higher.

    Raises
    ------
    InputError
        If there is no tune to go on from, or a number is out of range.
    """
    options = options or WriteOptions()
    _check_bars(n_bars, "bars to continue")
    if options.kind is not None and options.kind not in SECTION_KINDS:
        raise InputError(f"section {options.kind!r} is not known; use one of {', '.join(SECTION_KINDS)}")
    sheet, first = song.lead_sheet, song.lead_sheet.n_bars
    _check_tune(sheet)
    stretch = replace(
        _stretch(sheet, first, n_bars, "continuation", options.kind),
        lifted=CHORUS_LIFT if options.kind == "chorus" else 0,
        last="V-I" if options.kind != "verse" else "any",
    )
    rows = _given_rows(options, stretch) or write_chords(stretch, options.seed, (), options.fill)
    notes = write_tune(stretch, rows, options.seed, options.fill)
    longer = _with_new_section(song.plan, n_bars, options.kind)
    spans = (*sheet.sections, SectionSpan(longer.sections[-1].name, first, n_bars, stretch.key))
    grown = replace(sheet, n_bars=first + n_bars, sections=spans)
    return _joined(song, longer, grown, (first, n_bars), (rows, notes))


def infill_song(song: Song, start_bar: int, n_bars: int, options: WriteOptions | None = None) -> Song:
    """Write the tune of some bars anew, between what stands before and after; chords that are there stay.

    Parameters
    ----------
    song : Song
        With a tune.
    start_bar : int
        Counted from 0.
    n_bars : int
        1 to `LONGEST`.
    options : WriteOptions, optional
        ``chords`` replaces the chords of these bars.

    Raises
    ------
    InputError
        If the bars are not in the song; it says which it has.
    """
    options = options or WriteOptions()
    sheet = song.lead_sheet
    if not 0 <= start_bar < start_bar + n_bars <= sheet.n_bars:
        raise InputError(f"bars {start_bar + 1}-{start_bar + n_bars} are not in the song; it has 1 to {sheet.n_bars}")
    _check_bars(n_bars, "bars to fill")
    for piece in pieces_of(sheet.lines, start_bar, n_bars):
        song = _infilled(song, piece, options)
    return song


def _infilled(song: Song, piece: Run, options: WriteOptions) -> Song:
    """Write the tune of some bars of one meter anew."""
    sheet, start_bar, n_bars = song.lead_sheet, piece.start_bar, piece.n_bars
    after = start_bar + n_bars
    n_after = min(RELATIVE_BARS, _alike(sheet, after, 1, piece.meter))
    stretch = _stretch(sheet, start_bar, n_bars, "infill", None)
    stretch = replace(stretch, after=music_of(sheet, after, n_after) if n_after else None)
    there = music_of(sheet, start_bar, n_bars).chords
    rows = _given_rows(options, stretch) or there or write_chords(stretch, options.seed, (), options.fill)
    notes = write_tune(stretch, rows, options.seed, options.fill)
    start, end = sheet.lines.tick_of(start_bar), sheet.lines.tick_of(after)
    kept = [row for row in sheet.melody.tolist() if not start <= row[0] < end]
    free_from = max([on + length - start for on, length, *_ in kept if on < start] or [0])
    notes = tuple((max(on, free_from), on + length - max(on, free_from), pitch) for on, length, pitch in notes
                  if on + length - max(on, free_from) >= TPQ // 4)  # fmt: skip
    emptied = replace(sheet, melody=make_notes(kept))
    return _joined(song, song.plan, emptied, (start_bar, n_bars), (rows, notes))


def harmonize_song(song: Song, options: WriteOptions | None = None) -> Song:
    """Write chords under a song's tune, and play them by hand on a piano; the tune stays.

    Parameters
    ----------
    song : Song
        With a tune; chords that it has are replaced.
    options : WriteOptions, optional
        How it is written.

    Raises
    ------
    InputError
        If there is no tune.
    """
    options = options or WriteOptions()
    sheet = song.lead_sheet
    _check_tune(sheet)
    symbols: dict[int, Chord | None] = {}
    bare = replace(sheet, chords=(), no_chords=())
    phrases = [
        (span, piece.start_bar + start, n)
        for span in sheet.sections
        for piece in pieces_of(sheet.lines, span.start_bar, span.n_bars)
        for start, n in phrases_of(piece.n_bars, HARMONY_BARS)
    ]
    stretches = [
        Stretch(n, span.key, sheet.lines.bars[start].meter, last="V-I" if start + n == sheet.n_bars else "any")
        for span, start, n in phrases
    ]
    tunes = [music_of(bare, start, n).notes for _, start, n in phrases]
    for (span, start, _), rows in zip(
        phrases, write_harmonies(stretches, tunes, options.seed, options.harmony), strict=True
    ):
        symbols |= dict(chords_from_rows(rows, sheet.lines.tick_of(start), span.key))
    chords, no_chords = split_symbols(symbols)
    harmonized = replace(sheet, chords=chords, no_chords=no_chords)
    kept = tuple(track for track in song.score.tracks if track.name != CHORDS_TRACK)
    score = replace(song.score, tracks=(*kept, play_by_hand(harmonized, song.score.tpq)))
    return replace(song, lead_sheet=harmonized, score=_with_texts(score, harmonized), audio=None)


def accompany_song(song: Song, roles: Sequence[str], style: str | None = None) -> Song:
    """Write players beside a song's own tracks: a bass line to a piano, drums to a tune.

    Parameters
    ----------
    song : Song
        Its chords say what is played.
    roles : sequence of str
        Of `ROLES` but the melody: ``bass``, ``drums``, ``chords``, ``pad``, ``line``.
    style : str, optional
        How it is played; the plan's if left out.

    Raises
    ------
    InputError
        If nobody has such a role.
    """
    known = [role for role in ROLES if role != "melody"]
    for role in roles:
        if role not in known:
            raise InputError(f"part {role!r} is not known; use one of {', '.join(known)}")
    plan = song.plan if style is None else song.plan.model_copy(update={"style": style})
    wanted = ("melody", *roles)
    sections = tuple(section.model_copy(update={"roles": wanted}) for section in plan.sections)
    arranged = run_arrange(song.lead_sheet, plan.model_copy(update={"sections": sections}), CreateOptions("none"))
    factor = song.score.tpq / arranged.tpq
    taken = {track.name for track in song.score.tracks}
    new: list[Track] = []
    for track in arranged.tracks:
        if track.role in roles and len(track.notes):
            name = free_name(track.name, taken | {other.name for other in new})
            new.append(replace(track, name=name, notes=_moved(track, factor), controls=()))
    if not new:
        raise InputError(f"{song.plan.title}: the style has nobody for {', '.join(roles)}; name another style")
    tracks = [track for track in song.score.tracks if not (track.is_drum and any(t.is_drum for t in new))]
    planned = tuple(
        section.model_copy(update={"roles": tuple(r for r in ROLES if r in {*(section.roles or ()), *roles})})
        for section in plan.sections
    )
    return replace(
        song, plan=plan.model_copy(update={"sections": planned}),
        score=replace(song.score, tracks=(*tracks, *new)), audio=None,
    )  # fmt: skip


def with_band(song: Song, start_bar: int) -> Song:
    """Let a band in the plan's style play a song from a bar on; what was there before stays.

    Parameters
    ----------
    song : Song
        Whose new bars begin there.
    start_bar : int
        Counted from 0.
    """
    sections = tuple(section.model_copy(update={"roles": None}) for section in song.plan.sections)
    arranged = run_arrange(song.lead_sheet, song.plan.model_copy(update={"sections": sections}), CreateOptions("none"))
    factor = song.score.tpq / arranged.tpq
    start = round(song.lead_sheet.lines.tick_of(start_bar) * factor)
    tracks = list(song.score.tracks)
    for track in arranged.tracks:
        played = _moved(track, factor)
        new = played[played["onset_tick"] >= start]
        if track.role == "melody" or not len(new):
            continue
        place = next(
            (n for n, old in enumerate(tracks) if old.is_drum == track.is_drum and old.role == track.role), None
        )
        if place is None:
            tracks.append(replace(track, name=free_name(track.name, {t.name for t in tracks}), notes=new, controls=()))
        else:
            tracks[place] = replace(
                tracks[place], notes=make_notes([*map(tuple, tracks[place].notes.tolist()), *map(tuple, new.tolist())])
            )
    return replace(song, score=replace(song.score, tracks=tuple(tracks)), audio=None)


def play_by_hand(sheet: LeadSheet, tpq: int) -> Track:
    """Play a lead sheet's chords as block chords: the bass below, the tones in the middle, led by the nearest way."""
    starts = [event.onset_tick for event in sheet.chords]
    ends = [*starts[1:], sheet.end_tick] if starts else []  # a rest from end to end has no chord
    rows: list[tuple[int, int, int, int]] = []
    factor = tpq // TPQ if tpq % TPQ == 0 else tpq / TPQ
    for event, end in zip(sheet.chords, ends, strict=True):
        end = next((start for start, _ in sheet.silences if event.onset_tick < start < end), end)
        # Struck again at every bar line, as a hand does.
        inside = [bar.start for bar in sheet.lines.bars if event.onset_tick < bar.start < end]
        lines = [event.onset_tick, *inside]
        for start, stop in zip(lines, [*lines[1:], end], strict=True):
            pitches = [BASS_FROM + (event.chord.bass - BASS_FROM) % 12]
            pitches += [TONES_FROM + (tone - TONES_FROM) % 12 for tone in sorted(event.chord.pitch_classes)]
            rows += [(round(start * factor), round((stop - start) * factor), pitch, VELOCITY - 14)
                     for pitch in pitches]  # fmt: skip
    return Track(CHORDS_TRACK, "chords", CHORDS_PROGRAM, make_notes(rows))


def _stretch(sheet: LeadSheet, start_bar: int, n_bars: int, name: str, kind: str | None) -> Stretch:
    """Bars to be written, with what stands before them and what the song is known by."""
    key = sheet.key_at(max(0, start_bar - 1) if start_bar >= sheet.n_bars else start_bar)
    meter = sheet.lines.bars[min(start_bar, sheet.n_bars - 1)].meter
    # Heard is what has bars of the same length.
    n_before = min(RELATIVE_BARS, _alike(sheet, start_bar - 1, -1, meter))
    sung = sheet.lines.bar_at(int(sheet.melody["onset_tick"][0])) if len(sheet.melody) else 0
    is_known = sung + RELATIVE_BARS <= start_bar and _alike(sheet, sung, 1, meter) >= RELATIVE_BARS
    return Stretch(
        n_bars, key, meter,
        before=music_of(sheet, start_bar - n_before, n_before) if n_before else None,
        theme=music_of(sheet, sung, RELATIVE_BARS) if is_known else None,
        kind=kind or "any", name=name,
    )  # fmt: skip


def _alike(sheet: LeadSheet, bar: int, step: int, meter: Meter) -> int:
    """How many bars of a meter follow from a bar on, backwards with a step of -1."""
    bars = sheet.lines.bars[bar:] if step > 0 else sheet.lines.bars[bar::-1] if bar >= 0 else ()
    return sum(1 for _ in takewhile(lambda other: other.meter == meter, bars))


def _given_rows(options: WriteOptions, stretch: Stretch) -> tuple[ChordRow, ...]:
    """The rows of a chart that is given for a stretch; it repeats to its end."""
    if not options.chords:
        return ()
    chart = parse_chart(options.chords, "chords", stretch.key)
    rows: list[ChordRow] = []
    for bar in range(stretch.n_bars):
        for tick, chord in place_chords(chart[bar % len(chart)], stretch.meter):
            if chord is not None:
                moved = chord.transpose(-stretch.key.tonic_shift)
                start = bar * stretch.meter.bar_ticks + tick
                rows.append((start if rows else 0, moved.root, moved.quality, moved.bass))
    return tuple(rows)


def _joined(
    song: Song,
    plan: SongPlan,
    sheet: LeadSheet,
    span: tuple[int, int],
    written: tuple[Sequence[ChordRow], Sequence[Note]],
) -> Song:
    """Put what is written into its bars of lead sheet and score."""
    rows, notes = written
    key = sheet.key_at(span[0])
    start, end = sheet.lines.tick_of(span[0]), sheet.lines.tick_of(span[0] + span[1])
    new = [(start + on, length, pitch + key.tonic_shift, VELOCITY) for on, length, pitch in notes]
    symbols: dict[int, Chord | None] = {event.onset_tick: event.chord for event in sheet.chords}
    symbols |= dict.fromkeys(sheet.no_chords)
    after = sheet.chord_at(end) if end < sheet.end_tick else None
    symbols = {tick: chord for tick, chord in symbols.items() if not start <= tick < end}
    symbols |= dict(chords_from_rows(rows, start, key))
    if after is not None and end not in symbols:
        symbols[end] = after
    chords, no_chords = split_symbols(symbols)
    old = _until(sheet.melody.tolist(), new)
    full = replace(sheet, melody=make_notes([*old, *new]), chords=chords, no_chords=no_chords, lyrics=sheet.lyrics)
    score = _score_with(song.score, full, (start, end), new)
    return replace(song, plan=plan, lead_sheet=full, score=score, audio=None)


def _until(old: Sequence[Sequence[int]], new: Sequence[Sequence[int]]) -> list[tuple[int, int, int, int]]:
    """Given notes of a lead sheet, which end where a new one begins: a lead sheet has one voice."""
    first = min((row[0] for row in new), default=1 << 40)
    return [
        (on, min(length, first - on) if on < first < on + length else length, pitch, velocity)
        for on, length, pitch, velocity in old
    ]


def _score_with(
    score: Score, sheet: LeadSheet, span: tuple[int, int], new: Sequence[tuple[int, int, int, int]]
) -> Score:
    """The score with new notes in the melody's track in place of those that began in the span."""
    factor = score.tpq / TPQ
    start, end = round(span[0] * factor), round(span[1] * factor)
    rows = [
        (round(on * factor), max(1, round(length * factor)), pitch, velocity) for on, length, pitch, velocity in new
    ]
    tracks = list(score.tracks)
    place = next((n for n, track in enumerate(tracks) if track.role == "melody" and len(track.notes)), None)
    if place is None:
        tracks.insert(0, Track("Melody", "melody", 0, make_notes(rows)))
    else:
        kept = [tuple(row) for row in tracks[place].notes.tolist() if not start <= row[0] < end]
        tracks[place] = replace(tracks[place], notes=make_notes([*kept, *rows]))  # type: ignore[list-item]
    moved = replace(score, tracks=tuple(tracks), end_tick=max(score.end_tick, round(sheet.end_tick * factor)))
    return _with_texts(moved, sheet)


def _with_texts(score: Score, sheet: LeadSheet) -> Score:
    """Chord symbols and section marks of a lead sheet on a score."""
    factor = score.tpq / TPQ
    symbols = tuple(Marker(round(marker.tick * factor), marker.text) for marker in chord_markers(sheet))
    markers = tuple(Marker(round(sheet.lines.tick_of(s.start_bar) * factor), s.name) for s in sheet.sections)
    return replace(score, chord_symbols=symbols, markers=markers)


def _with_new_section(plan: SongPlan, n_bars: int, kind: str | None) -> SongPlan:
    """The plan with a section more at its end."""
    kind = kind or plan.sections[-1].kind
    taken = {section.name for section in plan.sections}
    number = sum(section.kind == kind for section in plan.sections) + 1
    name = next(
        n for n in ([kind] if number == 1 else []) + [f"{kind} {k}" for k in range(number, 999)] if n not in taken
    )
    phrases: list[PlannedPhrase] = []
    left = n_bars
    while left:
        length = 8 if left >= 11 or left == 8 else min(left, 10)
        phrases.append(PlannedPhrase(name=f"{name}.{len(phrases) + 1}", letter="N", n_bars=length))
        left -= length
    last, meter = plan.sections[-1], plan.lines.bars[-1].meter
    section = PlannedSection(
        name=name, kind=kind, n_bars=n_bars, key=last.key, tempo_qpm=last.tempo_qpm,
        meter=None if meter == plan.meter else meter, intensity=0.85 if kind == "chorus" else last.intensity,
        roles=("melody",), phrases=tuple(phrases), reason="Written to go on from what was there.",
    )  # fmt: skip
    return plan.model_copy(update={"sections": (*plan.sections, section), "n_bars": plan.n_bars + n_bars})


def _moved(track: Track, factor: float):  # type: ignore[no-untyped-def]
    """A track's notes at other ticks."""
    return make_notes(
        (round(on * factor), max(1, round(length * factor)), pitch, velocity)
        for on, length, pitch, velocity in track.notes.tolist()
    )


def _check_bars(n_bars: int, what: str) -> None:
    """Refuse a length that is none."""
    if not 1 <= n_bars <= LONGEST:
        raise InputError(f"{what}: {n_bars} is out of range; use 1 to {LONGEST}")


def _check_tune(sheet: LeadSheet) -> None:
    """Refuse music without a tune."""
    if not len(sheet.melody):
        raise InputError(f"{sheet.title}: it has no tune; melody --chords writes one over its chords")
