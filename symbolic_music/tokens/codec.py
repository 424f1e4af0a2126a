"""Phrases to token ids and back, exactly.

One example is conditions, optional context, optional original, then the target
bar by bar::

    BOS conditions [Context bars] [Following bars] [Original bars] Target (Bar [given] content)* EOS

``Bar`` counts down the bars to the end of the target. The content of a bar is
``Ref`` (the same bar of the original), ``Same_d`` (the bar d bars ago), in a part
with one voice ``Rhythm_d`` and pitches (the rhythm of the bar d bars ago, or of the
original's: ``Rhythm_ref``), or its chords, notes or hits. What is given stands in the bar,
before its content, and is not predicted: the chords of a melody or band part, and
the notes of one part written before (a melody to harmonise, the bass that the
piano plays over), which ``Own`` divides from the content.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbolic_music.errors import InputError
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.phrase import ChordRow, Conditions, Note, PhraseJob, PhraseMusic

_FIELD_OF_TYPE = {kind: kind.lower() for kind in v.CONDITION_ORDER} | {"Bars": "n_bars"}
NO_BESIDE = "none"


def encode_conditions(conditions: Conditions) -> list[int]:
    """Encode conditions, always in the same order.

    Raises
    ------
    InputError
        If a value is not in the vocabulary; names the field and what is allowed.
    """
    ids = []
    for kind, name in _FIELD_OF_TYPE.items():
        value = getattr(conditions, name)
        if f"{kind}_{value}" not in v.ID_OF:
            allowed = ", ".join(v.CONDITION_VALUES[kind])
            raise InputError(f"phrase condition {name}: {value!r} is not one of {allowed}")
        ids.append(v.token_id(kind, value))
    return ids


def encode_prefix(job: PhraseJob) -> list[int]:
    """Encode everything before the first bar of the target."""
    ids = [v.BOS, *encode_conditions(job.conditions)]
    part = job.conditions.part
    for mark, music in ((v.CONTEXT, job.context), (v.FOLLOWING, job.following), (v.ORIGINAL, job.original)):
        if music is not None:
            ids.append(mark)
            for bar in range(music.n_bars):
                ids.append(v.PLAIN_BAR)
                if part != "chords":
                    ids += encode_chords(music.chords_of_bar(bar))
                ids += _encode_content(music, bar, part)
    return [*ids, v.TARGET]


def encode_target(job: PhraseJob, music: PhraseMusic) -> tuple[list[int], list[bool]]:
    """Encode the target with its loss mask (``False`` on what is given)."""
    part = job.conditions.part
    ids: list[int] = []
    mask: list[bool] = []
    for bar, before in enumerate(encode_given(job)):
        content = (
            _encode_repeat(job.original, music, bar, part)
            or _encode_rhythm(job.original, music, bar, part)
            or _encode_content(music, bar, part)
        )
        ids += [v.bar_id(music.n_bars - bar), *before, *content]
        # Bar is predicted (it ends the bar before), but not the first one, which always follows Target.
        mask += [bar > 0] + [False] * len(before) + [True] * len(content)
    return [*ids, v.EOS], [*mask, True]


def encode_given(job: PhraseJob) -> list[list[int]]:
    """Encode what is given in each bar of the target: its chords, then the part beside it and ``Own``."""
    conditions = job.conditions
    harmony = PhraseMusic(conditions.n_bars, job.bar_ticks, job.chords, job.beside)
    rows = []
    for bar in range(conditions.n_bars):
        ids = encode_chords(harmony.chords_of_bar(bar)) if conditions.part != "chords" else []
        if conditions.beside != NO_BESIDE:
            same = _encode_repeat(None, harmony, bar, conditions.beside)
            ids += [*(same or _encode_content(harmony, bar, conditions.beside)), v.OWN]
        rows.append(ids)
    return rows


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


def encode_hits(notes: Sequence[Note]) -> list[int]:
    """Encode drum hits of one bar; a hit has no length."""
    ids = []
    last = None
    for tick, _, pitch in notes:
        if tick != last:
            ids.append(v.token_id("Position", tick))
            last = tick
        ids.append(v.token_id("Drum", pitch))
    return ids


def own_content(ids: Sequence[int]) -> Sequence[int]:
    """The ids of a bar after what is given beside it."""
    return ids[ids.index(v.OWN) + 1 :] if v.OWN in ids else ids


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
        elif kind == "Drum":
            notes.append((tick, v.HIT_TICKS, int(value)))
    return tuple(chords), tuple(notes)


def on_rhythm(pattern: Sequence[Note], content: Sequence[int]) -> tuple[Note, ...]:
    """Put the pitches of a bar written with ``Rhythm`` on the onsets and lengths of the bar it points to."""
    pitches = [int(v.VALUE_OF[index]) for index in content if v.TYPE_OF[index] == "Pitch"]
    return tuple((tick, length, pitch) for (tick, length, _), pitch in zip(pattern, pitches, strict=True))


def decode_target(job: PhraseJob, ids: Sequence[int]) -> PhraseMusic:
    """Decode a target: the inverse of ``encode_target``.

    Raises
    ------
    InputError
        If a bar refers to a bar that is not there.
    """
    is_chords = job.conditions.part == "chords"
    harmony = PhraseMusic(job.conditions.n_bars, job.bar_ticks, job.chords)
    chords_by_bar: list[tuple[ChordRow, ...]] = []
    notes_by_bar: list[tuple[Note, ...]] = []
    for number, bar in enumerate(split_bars(ids)):
        content = own_content(bar)
        chords, notes = decode_bar(content)
        pointer = next((index for index in content if v.TYPE_OF[index] in ("Ref", "Same", "Rhythm")), None)
        if pointer is not None:
            copied = _copied_bar(job, pointer, number, chords_by_bar, notes_by_bar)
            is_rhythm = v.TYPE_OF[pointer] == "Rhythm"
            chords, notes = ((), on_rhythm(copied[1], content)) if is_rhythm else copied
        chords_by_bar.append(chords if is_chords else harmony.chords_of_bar(number))
        notes_by_bar.append(() if is_chords else notes)
    return _join_bars(job, chords_by_bar, notes_by_bar)


def split_bars(ids: Sequence[int]) -> list[list[int]]:
    """Split a target at its ``Bar`` tokens, without them and without ``EOS``."""
    bars: list[list[int]] = []
    for index in ids:
        if index == v.EOS:
            break
        if v.TYPE_OF[index] == "Bar":
            bars.append([])
        else:
            bars[-1].append(index)
    return bars


def _encode_content(music: PhraseMusic, bar: int, part: str) -> list[int]:
    """Encode what a bar holds of its part."""
    if part == "chords":
        return encode_chords(music.chords_of_bar(bar))
    return (encode_hits if part == "drums" else encode_notes)(music.notes_of_bar(bar))


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


def _encode_rhythm(original: PhraseMusic | None, music: PhraseMusic, bar: int, part: str) -> list[int]:
    """Write a bar as new pitches on a rhythm heard before, if it has one of two notes or more."""
    notes = music.notes_of_bar(bar)
    if part not in v.SINGLE_VOICED or len(notes) < 2:
        return []
    pitches = [v.token_id("Pitch", pitch) for _, _, pitch in notes]
    if original is not None and bar < original.n_bars and _same_rhythm(notes, original.notes_of_bar(bar)):
        return [v.token_id("Rhythm", "ref"), *pitches]
    for distance in v.SAME_BARS:
        if distance <= bar and _same_rhythm(notes, music.notes_of_bar(bar - distance)):
            return [v.token_id("Rhythm", distance), *pitches]
    return []


def _same_rhythm(a: Sequence[Note], b: Sequence[Note]) -> bool:
    """Whether two bars have the same onsets and lengths."""
    return [note[:2] for note in a] == [note[:2] for note in b]


def _copied_bar(
    job: PhraseJob,
    pointer: int,
    number: int,
    chords_by_bar: list[tuple[ChordRow, ...]],
    notes_by_bar: list[tuple[Note, ...]],
) -> tuple[tuple[ChordRow, ...], tuple[Note, ...]]:
    """Fetch the bar that ``Ref``, ``Same`` or ``Rhythm`` points to."""
    if v.VALUE_OF[pointer] in ("None", "ref"):
        if job.original is None or number >= job.original.n_bars:
            raise InputError(f"bar {number + 1}: {v.TYPE_OF[pointer]}, but the original has no such bar")
        return job.original.chords_of_bar(number), job.original.notes_of_bar(number)
    distance = int(v.VALUE_OF[pointer])
    if distance > number:
        raise InputError(f"bar {number + 1}: {v.TOKENS[pointer]} points before the phrase")
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
