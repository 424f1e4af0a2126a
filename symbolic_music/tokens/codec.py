"""Phrases to token ids and back, exactly.

One example is the conditions that are not left open, what stands around the target, then the target bar by bar::

    BOS conditions [Exemplar bars] [Relative bars] [Context bars] [Following bars] [Original bars] Target
    [Upbeat notes] (Bar [given] content)* EOS

``Bar`` counts down the bars to the end of the target. ``Upbeat`` are notes in the bar before the first bar line;
their positions count from the bar line before them. The content of a bar is ``Ref`` (the same bar of the original),
``Figure_n`` (the exemplar's bar n, played over this bar's chords), ``Same_d`` (the bar d bars ago), in a part
with one voice ``Rhythm_d`` and pitches (the rhythm of the bar d bars ago, or of the
original's: ``Rhythm_ref``), or its chords, notes or hits. What is given stands in the bar,
before its content, and is not predicted: the chords of a melody or band part, and
the notes of one part written before (a melody to harmonise, the bass that the
piano plays over), which ``Own`` divides from the content. An exemplar stands in the prefix without chords, played
over the first chord of the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbolic_music.errors import InputError
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.figures import play_figure, shown_figures
from symbolic_music.tokens.phrase import ANY, ChordRow, Conditions, Note, PhraseJob, PhraseMusic

# What a bar may hold in place of its notes.
POINTERS = ("Ref", "Figure", "Same", "Rhythm")
_FIELD_OF_TYPE = {kind: kind.lower() for kind in v.CONDITION_ORDER} | {"Bars": "n_bars"}


def encode_conditions(conditions: Conditions) -> list[int]:
    """Encode the conditions that are not left open, always in the same order.

    Raises
    ------
    InputError
        If a value is not in the vocabulary; names the field and what is allowed.
    """
    ids = []
    for kind, name in _FIELD_OF_TYPE.items():
        value = getattr(conditions, name)
        if value == ANY:
            continue
        if f"{kind}_{value}" not in v.ID_OF:
            allowed = ", ".join(v.CONDITION_VALUES[kind])
            raise InputError(f"phrase condition {name}: {value!r} is not one of {allowed}")
        ids.append(v.token_id(kind, value))
    return ids


def encode_prefix(job: PhraseJob) -> list[int]:
    """Encode everything before the first bar of the target."""
    ids = [v.BOS, *encode_conditions(job.conditions)]
    part = job.conditions.part
    if job.exemplar is not None:
        ids.append(v.EXEMPLAR)
        for notes in shown_figures(job.exemplar, job.chords, part):
            ids += [v.PLAIN_BAR, *(encode_hits if part == "drums" else encode_notes)(notes)]
    around = (
        (v.RELATIVE, job.relative),
        (v.CONTEXT, job.context),
        (v.FOLLOWING, job.following),
        (v.ORIGINAL, job.original),
    )
    for mark, music in around:
        if music is not None:
            ids += [mark, *_encode_around(music, part)]
    return [*ids, v.TARGET]


def _encode_around(music: PhraseMusic, part: str) -> list[int]:
    """Encode bars that are heard: their chords and notes, an upbeat before them."""
    ids = [v.UPBEAT, *encode_notes(music.upbeat)] if music.upbeat else []
    for bar in range(music.n_bars):
        ids.append(v.PLAIN_BAR)
        if part != "chords":
            ids += encode_chords(music.chords_of_bar(bar))
        ids += _encode_content(music, bar, part)
    return ids


def encode_target(job: PhraseJob, music: PhraseMusic) -> tuple[list[int], list[bool]]:
    """Encode the target with its loss mask (``False`` on what is given)."""
    part = job.conditions.part
    breathes = part in v.BREATHING
    ids: list[int] = [v.UPBEAT, *encode_notes(music.upbeat)] if breathes and music.upbeat else []
    mask = [True] * len(ids)
    for bar, before in enumerate(encode_given(job)):
        content = (
            _encode_repeat(job.original, music, bar, part, job.exemplar)
            or _encode_rhythm(job.original, music, bar, part)
            or _encode_content(music, bar, part)
        )
        ids += [v.bar_id(music.n_bars - bar), *before, *content]
        # Bar is predicted: it ends the bar before. The first one only where an upbeat might have stood there.
        mask += [bar > 0 or breathes] + [False] * len(before) + [True] * len(content)
    return [*ids, v.EOS], [*mask, True]


def encode_given(job: PhraseJob) -> list[list[int]]:
    """Encode what is given in each bar of the target: its chords, then the part beside it and ``Own``."""
    conditions = job.conditions
    harmony = PhraseMusic(conditions.n_bars, job.bar_ticks, job.chords, job.beside)
    rows = []
    for bar in range(conditions.n_bars):
        ids = encode_chords(harmony.chords_of_bar(bar)) if conditions.part != "chords" else []
        if conditions.beside != ANY:
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
        pointer = next((index for index in content if v.TYPE_OF[index] in POINTERS), None)
        if pointer is not None and v.TYPE_OF[pointer] == "Figure":
            notes = figure_of(job, pointer, harmony, number)
        elif pointer is not None:
            copied = _copied_bar(job, pointer, number, chords_by_bar, notes_by_bar)
            is_rhythm = v.TYPE_OF[pointer] == "Rhythm"
            chords, notes = ((), on_rhythm(copied[1], content)) if is_rhythm else copied
        chords_by_bar.append(chords if is_chords else harmony.chords_of_bar(number))
        notes_by_bar.append(() if is_chords else notes)
    music = _join_bars(job, chords_by_bar, notes_by_bar)
    early = tuple((tick - job.bar_ticks, length, pitch) for tick, length, pitch in decode_bar(upbeat_of(ids))[1])
    return replace(music, notes=(*early, *music.notes)) if early else music


def figure_of(job: PhraseJob, pointer: int, harmony: PhraseMusic, bar: int) -> tuple[Note, ...]:
    """The notes of a bar that points to the exemplar, over the harmony of that bar.

    Raises
    ------
    InputError
        If the exemplar has no such bar.
    """
    number = int(v.VALUE_OF[pointer])
    if job.exemplar is None or number > job.exemplar.n_bars:
        raise InputError(f"{v.TOKENS[pointer]}, but the exemplar has no such bar")
    room = (harmony.n_bars - bar) * harmony.bar_ticks
    return play_figure(job.exemplar, number - 1, harmony.chords_of_bar(bar), job.conditions.part, room)


def upbeat_of(ids: Sequence[int]) -> Sequence[int]:
    """The content of a target's upbeat: what stands before its first bar line."""
    first = next((at for at, index in enumerate(ids) if v.TYPE_OF[index] == "Bar"), len(ids))
    return ids[1:first]


def split_bars(ids: Sequence[int]) -> list[list[int]]:
    """Split a target at its ``Bar`` tokens, without them, without ``EOS`` and without an upbeat."""
    bars: list[list[int]] = []
    for index in ids:
        if index == v.EOS:
            break
        if v.TYPE_OF[index] == "Bar":
            bars.append([])
        elif bars:
            bars[-1].append(index)
    return bars


def _encode_content(music: PhraseMusic, bar: int, part: str) -> list[int]:
    """Encode what a bar holds of its part."""
    if part == "chords":
        return encode_chords(music.chords_of_bar(bar))
    return (encode_hits if part == "drums" else encode_notes)(music.notes_of_bar(bar))


def _encode_repeat(
    original: PhraseMusic | None, music: PhraseMusic, bar: int, part: str, exemplar: PhraseMusic | None = None
) -> list[int]:
    """Find the repetition token for a bar, if it is an exact repeat of anything but silence."""
    content = _encode_content(music, bar, part)
    if not content:
        return []
    if original is not None and bar < original.n_bars and content == _encode_content(original, bar, part):
        return [v.REF]
    notes = music.notes_of_bar(bar)
    if exemplar is not None:
        chords, room = music.chords_of_bar(bar), (music.n_bars - bar) * music.bar_ticks
        for number in range(exemplar.n_bars):
            if play_figure(exemplar, number, chords, part, room) == notes:
                return [v.token_id("Figure", number + 1)]
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
