"""Fill a plan's phrases: chords, and the melody over them as soon as they are there.

Repeats are copied; see ``filling.slots`` for what is decoded together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from symbolic_music.filling.fill import FillOptions
from symbolic_music.filling.given_chords import GivenHarmony, given_harmony
from symbolic_music.filling.slots import Opening, fill_lead_sheet
from symbolic_music.filling.sung import words_on
from symbolic_music.remarks import tell
from symbolic_music.song.chance import phrase_rng
from symbolic_music.song.leadsheet import LeadSheet, split_symbols
from symbolic_music.song.lyrics import Syllable
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.spans import Slot, section_spans, slots_of
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.key import REFERENCE_TONIC
from symbolic_music.theory.meter import RARE_METERS
from symbolic_music.tokens.phrase import ChordRow, PhraseMusic

MELODY_VELOCITY = 90
# How often a section's next phrase takes the harmony of its first one: pop progressions return
# after 8 bars in 0.30 of cases, and models alone do it too rarely.
SHARED_HARMONY = 0.5
# How often a variation keeps its source's harmony.
KEPT_HARMONY = 0.7
# Cadences that end on the tonic.
CLOSING_CADENCES = ("authentic", "plagal")
# Steps over the tonic from which it is reached: fourth, dominant and its leading tone, the seventh degree of minor.
CLOSING_STEPS, DOMINANT_STEP = (5, 7, 10, 11), 7
TRIAD_OF_MODE = {"major": "maj", "minor": "min"}


@dataclass(frozen=True)
class ComposeOptions:
    """How the lead sheet is filled; ``on_progress`` is told (phrases done, all).

    ``on_opening`` gets the lead sheet as soon as it has tune and chords of its first ``opening_bars`` (two numbers of
    bars): of the other phrases it has few or none.
    """

    fill: FillOptions = field(default_factory=FillOptions)
    on_progress: Callable[[int, int], None] | None = None
    opening_bars: tuple[int, int] = (0, 0)
    on_opening: Callable[[LeadSheet], None] | None = None


def compose(plan: SongPlan, options: ComposeOptions | None = None) -> LeadSheet:
    """Compose a plan's chords and melody.

    Raises
    ------
    CheckpointError
        If the phrase model's weights cannot be used.
    ConstraintError
        If a phrase has no legal continuation.
    """
    options = options or ComposeOptions()
    slots = list(slots_of(plan))
    total = 2 * len(slots)
    report = options.on_progress or (lambda done, all_: None)
    given = given_harmony(plan, slots)
    harmony, melody = fill_lead_sheet(
        plan,
        slots,
        given.harmony,
        lambda last, all_chords: closed(last, all_chords, given),
        options.fill,
        lambda n: report(n, total),
        _shared_harmony,
        _opening(plan, slots, given, options),
    )
    report(total, total)
    return _join(plan, slots, harmony, melody, given)


def _opening(plan: SongPlan, slots: list[Slot], given: GivenHarmony, options: ComposeOptions) -> Opening | None:
    """What is wanted before the rest."""
    on_opening = options.on_opening
    if on_opening is None:
        return None

    def take(harmony: dict[str, PhraseMusic], melody: dict[str, PhraseMusic]) -> None:
        known = [slot for slot in slots if slot.phrase.name in harmony]
        on_opening(_join(plan, known, harmony, melody, given))

    return Opening(*options.opening_bars, take)


def closed(last: Slot, harmony: dict[str, PhraseMusic], given: GivenHarmony) -> dict[str, PhraseMusic]:
    """Let the song end on a tonic that it can rest on, where its plan closes and the chords drawn do not.

    The chord of the last bar is then the tonic's, of the kind that the song has it in most often. A seventh that leads
    on stays where it is the song's home, as in the blues.
    """
    mode = last.section.key.mode
    tonic, music = REFERENCE_TONIC[mode], harmony[last.phrase.name]
    if last.phrase.name in given.harmony or not music.chords or last.phrase.cadence not in CLOSING_CADENCES:
        return harmony
    _, root, quality, bass = music.chords[-1]
    found = Counter(row[2] for phrase in harmony.values() for row in phrase.chords if row[1] == row[3] == tonic)
    homes = [name for name, _ in found.most_common()]
    if root == bass == tonic and may_rest(quality, mode, homes[0]):
        return harmony
    usual = next((name for name in homes if is_of_mode(name, mode)), TRIAD_OF_MODE[mode])
    bar_line = (music.n_bars - 1) * music.bar_ticks
    final = (bar_line, tonic, usual, tonic)
    before = [row for row in music.chords if row[0] < bar_line]
    closed = replace(music, chords=(*_led(before, music, tonic), final))
    return {**harmony, last.phrase.name: closed}


def _led(before: list[ChordRow], music: PhraseMusic, tonic: int) -> list[ChordRow]:
    """The chords before a new last one: where a dominant made room for it, the dominant comes a bar earlier.

    A phrase that made its half cadence otherwise ends on what only leads to that: D, then F for the C of D C.
    """
    if not before:
        return before
    led_by, made_room = ((row[1] - tonic) % 12 for row in (before[-1], music.chords[-1]))
    if led_by in CLOSING_STEPS or made_room != DOMINANT_STEP:
        return before
    place = max(before[-1][0], (music.n_bars - 2) * music.bar_ticks)
    return [*(row for row in before if row[0] < place), (place, *music.chords[-1][1:])]


def may_rest(quality: str, mode: str, home: str) -> bool:
    """Whether a song may end on a tonic: neither of the other mode nor leading on, but for what is its home."""
    tones, third = Chord(0, quality, 0).pitch_classes, _third(mode)
    is_stable = not ({3, 4} - third) & tones and not _leads_on(tones)
    return is_stable or (quality == home and bool(third & tones))


def is_of_mode(quality: str, mode: str) -> bool:
    """Whether a song rests on a tonic chord: it has the mode's third, and neither tritone nor augmented fifth."""
    tones = Chord(0, quality, 0).pitch_classes
    return bool(_third(mode) & tones) and not _leads_on(tones)


def _third(mode: str) -> frozenset[int]:
    """The third of a mode's own tonic."""
    return Chord(0, TRIAD_OF_MODE[mode], 0).pitch_classes - {0, 7}


def _leads_on(tones: frozenset[int]) -> bool:
    """Whether a chord wants another after it: two of its tones are a tritone apart, or it has an augmented fifth."""
    return {4, 8} <= tones or any((tone + 6) % 12 in tones for tone in tones)


def _shared_harmony(plan: SongPlan, slot: Slot, done: Mapping[str, PhraseMusic]) -> PhraseMusic | None:
    """Give a variation its source's harmony, and a section's later phrase that of its first one, now and then."""
    phrase, chance = slot.phrase, phrase_rng(plan.chance_seed, slot.phrase.name, "shared harmony").random()
    if phrase.source is not None:
        source = done.get(phrase.source)
        return source if source is not None and _fits(source, slot) and chance < KEPT_HARMONY else None
    first = slot.section.phrases[0]
    model = done.get(first.name) if slot.before else None
    fits = model is not None and _fits(model, slot) and phrase.cadence == first.cadence
    return model if fits and chance < SHARED_HARMONY else None


def _fits(music: PhraseMusic, slot: Slot) -> bool:
    """Whether music has a phrase's length in bars and ticks."""
    return (music.n_bars, music.bar_ticks) == (slot.phrase.n_bars, slot.meter.bar_ticks)


def _join(
    plan: SongPlan,
    slots: list[Slot],
    harmony: dict[str, PhraseMusic],
    melody: dict[str, PhraseMusic],
    given: GivenHarmony,
) -> LeadSheet:
    """Put phrases in their places and keys."""
    notes: list[tuple[int, int, int, int]] = []
    symbols: dict[int, Chord | None] = {}
    lyrics: list[Syllable] = []
    for slot in slots:
        start, shift = slot.start_tick, slot.section.key.tonic_shift
        if slot.phrase.name in given.harmony:
            # Restated where it begins, so that what was written before does not sound on.
            symbols |= given.symbols[slot.phrase.name]
        else:
            rows = harmony[slot.phrase.name].chords
            symbols |= {start + row[0]: Chord(*row[1:]).transpose(shift) for row in rows}
        if slot.phrase.name in melody:
            own = melody[slot.phrase.name].notes
            notes = make_room(notes, start + own[0][0]) if own else notes
            notes += [(start + on, length, pitch + shift, MELODY_VELOCITY) for on, length, pitch in own]
            if slot.phrase.words is not None:
                placed = words_on(own, slot.phrase.words, plan.language or "")
                lyrics += [replace(syllable, tick=start + syllable.tick) for syllable in placed]
    chords, no_chords = split_symbols(symbols)
    meters = plan.lines.changes()
    return LeadSheet(
        plan.title, plan.tempos[0].qpm, meters[0].meter, plan.n_bars, make_notes(notes), chords, section_spans(plan),
        lyrics=tuple(lyrics),
        no_chords=no_chords, remarks=_rarely_heard(plan), meter_changes=meters[1:], tempo_changes=plan.tempos[1:],
    )  # fmt: skip


def _rarely_heard(plan: SongPlan) -> tuple[str, ...]:
    """Say in which of a plan's meters there was little music to learn from."""
    rare = dict.fromkeys(str(change.meter) for change in plan.lines.changes() if str(change.meter) in RARE_METERS)
    said = f"few songs to learn from are in {', '.join(rare)}: the bars are kept, the tune may be plain"
    return tell(plan.title, [said] if rare else [])


def make_room(notes: list[tuple[int, int, int, int]], tick: int) -> list[tuple[int, int, int, int]]:
    """Let notes end where the next phrase begins, with its upbeat; those that would begin later go."""
    return [(on, min(length, tick - on), pitch, velocity) for on, length, pitch, velocity in notes if on < tick]
