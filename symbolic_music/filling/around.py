"""Writing around music that is there: what follows it, what is missing in it, chords under it.

The jobs are those that the phrase model was trained for (continuation, infill, harmonise, variation). A stretch of more
than `PHRASE_BARS` is written phrase by phrase, each hearing the one before. What is asked of a new phrase is what the
music there is like, so that it goes on in its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from symbolic_music.filling.describe import PITCH_RANGE
from symbolic_music.filling.fill import FillOptions, PhraseTask, fill_phrases
from symbolic_music.filling.jobs import head_of, tail_of
from symbolic_music.model.sampling import SamplingOptions
from symbolic_music.song.leadsheet import LeadSheet, symbols_in_order
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import Meter
from symbolic_music.tokens.describe import traits_of
from symbolic_music.tokens.figures import folded
from symbolic_music.tokens.grammar import Limits
from symbolic_music.tokens.phrase import ANY, ChordRow, Conditions, Note, PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import HIGHEST_PITCH, LOWEST_PITCH, nearest_duration

PHRASE_BARS = 8
CONTEXT_BARS, FOLLOWING_BARS, RELATIVE_BARS = 4, 4, 4
# What of the music there is asked of new music; how it ends is its own affair.
KEPT_TRAITS = ("density", "syncopation", "swing", "length", "leaps")
KEPT_OF_CHORDS = ("colour", "changes")
AROUND = FillOptions(n_candidates=8)
# Chords under a tune are chosen from many short drafts: what matters is that they carry it.
HARMONIES = FillOptions(n_candidates=32, sampling=SamplingOptions(temperature=0.8))
HARMONY_BARS = 4


@dataclass(frozen=True)
class Stretch:
    """Bars to be written: how many, in which key and meter, and what stands around them.

    ``before`` and ``after`` are relative to C major or A minor, as is all music here; ``theme`` is what the music is
    known by. ``kind`` is the section's kind where it has one, ``last`` how a progression should end.
    """

    n_bars: int
    key: Key
    meter: Meter
    before: PhraseMusic | None = None
    after: PhraseMusic | None = None
    theme: PhraseMusic | None = None
    kind: str = ANY
    last: str = ANY
    name: str = "stretch"
    source: str = "pop"
    lifted: int = 0
    traits: dict[str, str] = field(default_factory=dict)


def music_of(sheet: LeadSheet, start_bar: int, n_bars: int) -> PhraseMusic:
    """The bars of a lead sheet as the model hears them: chords and tune, relative to C major or A minor.

    Parameters
    ----------
    sheet : LeadSheet
        Of any length.
    start_bar, n_bars : int
        Which of its bars.
    """
    bar, shift = sheet.lines.bars[start_bar].meter.bar_ticks, sheet.key_at(start_bar).tonic_shift
    start, end = sheet.lines.tick_of(start_bar), sheet.lines.tick_of(start_bar + n_bars)
    rows: list[ChordRow] = []
    sounding = sheet.chord_at(start)
    events = [] if sounding is None else [(start, sounding)]
    events += [(tick, chord) for tick, chord in symbols_in_order(sheet, start + 1, end) if chord is not None]
    for tick, chord in events:
        moved = chord.transpose(-shift)
        rows.append((tick - start if rows else 0, moved.root, moved.quality, moved.bass))
    notes = tuple(
        (onset - start, nearest_duration(min(length, end - onset)), folded(pitch - shift))
        for onset, length, pitch, _ in sheet.melody.tolist()
        if start <= onset < end
    )
    return PhraseMusic(n_bars, bar, tuple(rows), notes)


def write_chords(
    stretch: Stretch, seed: int, tune: Sequence[Note] = (), options: FillOptions = AROUND
) -> tuple[ChordRow, ...]:
    """Write the chords of a stretch, under a tune if one is given.

    Parameters
    ----------
    stretch : Stretch
        Where they stand.
    seed : int
        Of all chance.
    tune : sequence of Note, optional
        Notes that they must carry; ticks from the stretch's first bar line.
    options : FillOptions, optional
        How many candidates are drawn.

    Returns
    -------
    tuple of ChordRow
        Ticks from the stretch's first bar line, relative to C major or A minor.
    """
    bar = stretch.meter.bar_ticks
    before = _chords_only(stretch.before)
    rows: list[ChordRow] = []
    for number, (start, n_bars) in enumerate(phrases_of(stretch.n_bars)):
        is_last = start + n_bars == stretch.n_bars
        beside = _between(tune, start * bar, n_bars * bar)
        conditions = Conditions(
            "chords", stretch.key.mode, str(stretch.meter), n_bars, source=stretch.source, section=stretch.kind,
            cadence=stretch.last if is_last else ANY, beside="melody" if beside else ANY, **_kept(stretch, "chords"),
        )  # fmt: skip
        after = stretch.after if is_last and not beside else None
        job = PhraseJob(
            conditions, bar, tail_of(before, CONTEXT_BARS) if before else None, None, (),
            head_of(after, FOLLOWING_BARS) if after else None, beside,
            _chords_only(stretch.theme) if before is None and not beside else None,
        )  # fmt: skip
        meter = stretch.meter
        change = bar // 2 if meter.n_beats % 2 == 0 else meter.beat_ticks
        task = PhraseTask(f"{stretch.name}.{number}", job, Limits(chord_change_tick=change))
        music = fill_phrases([task], seed, options)[0]
        before = music
        rows += [(start * bar + tick, *rest) for tick, *rest in music.chords]  # type: ignore[misc]
    return tuple(row for place, row in enumerate(rows) if not place or rows[place - 1][1:] != row[1:])


def write_harmonies(
    stretches: Sequence[Stretch], tunes: Sequence[Sequence[Note]], seed: int, options: FillOptions = HARMONIES
) -> list[tuple[ChordRow, ...]]:
    """Write chords under the phrases of a tune, all at once; equal phrases get equal chords.

    Parameters
    ----------
    stretches : sequence of Stretch
        The phrases, each no longer than the vocabulary's longest.
    tunes : sequence of sequence of Note
        What each must carry; ticks from its first bar line.
    seed : int
        Of all chance.
    options : FillOptions, optional
        How many candidates are drawn.
    """
    tasks: dict[object, PhraseTask] = {}
    keys: list[object] = []
    for stretch, tune in zip(stretches, tunes, strict=True):
        bar, meter = stretch.meter.bar_ticks, stretch.meter
        beside = _between(tune, 0, stretch.n_bars * bar)
        conditions = Conditions(
            "chords", stretch.key.mode, str(meter), stretch.n_bars, source=stretch.source, cadence=stretch.last,
            beside="melody" if beside else ANY,
        )  # fmt: skip
        job = PhraseJob(conditions, bar, beside=beside)
        change = bar // 2 if meter.n_beats % 2 == 0 else meter.beat_ticks
        keys.append(job)
        tasks.setdefault(job, PhraseTask(f"harmony.{len(tasks)}", job, Limits(chord_change_tick=change)))
    done = dict(zip(tasks, fill_phrases(list(tasks.values()), seed, options), strict=True))
    return [done[key].chords for key in keys]


def write_tune(
    stretch: Stretch, chords: Sequence[ChordRow], seed: int, options: FillOptions = AROUND
) -> tuple[Note, ...]:
    """Write the tune of a stretch over chords.

    Parameters
    ----------
    stretch : Stretch
        Where it stands.
    chords : sequence of ChordRow
        Ticks from the stretch's first bar line, the first at 0.
    seed : int
        Of all chance.
    options : FillOptions, optional
        How many candidates are drawn.

    Returns
    -------
    tuple of Note
        Ticks from the stretch's first bar line; one before 0 is an upbeat, which there is only where the music before
        leaves room.
    """
    bar = stretch.meter.bar_ticks
    before, notes = stretch.before, list[Note]()
    lowest, highest = _range(stretch)
    harmony = PhraseMusic(stretch.n_bars, bar, tuple(chords))
    for number, (start, n_bars) in enumerate(phrases_of(stretch.n_bars)):
        own = cut_music(harmony, start, n_bars).chords
        is_last = start + n_bars == stretch.n_bars
        conditions = Conditions(
            "melody", stretch.key.mode, str(stretch.meter), n_bars, source=stretch.source, section=stretch.kind,
            **_kept(stretch, "melody"),
        )  # fmt: skip
        job = PhraseJob(
            conditions, bar, tail_of(before, CONTEXT_BARS) if before else None, None, own,
            head_of(stretch.after, FOLLOWING_BARS) if stretch.after and is_last else None,
            relative=head_of(stretch.theme, RELATIVE_BARS) if stretch.theme else None,
        )  # fmt: skip
        end = n_bars * bar - (_upbeat(stretch.after) if stretch.after and is_last else 0)
        limits = Limits(lowest, highest, upbeat_ticks=0, end_tick=end)
        music = fill_phrases([PhraseTask(f"{stretch.name}.{number}", job, limits)], seed, options)[0]
        before = music
        notes += [(start * bar + onset, length, pitch) for onset, length, pitch in music.notes]
    return tuple(notes)


def cut_music(music: PhraseMusic, start_bar: int, n_bars: int) -> PhraseMusic:
    """Some bars of music, their chords from the first tick on; ticks from their first bar line."""
    bar = music.bar_ticks
    rows = [
        (tick + (number - start_bar) * bar, *rest)
        for number in range(start_bar, start_bar + n_bars)
        for tick, *rest in music.chords_of_bar(number)
    ]
    kept = [row for place, row in enumerate(rows) if not place or rows[place - 1][1:] != row[1:]]
    notes = _between(music.notes, start_bar * bar, n_bars * bar)
    return PhraseMusic(n_bars, bar, tuple(kept), notes)  # type: ignore[arg-type]


def chords_from_rows(rows: Sequence[ChordRow], start: int, key: Key) -> list[tuple[int, Chord]]:
    """Rows of the model as chords of a song: ticks from its start, in the key."""
    return [(start + row[0], Chord(*row[1:]).transpose(key.tonic_shift)) for row in rows]


def _between(notes: Sequence[Note], start: int, length: int) -> tuple[Note, ...]:
    """Notes that begin in a span, from its start on, cut at its end."""
    return tuple(
        (onset - start, nearest_duration(min(duration, start + length - onset)), pitch)
        for onset, duration, pitch in notes
        if start <= onset < start + length
    )


def phrases_of(n_bars: int, length: int = PHRASE_BARS) -> list[tuple[int, int]]:
    """Phrases of so many bars: (first bar, length); what is left joins the last where it is short."""
    starts = list(range(0, n_bars, length))
    if len(starts) > 1 and n_bars - starts[-1] < 3:
        starts.pop()
    return [(start, end - start) for start, end in zip(starts, [*starts[1:], n_bars], strict=True)]


def _chords_only(music: PhraseMusic | None) -> PhraseMusic | None:
    """Music without its notes, where it has chords."""
    return replace(music, notes=()) if music is not None and music.chords else None


def _kept(stretch: Stretch, part: str) -> dict[str, str]:
    """What is asked of new music: what the music around it is like."""
    heard = next((music for music in (stretch.theme, stretch.before, stretch.after) if music is not None), None)
    if heard is None or (part == "melody" and not heard.notes) or (part == "chords" and not heard.chords):
        return {}
    traits = traits_of(heard, part, stretch.key.mode, stretch.meter)
    names = KEPT_OF_CHORDS if part == "chords" else KEPT_TRAITS
    return {name: traits[name] for name in names if traits.get(name, ANY) != ANY} | {
        name: value for name, value in stretch.traits.items() if name in names
    }


def _range(stretch: Stretch) -> tuple[int, int]:
    """The range of the music around, a third wider; a lifted stretch reaches higher."""
    around = (stretch.before, stretch.after, stretch.theme)
    pitches = [note[2] for music in around if music is not None for note in music.notes]
    if not pitches:
        return PITCH_RANGE["melody"]
    return max(LOWEST_PITCH, min(pitches) - 3), min(HIGHEST_PITCH, max(pitches) + 3 + stretch.lifted)


def _upbeat(after: PhraseMusic | None) -> int:
    """How long before the bar line what follows begins."""
    return -min((note[0] for note in after.notes if note[0] < 0), default=0) if after else 0
