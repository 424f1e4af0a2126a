"""What is to be done for one part of one phrase: one rule for the lead sheet and for the band.

A *piece* is one part of one phrase. It hears the part it stands beside, the phrase that it repeats or varies (else the
one before it in its section) and, in the lead sheet, the song's hook; it waits for those of them that are still to be
filled, and for nothing else. Then it is a copy, or a job for the phrase model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from symbolic_music.filling.describe import band_conditions_for, conditions_for, limits_for
from symbolic_music.filling.fill import PhraseTask
from symbolic_music.filling.sung import BREATH, asks, fit_words, following_of, follows_words, limits_of, scansion_of
from symbolic_music.filling.traits import draw_degree
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.scansion import Scansion
from symbolic_music.song.spans import Slot
from symbolic_music.styles.band import heard_as
from symbolic_music.styles.style import Style
from symbolic_music.tokens.describe import BESIDE_OF_PART, heard_beside
from symbolic_music.tokens.phrase import ANY, ChordRow, Conditions, PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import BREATHING

# How many bars of the phrase before are heard; the band's parts hear two.
CONTEXT_BARS = {"chords": 4, "melody": 4}
BAND_CONTEXT_BARS = 2
# How many bars of the hook the other phrases are shown.
RELATIVE_BARS = 4
# Tunes are written in sixteenths.
GRID_TICK = 3
# Whose phrases have words.
SUNG_PART = "melody"


@dataclass(frozen=True)
class Piece:
    """One part of one phrase: what is filled at a time."""

    part: str
    slot: Slot

    @property
    def key(self) -> tuple[str, str]:
        """Part and phrase name."""
        return self.part, self.slot.phrase.name


# The music of the pieces done, by (part, phrase name).
Done = Mapping[tuple[str, str], PhraseMusic]
# What is to be done for a piece: a task for the model, its music if no model is needed, None if it must wait.
Next = Callable[[Piece, Done], PhraseTask | PhraseMusic | None]
# Gives a phrase's music without asking the model, or None: (plan, slot, phrases of the part done) → music.
Shortcut = Callable[["SongPlan", "Slot", Mapping[str, PhraseMusic]], PhraseMusic | None]


@dataclass(frozen=True)
class SongJobs:
    """What every piece of a song needs to know; ``job_of`` says what is to be done for one of them.

    Parameters
    ----------
    plan : SongPlan
    slots : sequence of Slot
        The song's phrases in order.
    pieces : frozenset of (part, phrase name)
        What is to be filled; a piece waits for no other.
    harmony : mapping of phrase name to PhraseMusic
        The chords, once they are there.
    style : Style, optional
        The band's; without it the pieces are the lead sheet's.
    hook : Slot, optional
        The phrase that all other phrases of the lead sheet are shown, so that verse and chorus belong together.
    shortcut : Shortcut, optional
        What else than an exact repeat needs no model.
    given : mapping of phrase name to PhraseMusic
        Phrases that are written already.
    """

    plan: SongPlan
    slots: Sequence[Slot]
    pieces: frozenset[tuple[str, str]]
    harmony: Mapping[str, PhraseMusic] = field(default_factory=dict)
    style: Style | None = None
    hook: Slot | None = None
    shortcut: Shortcut | None = None
    given: Mapping[str, PhraseMusic] = field(default_factory=dict)

    def job_of(self, piece: Piece, done: Done) -> PhraseTask | PhraseMusic | None:
        """Copy a piece, state its job, or say that it must wait for another.

        Parameters
        ----------
        piece : Piece
        done : mapping of (part, phrase name) to PhraseMusic
            All that there is to hear: pieces filled so far, and parts that were there before.

        Returns
        -------
        PhraseTask, PhraseMusic or None
            A task for the model, the music itself, or ``None`` while something that it hears is still to come.
        """
        if piece.slot.phrase.name in self.given:
            return self.given[piece.slot.phrase.name]
        heard = (self.source_of(piece), self._hook_of(piece), self._beside_of(piece))
        if any(key in self.pieces and key not in done for key in heard if key is not None):
            return None
        copied = self._copied(piece, done)
        return copied if copied is not None else self._task(piece, done)

    def source_of(self, piece: Piece) -> tuple[str, str] | None:
        """What a piece goes on from: the phrase that it repeats or varies where its part plays it, else that before.

        The hook is written first and goes on from nothing.
        """
        part, slot = piece.part, piece.slot
        if self.hook is not None and slot.phrase.name == self.hook.phrase.name:
            return None
        if slot.phrase.source and (part, slot.phrase.source) in self.pieces:
            return part, slot.phrase.source
        return (part, slot.before) if slot.before else None

    def ends_section(self, slot: Slot) -> bool:
        """Whether a phrase stands before a boundary."""
        is_last = slot.section.name == self.plan.sections[-1].name
        return not is_last and slot.section.phrases[-1].name == slot.phrase.name

    def conditions_of(self, piece: Piece, has_fill: bool = False) -> Conditions:
        """What a piece should be, but for what it varies and hears."""
        part, slot = piece.part, piece.slot
        asked = (self.plan, slot.section, slot.phrase, slot.start_bar, part)
        if self.style is None:
            return conditions_for(*asked)
        style = heard_as(self.style, part, str(slot.meter))
        return replace(band_conditions_for(*asked), style=style, fill="yes" if has_fill else "no")

    def _hook_of(self, piece: Piece) -> tuple[str, str] | None:
        """The hook in the piece's own part, where it is another phrase."""
        if self.hook is None or self.hook.phrase.name == piece.slot.phrase.name:
            return None
        return piece.part, self.hook.phrase.name

    def _beside_of(self, piece: Piece) -> tuple[str, str] | None:
        """The part that a band's player listens to."""
        lead = BESIDE_OF_PART.get(piece.part)
        return None if lead is None else (lead, piece.slot.phrase.name)

    def _copied(self, piece: Piece, done: Done) -> PhraseMusic | None:
        """Copy an exact repeat, or ask the shortcut."""
        slot = piece.slot
        if self.hook is not None and slot.phrase.name == self.hook.phrase.name:
            return None
        source = done.get((piece.part, slot.phrase.source)) if slot.phrase.source else None
        if source is not None and slot.phrase.relation == "repeat" and self._plays_again(slot):
            words = self._scansion(piece)
            return source if words is None else fit_words(source, words)
        if self.shortcut is None:
            return None
        return self.shortcut(
            self.plan, slot, {name: music for (part, name), music in done.items() if part == piece.part}
        )

    def _scansion(self, piece: Piece) -> Scansion | None:
        """The words that a tune sings."""
        if piece.part != SUNG_PART or piece.slot.phrase.words is None:
            return None
        return scansion_of(piece.slot, following_of(self.plan)[piece.slot.phrase.name])

    def _plays_again(self, slot: Slot) -> bool:
        """Whether a repeat is like its source: all hear other chords, a band another kind of section and a fill."""
        same_chords = self.harmony.get(slot.phrase.name) == self.harmony.get(slot.phrase.source or "")
        if self.style is None:
            return same_chords
        source = next(other for other in self.slots if other.phrase.name == slot.phrase.source)
        same_fill = self.ends_section(slot) == self.ends_section(source)
        return same_chords and same_fill and source.section.kind == slot.section.kind

    def _task(self, piece: Piece, done: Done) -> PhraseTask:
        """State the job of one piece."""
        part, slot = piece.part, piece.slot
        phrase, bar_ticks = slot.phrase, slot.meter.bar_ticks
        original = done.get((part, phrase.source)) if phrase.source else None
        if original is not None and original.bar_ticks != bar_ticks:
            original = None  # another meter has other music
        before = done.get((part, slot.before)) if slot.before else None
        lead = self._beside_of(piece)
        beside = done[lead].notes if lead is not None and lead in done else ()
        chords = self.harmony[phrase.name].chords if self.harmony else ()
        asked = self.conditions_of(piece, self.ends_section(slot))
        conditions = replace(
            asked,
            degree=self._rest_of(piece, chords) or asked.degree,
            beside=lead[0] if lead is not None and beside else ANY,
            relation="variation" if original is not None else ANY,
        )
        job = PhraseJob(
            conditions,
            bar_ticks,
            context=None if original is not None else _context(part, before),
            original=original,
            chords=chords,
            beside=heard_beside(beside, lead[0]) if lead is not None else (),
            relative=None if original is not None else self._relative(piece, done),
        )
        limits = limits_for(self.plan, slot, part)
        limits = replace(limits, highest=_ceiling(conditions.top, original, limits.highest))
        words = self._scansion(piece)
        if words is not None:
            lift = slot.section.key.tonic_shift - self.plan.sections[0].key.tonic_shift
            job, limits = replace(job, conditions=asks(conditions, words)), limits_of(limits, words, lift)
        elif part in BREATHING and slot.start_bar:
            most = BREATH if follows_words(self.plan, slot) else bar_ticks
            limits = replace(limits, upbeat_ticks=min(most, room_before(before, bar_ticks)))
        return PhraseTask(phrase.name if phrase.take is None else f"{phrase.name}/take {phrase.take}", job, limits)

    def _rest_of(self, piece: Piece, chords: tuple[ChordRow, ...]) -> str:
        """The degree that a tune rests on, which hears how its chords come home; empty where it is said or open."""
        slot, asked = piece.slot, self.plan.traits or {}
        if piece.part != "melody" or not chords or "degree" in asked:
            return ""
        harmony = PhraseMusic(slot.phrase.n_bars, slot.meter.bar_ticks, chords)
        ending = self.conditions_of(piece).ending
        return draw_degree(self.plan, slot.section, slot.phrase, harmony, ending)

    def _relative(self, piece: Piece, done: Done) -> PhraseMusic | None:
        """The first bars of the hook."""
        hook = self._hook_of(piece)
        heard = done.get(hook) if hook is not None else None
        in_meter = heard is not None and heard.bar_ticks == piece.slot.meter.bar_ticks
        return head_of(heard, RELATIVE_BARS) if heard is not None and in_meter else None


def hook_of(slots: Sequence[Slot], title: str = "") -> Slot | None:
    """Find the phrase that a song is remembered by.

    It is the chorus's new phrase that sings the title, else the first of its first chorus, else of its most intense
    section.
    """
    sung = [slot for slot in slots if slot.phrase.sung and slot.phrase.source is None]
    choruses = [slot for slot in sung if slot.section.kind == "chorus"]
    if choruses:
        named = [slot for slot in choruses if slot.phrase.words is not None and slot.phrase.words.says(title)]
        return (named or choruses)[0]
    return max(sung, key=lambda slot: slot.section.intensity, default=None)


def _context(part: str, before: PhraseMusic | None) -> PhraseMusic | None:
    """The end of the phrase before; a band's part that was silent there says nothing."""
    if before is None or not (part in CONTEXT_BARS or before.notes):
        return None
    return tail_of(before, CONTEXT_BARS.get(part, BAND_CONTEXT_BARS))


def _ceiling(top: str, original: PhraseMusic | None, highest: int) -> int:
    """The highest pitch that a phrase may reach: the top note asked for, or that of what it varies."""
    if top == ANY:
        return highest
    reached = max((note[2] for note in original.notes), default=0) if original is not None else 0
    return min(highest, max(int(top), reached))


def room_before(before: PhraseMusic | None, bar_ticks: int) -> int:
    """How long an upbeat may be: half a bar, less where the phrase before still sings."""
    most = bar_ticks // 2
    if before is None or not before.notes:
        return most
    onset, length, _ = before.notes[-1]
    free = before.n_bars * bar_ticks - (onset + length)
    return min(most, free // GRID_TICK * GRID_TICK)


def head_of(music: PhraseMusic, most_bars: int) -> PhraseMusic:
    """The first bars of a phrase, its upbeat too."""
    n_bars = min(most_bars, music.n_bars)
    end = n_bars * music.bar_ticks
    chords = tuple(chord for chord in music.chords if chord[0] < end)
    return PhraseMusic(n_bars, music.bar_ticks, chords, tuple(note for note in music.notes if note[0] < end))


def tail_of(music: PhraseMusic, most_bars: int) -> PhraseMusic:
    """The last bars of a phrase, as context for the next."""
    n_bars = min(most_bars, music.n_bars)
    start = (music.n_bars - n_bars) * music.bar_ticks
    sounding = [chord for chord in music.chords if chord[0] <= start][-1:]
    later = [chord for chord in music.chords if chord[0] > start]
    chords = tuple((max(chord[0] - start, 0), *chord[1:]) for chord in [*sounding, *later])
    notes = tuple((onset - start, length, pitch) for onset, length, pitch in music.notes if onset >= start)
    return PhraseMusic(n_bars, music.bar_ticks, chords, notes)
