"""Phrases to token ids and back, exactly.

One example is conditions, optional context, optional original, then the target
bar by bar::

    BOS conditions [Context bars] [Original bars] Target (Bar [given chords] content)* EOS

The content of a bar is ``Ref`` (the same bar of the original), ``Same_d`` (the
bar d bars ago), or its chords or notes. In a melody or band part each bar states
its chords, given and not predicted, before its notes.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolic_music.errors import InputError
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.phrase import ChordRow, Conditions, Note, PhraseJob, PhraseMusic

_CONDITION_FIELDS = ("part", "source", "relation", "mode", "meter", "tempo", "section", "n_bars", "place",
                     "density", "register", "cadence", "intensity")  # fmt: skip
_TYPE_OF_FIELD = {name: name.capitalize() for name in _CONDITION_FIELDS} | {"n_bars": "Bars"}


def encode_conditions(conditions: Conditions) -> list[int]:
    """Encode conditions, always in the same order.

    Raises
    ------
    InputError
        If a value is not in the vocabulary; names the field and what is allowed.
    """
    ids = []
    for name in _CONDITION_FIELDS:
        kind, value = _TYPE_OF_FIELD[name], getattr(conditions, name)
        if f"{kind}_{value}" not in v.ID_OF:
            allowed = ", ".join(v.CONDITION_VALUES[kind])
            raise InputError(f"phrase condition {name}: {value!r} is not one of {allowed}")
        ids.append(v.token_id(kind, value))
    return ids


def encode_prefix(job: PhraseJob) -> list[int]:
    """Encode everything before the first bar of the target."""
    ids = [v.BOS, *encode_conditions(job.conditions)]
    part = job.conditions.part
    for mark, music in ((v.CONTEXT, job.context), (v.ORIGINAL, job.original)):
        if music is not None:
            ids.append(mark)
            for bar in range(music.n_bars):
                ids.append(v.BAR)
                if part != "chords":
                    ids += encode_chords(music.chords_of_bar(bar))
                ids += _encode_content(music, bar, part)
    return [*ids, v.TARGET]


def encode_target(job: PhraseJob, music: PhraseMusic) -> tuple[list[int], list[bool]]:
    """Encode the target with its loss mask (``False`` on what is given)."""
    part = job.conditions.part
    ids: list[int] = []
    mask: list[bool] = []
    for bar in range(music.n_bars):
        given = [v.BAR] + (encode_chords(music.chords_of_bar(bar)) if part != "chords" else [])
        content = _encode_repeat(job.original, music, bar, part) or _encode_content(music, bar, part)
        ids += given + content
        # Bar is predicted (it ends the bar before), but not the first one, which always follows Target.
        mask += [bar > 0] + [False] * (len(given) - 1) + [True] * len(content)
    return [*ids, v.EOS], [*mask, True]


def encode_chords(chords: Sequence[ChordRow]) -> list[int]:
    """Encode chords of one bar; ticks from its bar line."""
    ids = []
    for tick, root, quality, bass in chords:
        ids += [v.token_id("Position", tick), v.token_id("Root", root), v.token_id("Quality", quality)]
        if bass != root:
            ids.append(v.token_id("Bass", bass))
    return ids


def encode_notes(notes: Sequence[Note]) -> list[int]:
    """Encode notes of one bar; a position is written once for notes that begin together."""
    ids = []
    last = None
    for tick, length, pitch in notes:
        if tick != last:
            ids.append(v.token_id("Position", tick))
            last = tick
        ids += [v.token_id("Pitch", pitch), v.token_id("Duration", length)]
    return ids


def decode_bar(ids: Sequence[int]) -> tuple[tuple[ChordRow, ...], tuple[Note, ...]]:
    """Decode one bar's chords and notes (no ``Ref`` or ``Same`` among them)."""
    chords: list[ChordRow] = []
    notes: list[Note] = []
    tick, root, pitch = 0, 0, 0
    for index in ids:
        kind, value = v.TYPE_OF[index], v.VALUE_OF[index]
        if kind == "Position":
            tick = int(value)
        elif kind == "Root":
            root = int(value)
        elif kind == "Quality":
            chords.append((tick, root, value, root))
        elif kind == "Bass":
            chords[-1] = (*chords[-1][:3], int(value))
        elif kind == "Pitch":
            pitch = int(value)
        elif kind == "Duration":
            notes.append((tick, int(value), pitch))
    return tuple(chords), tuple(notes)


def decode_target(job: PhraseJob, ids: Sequence[int]) -> PhraseMusic:
    """Decode a target: the inverse of ``encode_target``.

    Raises
    ------
    InputError
        If a bar refers to a bar that is not there.
    """
    bars = split_bars(ids)
    is_chords = job.conditions.part == "chords"
    chords_by_bar: list[tuple[ChordRow, ...]] = []
    notes_by_bar: list[tuple[Note, ...]] = []
    for number, content in enumerate(bars):
        chords, notes = decode_bar(content)
        repeat = next((index for index in content if v.TYPE_OF[index] in ("Ref", "Same")), None)
        if repeat is not None:
            copied = _copied_bar(job, repeat, number, chords_by_bar, notes_by_bar)
            chords, notes = (copied[0], ()) if is_chords else (chords, copied[1])
        chords_by_bar.append(chords)
        notes_by_bar.append(notes)
    return _join_bars(job, chords_by_bar, notes_by_bar)


def split_bars(ids: Sequence[int]) -> list[list[int]]:
    """Split a target at its ``Bar`` tokens, without them and without ``EOS``."""
    bars: list[list[int]] = []
    for index in ids:
        if index == v.EOS:
            break
        if index == v.BAR:
            bars.append([])
        else:
            bars[-1].append(index)
    return bars


def _encode_content(music: PhraseMusic, bar: int, part: str) -> list[int]:
    """Encode what a bar holds of its part."""
    if part == "chords":
        return encode_chords(music.chords_of_bar(bar))
    return encode_notes(music.notes_of_bar(bar))


def _encode_repeat(original: PhraseMusic | None, music: PhraseMusic, bar: int, part: str) -> list[int]:
    """Find the repetition token for a bar, if it is an exact repeat of anything but silence."""
    content = _encode_content(music, bar, part)
    if not content:
        return []
    if original is not None and bar < original.n_bars and content == _encode_content(original, bar, part):
        return [v.REF]
    for distance in v.SAME_BARS:
        if distance <= bar and content == _encode_content(music, bar - distance, part):
            return [v.token_id("Same", distance)]
    return []


def _copied_bar(
    job: PhraseJob,
    repeat: int,
    number: int,
    chords_by_bar: list[tuple[ChordRow, ...]],
    notes_by_bar: list[tuple[Note, ...]],
) -> tuple[tuple[ChordRow, ...], tuple[Note, ...]]:
    """Fetch the bar that a repetition token points to."""
    if repeat == v.REF:
        if job.original is None or number >= job.original.n_bars:
            raise InputError(f"bar {number + 1}: Ref, but the original has no such bar")
        return job.original.chords_of_bar(number), job.original.notes_of_bar(number)
    distance = int(v.VALUE_OF[repeat])
    if distance > number:
        raise InputError(f"bar {number + 1}: Same_{distance} points before the phrase")
    return chords_by_bar[number - distance], notes_by_bar[number - distance]


def _join_bars(
    job: PhraseJob, chords_by_bar: list[tuple[ChordRow, ...]], notes_by_bar: list[tuple[Note, ...]]
) -> PhraseMusic:
    """Put bars one after another, restated chords merged."""
    chords: list[ChordRow] = []
    for bar, rows in enumerate(chords_by_bar):
        for tick, root, quality, bass in rows:
            if not chords or chords[-1][1:] != (root, quality, bass):
                chords.append((bar * job.bar_ticks + tick, root, quality, bass))
    notes = [(bar * job.bar_ticks + n[0], n[1], n[2]) for bar, rows in enumerate(notes_by_bar) for n in rows]
    return PhraseMusic(len(chords_by_bar), job.bar_ticks, tuple(chords), tuple(notes))
