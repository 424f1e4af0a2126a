"""The form: sections put in, out, moved, swapped, repeated, longer or shorter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symbolic_music.errors import EditError
from symbolic_music.filling.given_chords import given_harmony
from symbolic_music.filling.refill import Refill, refill_chords, refill_tune, stretch_slots
from symbolic_music.pipeline.charts import with_symbols
from symbolic_music.pipeline.excerpts import (
    play_again,
    said_roles,
)
from symbolic_music.pipeline.operations_players import is_whole
from symbolic_music.pipeline.tasks import Done, Task
from symbolic_music.song.edit import Operation, read_inserted
from symbolic_music.song.forms import (
    copy_of,
    join_pieces,
    new_section,
    numbered,
    split_at,
    with_sections,
)
from symbolic_music.song.material import (
    EARLY,
    Block,
    Material,
    cut_sections,
    join_sections,
    with_maps,
)
from symbolic_music.song.places import find_sections, section_span, sections_in
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.meter import Meter

# Sections of these kinds are not sung when they are put in.
UNSUNG = ("intro", "interlude", "outro")


def _formed(task: Task, song: Material, blocks: Sequence[Block], told: Sequence[str] = ()) -> Done:
    """Join blocks, number the sections, and let the locks follow their sections."""
    joined = join_sections(song, blocks)
    plan, names = numbered(joined.plan)
    exact = {section.name.lower(): section.name for section in task.song.plan.sections}
    locks = []
    for lock in task.locks:
        if lock.section is not None:
            own = [task.song.plan.sections[i].name for i in find_sections(task.song.plan, lock.section)]
            lock = lock.model_copy(update={"section": ", ".join(names.get(exact.get(n.lower(), n), n) for n in own)})
        locks.append(lock)
    return Done(with_maps(Material(plan, joined.sheet, joined.score)), tuple(locks), tuple(told))


def remove_section(task: Task) -> Done:
    """Take sections out."""
    gone = set(sections_in(task.song.plan, task.spans))
    blocks = [block for index, block in enumerate(cut_sections(task.song)) if index not in gone]
    if not blocks:
        raise EditError(f"{task.operation.said}: a song needs a section; the last one cannot be taken out")
    return _formed(task, task.song, _settled(blocks))


def _settled(blocks: Sequence[Block]) -> list[Block]:
    """Phrases whose source is gone or comes later are new ones."""
    known: set[str] = set()
    settled = []
    for block in blocks:
        phrases = []
        for phrase in block.section.phrases:
            if phrase.source is not None and phrase.source not in known:
                phrase = phrase.model_copy(update={"source": None, "relation": "new"})
            known.add(phrase.name)
            phrases.append(phrase)
        section = block.section.model_copy(update={"phrases": tuple(phrases)})
        settled.append(replace(block, section=section))
    return settled


def duplicate_section(task: Task) -> Done:
    """Play sections again, after themselves or where it is said."""
    blocks = cut_sections(task.song)
    chosen = sections_in(task.song.plan, task.spans)
    _check_touching(task, chosen)
    taken = _all_names(task.song.plan)
    copies = [replace(blocks[i], section=copy_of(blocks[i].section, taken)) for i in chosen]
    place = _place(task, chosen[-1] + 1)
    return _formed(task, task.song, _settled([*blocks[:place], *copies, *blocks[place:]]))


def _all_names(plan: SongPlan) -> set[str]:
    """Names of sections and phrases."""
    return {s.name for s in plan.sections} | {p.name for s in plan.sections for p in s.phrases}


def _check_touching(task: Task, chosen: Sequence[int]) -> None:
    """Refuse several sections that do not follow each other."""
    if len(task.spans) > 1:
        names = ", ".join(task.song.plan.sections[index].name for index in chosen)
        raise EditError(f"{task.operation.said}: this names {names}; name one, or some that follow each other")


def move_section(task: Task) -> Done:
    """Move sections to another place."""
    if task.operation.before is None and task.operation.after is None:
        raise EditError(f"{task.operation.said}: say where to, with before or after")
    blocks = cut_sections(task.song)
    chosen = sections_in(task.song.plan, task.spans)
    _check_touching(task, chosen)
    place = _place(task, 0)
    taken = [blocks[index] for index in chosen]
    before = [block for index, block in enumerate(blocks[:place]) if index not in chosen]
    after = [block for index, block in enumerate(blocks) if index >= place and index not in chosen]
    order = [*before, *taken, *after]
    if [b.section.name for b in order] == [b.section.name for b in blocks]:
        raise EditError(f"{task.operation.said}: it is there already")
    return _formed(task, task.song, _settled(order))


def swap_sections(task: Task) -> Done:
    """Let two sections change places."""
    plan = task.song.plan
    ours, theirs = sections_in(plan, task.spans), find_sections(plan, task.operation.swap or "")
    if len(ours) != 1 or len(theirs) != 1 or ours == theirs:
        raise EditError(f"{task.operation.said}: two sections change places; name one and another one")
    blocks = cut_sections(task.song)
    one, other = ours[0], theirs[0]
    blocks[one], blocks[other] = blocks[other], blocks[one]
    return _formed(task, task.song, _settled(blocks))


def _place(task: Task, otherwise: int) -> int:
    """Where something is put, as the index of the section that follows it."""
    operation, plan = task.operation, task.song.plan
    if operation.after is not None and operation.after.strip().lower() in ("end", "the end"):
        return len(plan.sections)
    if operation.after is not None and operation.after.strip().lower() in ("start", "the start", "beginning"):
        return 0
    if operation.after is not None:
        return find_sections(plan, operation.after)[-1] + 1
    if operation.before is not None:
        return find_sections(plan, operation.before)[0]
    return otherwise


def insert_section(task: Task) -> Done:
    """Write a new section and put it in."""
    kind, n_bars = read_inserted(task.operation.insert or "")
    plan = task.song.plan
    chosen = sections_in(plan, task.spans)
    where = _usual_place(plan, kind) if is_whole(task) else chosen[-1] + 1
    places = _each_place(task) or [_place(task, where)]
    done = _written_in(task, kind, n_bars, places[0])
    for number, place in enumerate(places[1:], start=1):
        # The same again at the others, as songs have it.
        blocks = cut_sections(done.song)
        copied = copy_of(blocks[places[0]].section, _all_names(done.song.plan))
        blocks.insert(place + number, replace(blocks[places[0]], section=copied))
        made = _formed(replace(task, song=done.song, locks=done.locks), done.song, _settled(blocks))
        done = replace(made, told=(*done.told, f"{made.song.plan.sections[place + number].name}: the same again"))
    return done


def _usual_place(plan: SongPlan, kind: str) -> int:
    """Where a new section comes if it is not said: an intro first, an outro last, others before the song's outro."""
    if kind == "intro":
        return 0
    return len(plan.sections) - (plan.sections[-1].kind == "outro" and kind != "outro")


def _each_place(task: Task) -> list[int]:
    """Where something is put beside each of several sections: "before each chorus"."""
    operation, plan = task.operation, task.song.plan
    beside = operation.before or operation.after or ""
    if re.match(r"\s*(?:each|every|all|both)\b", beside) is None:
        return []
    return [index + (operation.before is None) for index in find_sections(plan, beside)]


def continue_section(task: Task) -> Done:
    """Go on after a place, with a section of the same kind."""
    plan = task.song.plan
    chosen = sections_in(plan, task.spans)
    index = chosen[-1]
    return _written_in(task, plan.sections[index].kind, task.operation.continue_bars or 8, index + 1)


def _written_in(task: Task, kind: str, n_bars: int, place: int) -> Done:
    """Put in an empty section at a place, and write tune, chords and band into it."""
    song = task.song
    neighbour = song.plan.sections[max(0, place - 1)]
    like = song.plan.sections[min(place, len(song.plan.sections) - 1)] if neighbour.kind == "intro" else neighbour
    section = new_section(song.plan, kind, n_bars, like, sung=kind not in UNSUNG)
    empty = _empty(section.model_copy(update={"roles": None}), song.plan.meter_of(section), ())
    blocks = cut_sections(song)
    empty = replace(empty, tempos=((0, song.plan.tempo_of(section)),))
    made = _formed(task, song, _settled([*blocks[:place], empty, *blocks[place:]]))
    joined = Material(said_roles(made.song.plan), made.song.sheet, made.song.score)
    song = fill_block(task, joined, place, goes_on=place > 0)
    return Done(with_maps(song), made.locks, (f"{joined.plan.sections[place].name}: {n_bars} bars are new",))


def _empty(section: PlannedSection, meter: Meter, tempos: tuple[tuple[int, float], ...]) -> Block:
    """A section in which nobody plays; the tonic stands there until its chords are written."""
    tonic = section.key.tonic_pitch_class
    chord = Chord(tonic, "maj" if section.key.mode == "major" else "min", tonic)
    return Block(section, (), ((0, chord),), True, (), {}, {}, tempos, section.n_bars * meter.bar_ticks)


def empty_block(block: Block, section: PlannedSection, meter: Meter) -> Block:
    """A section in another meter in which nobody plays yet; what leads into it lies before it and stays."""
    empty = _empty(section, meter, block.tempos[:1])
    tune = tuple((on, min(length, -on), pitch, velocity) for on, length, pitch, velocity in block.tune if on < 0)
    notes = {name: _before_line(block, own) for name, own in block.notes.items()}
    lyrics = tuple(word for word in block.lyrics if word.tick < 0)
    return replace(empty, tune=tune, notes=notes, lyrics=lyrics, controls=block.controls)


def _before_line(block: Block, notes: np.ndarray) -> np.ndarray:
    """What a block's players have before its bar line; a singer who is early for its first beat is not before it."""
    leads = notes["onset_tick"] < -EARLY
    if len(notes) == len(block.tune):
        leads &= np.array([row[0] < 0 for row in block.tune], dtype=bool)
    return notes[leads]


def fill_block(task: Task, song: Material, index: int, goes_on: bool) -> Material:
    """Write chords, tune and band into an empty section."""
    span = section_span(song.plan, index)
    how = Refill(f"{task.operation.what} {task.name}", goes_on=goes_on)
    slots = stretch_slots(song.plan, span)
    sheet = song.sheet
    given = given_harmony(song.plan, slots).symbols
    for slot in slots:
        if slot.phrase.name in given:
            sheet = with_symbols(sheet, slot, given[slot.phrase.name])
        else:
            sheet = refill_chords(song.plan, sheet, [slot], how, under=False)
    sheet = refill_tune(song.plan, sheet, slots, how)
    return play_again(Material(song.plan, sheet, song.score), span, task.playing, was=song.sheet)


def change_length(task: Task) -> Done:
    """Make sections longer by playing their last bars again, or shorter by leaving out bars at their beginning."""
    done = Done(task.song, task.locks)
    told: list[str] = []
    for index in reversed(sections_in(task.song.plan, task.spans)):
        section = done.song.plan.sections[index]
        wanted = _wanted_bars(task.operation, section.n_bars)
        if wanted == section.n_bars:
            continue
        part = replace(task, song=done.song, locks=done.locks)
        done = _shorter(part, index, wanted) if wanted < section.n_bars else _longer(part, index, wanted)
        told.append(f"{section.name}: {section.n_bars} to {wanted} bars")
    if not told:
        raise EditError(f"{task.operation.said}: it is so long already")
    return replace(done, told=tuple(reversed(told)))


def _wanted_bars(operation: Operation, n_bars: int) -> int:
    """How long a section is to be."""
    if operation.longer is not None:
        if n_bars + operation.longer < 1:
            raise EditError(f"{operation.said}: the section has {n_bars} bars; leave one, or remove it")
        return n_bars + operation.longer
    return operation.length or max(1, round(n_bars * (operation.times or 1.0)))


def _shorter(task: Task, index: int, n_bars: int) -> Done:
    """Leave out bars: whole phrases if they add up, the first ones before the last, which has cadence and fill."""
    span = section_span(task.song.plan, index)
    parts = Material(split_at(task.song.plan, [span.end_bar - n_bars]), task.song.sheet, task.song.score)
    blocks = cut_sections(with_maps(parts))
    kept = blocks[index + 1]
    renamed = kept.section.model_copy(update={"name": task.song.plan.sections[index].name})
    return _formed(task, parts, _settled([*blocks[:index], replace(kept, section=renamed), *blocks[index + 2 :]]))


def _longer(task: Task, index: int, n_bars: int) -> Done:
    """Play bars of a section again after it, its last ones first, as often as is needed."""
    section, span = task.song.plan.sections[index], section_span(task.song.plan, index)
    extra = n_bars - section.n_bars
    whole, rest = divmod(extra, section.n_bars)
    parts = split_at(task.song.plan, [span.end_bar - rest] if rest else [])
    blocks = cut_sections(with_maps(Material(parts, task.song.sheet, task.song.score)))
    n_pieces = 2 if rest else 1
    own = blocks[index : index + n_pieces]
    added = [*(own * whole), *([own[-1]] if rest else [])]
    taken = _all_names(parts)
    copies = []
    for block in added:
        other = copy_of(block.section, taken)
        taken |= {other.name, *(phrase.name for phrase in other.phrases)}
        copies.append(replace(block, section=other))
    joined = join_sections(
        Material(parts, task.song.sheet, task.song.score),
        _settled([*blocks[:index], *own, *copies, *blocks[index + n_pieces :]]),
    )
    sections = list(joined.plan.sections)
    last = index + n_pieces + len(copies)
    merged = join_pieces(sections[index:last])
    plan = with_sections(joined.plan, [*sections[:index], merged, *sections[last:]])
    song = with_maps(Material(plan, joined.sheet, joined.score))
    return _formed(task, song, _settled(cut_sections(song)))
