"""Each operation of an edit: from a song's documents to its documents, everything outside the place unchanged.

`carry_out` finds the place and who may be touched, and hands over to an operation: what is written anew is here, the
rest in `operations_play`, `operations_players`, `operations_keys`, `operations_form` and `touches`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from symbolic_music.errors import EditError, InputError
from symbolic_music.filling.given_chords import bars_of_given_chords
from symbolic_music.filling.refill import HOLE_BARS, Refill, refill_chords, refill_tune, stretch_slots
from symbolic_music.pipeline import touches
from symbolic_music.pipeline.charts import with_true_charts
from symbolic_music.pipeline.excerpts import (
    Playing,
    but_the_tune,
    everybody,
    play_again,
    play_tune_again,
)
from symbolic_music.pipeline.guarding import HARMONY, TUNE, Guard, guard_for, who_is
from symbolic_music.pipeline.operations_form import (
    change_length,
    continue_section,
    duplicate_section,
    insert_section,
    move_section,
    remove_section,
    swap_sections,
)
from symbolic_music.pipeline.operations_keys import change_colour, transpose
from symbolic_music.pipeline.operations_play import (
    change_intensity,
    change_meter,
    change_style,
    change_swing,
    change_tempo,
)
from symbolic_music.pipeline.operations_players import change_band
from symbolic_music.pipeline.tasks import Done, Task
from symbolic_music.song.edit import Lock, Operation
from symbolic_music.song.forms import (
    detached,
)
from symbolic_music.song.leadsheet import ChordEvent
from symbolic_music.song.material import (
    Material,
    splice_chords,
    with_maps,
)
from symbolic_music.song.places import Span, find_spans
from symbolic_music.song.score import Track
from symbolic_music.theory.chart import parse_chart, place_chords
from symbolic_music.theory.chord import Chord

LINE_NAME = "Line"


def carry_out(song: Material, operation: Operation, locks: Sequence[Lock], playing: Playing, name: str) -> Done:
    """Do one operation.

    Parameters
    ----------
    name : str
        What its chance is derived from beside place and take.

    Raises
    ------
    EditError
        If the place is not there, the thing cannot be done there, or a lock forbids it.
    """
    spans = find_spans(song.plan, operation)
    guards = tuple(guard_for(song.plan, song.score, locks, span, operation) for span in spans)
    task = Task(song, operation, spans, playing, tuple(locks), guards, name)
    done = _OPERATIONS[operation.what](task)
    return replace(done, song=with_true_charts(done.song))


def _rewrite(task: Task) -> Done:
    """Another take, an infill, a variation, other chords: of the tune, the chords, the band or one player."""
    operation, song = task.operation, task.song
    who = None if operation.part is None else who_is(song.score, operation.part)
    if operation.what == "vary" and who is None:
        who = TUNE
    if operation.what == "reharmonize" and who not in (None, HARMONY):
        raise EditError(f"{operation.said}: chords are everybody's; leave the part out")
    for span, guard in zip(task.spans, task.guards, strict=True):
        song = _rewrite_span(replace(task, song=song), span, guard, who)
    return Done(with_maps(song), task.locks)


def _rewrite_span(task: Task, span: Span, guard: Guard, who: frozenset[str] | str | None) -> Material:
    """Write one span anew."""
    operation, before = task.operation, task.song
    kept = guard.kept | set(operation.keep)
    is_harmony = operation.what == "reharmonize" or who == HARMONY
    has_tune = any(track.role == TUNE for track in before.score.tracks)
    tune_is_free = has_tune and all(guard.lets(track) for track in before.score.tracks if track.role == TUNE)
    wants_tune = not is_harmony and who in (None, TUNE) and tune_is_free
    given = bars_of_given_chords(before.plan) & set(range(span.start_bar, span.end_bar))
    wants_chords = is_harmony or (who is None and "chords" not in kept and not given)
    song = before
    if wants_tune or wants_chords:
        how = _how(task, kept)
        plan = detached(song.plan, span, operation.take)
        slots = stretch_slots(plan, span, HOLE_BARS if operation.what == "infill" else None)
        sheet = song.sheet
        if wants_chords:
            under = is_harmony or not wants_tune
            sheet = refill_chords(plan, sheet, slots, how, under)
        if wants_tune:
            sheet = refill_tune(plan, sheet, slots, how)
        song = Material(plan, sheet, song.score)
    if who == TUNE:
        return play_tune_again(before, song, span, task.playing, guard.lets)
    return _with_players(task, song, span, guard, who, wants_tune)


def _with_players(
    task: Task, song: Material, span: Span, guard: Guard, who: frozenset[str] | str | None, has_new_tune: bool
) -> Material:
    """Let the band, or the players meant, play a span anew."""
    operation = task.operation
    chosen = who if isinstance(who, frozenset) else None
    takes = everybody if has_new_tune else but_the_tune
    name = f"{operation.what} {operation.take or task.name}"
    playing = replace(task.playing, name=name) if operation.what != "infill" else task.playing
    if chosen is not None:
        playing = replace(playing, drawn=chosen, line=any(LINE_NAME in track for track in chosen))

    def is_taken(track: Track) -> bool:
        return takes(track) and guard.lets(track) and (chosen is None or track.name in chosen)

    return play_again(song, span, playing, is_taken, task.song.sheet)


def _chords(task: Task) -> Done:
    """Chords that somebody wrote, under the same tune; the band follows them."""
    song, text = task.song, task.operation.chords or ""
    for span, guard in zip(task.spans, task.guards, strict=True):
        # In one bar several chords share it; else chords without bar lines are one to a bar.
        own = f"| {text} |" if span.n_bars == 1 and "|" not in text else text
        try:
            chart = parse_chart(own, "chords", song.sheet.key_at(span.start_bar))
        except InputError as failure:
            raise EditError(failure.message, failure.hint) from None
        symbols: dict[int, Chord | None] = {}
        for place, bar in enumerate(range(span.start_bar, span.end_bar)):
            line, meter = song.sheet.lines.tick_of(bar), song.sheet.lines.bars[bar].meter
            symbols |= {line + tick: chord for tick, chord in place_chords(chart[place % len(chart)], meter)}
        start, end = song.ticks(span)
        events = [ChordEvent(tick, chord) for tick, chord in sorted(symbols.items()) if chord is not None]
        sheet = splice_chords(song.sheet, start, end, events)
        rests = {*sheet.no_chords, *(tick for tick, chord in symbols.items() if chord is None)}
        song = Material(song.plan, replace(sheet, no_chords=tuple(sorted(rests))), song.score)

        def is_taken(track: Track, guard: Guard = guard) -> bool:
            return but_the_tune(track) and guard.lets(track)

        song = play_again(song, span, task.playing, is_taken)
    return Done(with_maps(song), task.locks)


def _how(task: Task, kept: set[str] | frozenset[str]) -> Refill:
    """How phrases are written again."""
    operation = task.operation
    name = f"take {operation.take}" if operation.take else f"{operation.what} {task.name}"
    keep = next((what for what in ("rhythm", "pitches") if what in kept), "")
    return Refill(name, operation.vary, fills=operation.what == "infill", keep=keep)


_OPERATIONS: dict[str, Callable[[Task], Done]] = {
    "take": _rewrite, "infill": _rewrite, "vary": _rewrite, "reharmonize": _rewrite, "chords": _chords,
    "band": change_band,
    "intensity": change_intensity, "style": change_style, "swing": change_swing, "meter": change_meter,
    "tempo_qpm": change_tempo, "faster": change_tempo,
    "transpose": transpose, "key": transpose, "colour": change_colour,
    "insert": insert_section, "remove": remove_section, "duplicate": duplicate_section, "move": move_section,
    "swap": swap_sections, "continue_bars": continue_section,
    "length": change_length, "times": change_length, "longer": change_length,
    "tune": touches.tune, "harmony": touches.harmony, "resolve": touches.resolve, "fade": touches.fade,
    "notes": touches.notes, "like": touches.alike,
}  # fmt: skip
