"""What locks say about a stretch of a song, and who is meant by a part's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbolic_music.errors import EditError, InputError
from symbolic_music.song.edit import Lock, Operation
from symbolic_music.song.places import Span, find_sections, section_span
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score, Track
from symbolic_music.styles.seats import are_alike
from symbolic_music.theory.instruments import Instrument, find_instrument

TUNE, HARMONY, BAND = "melody", "chords", "band"
_TUNE_WORDS = ("melody", "tune", "lead", "vocal", "vocals", "voice", "singer", "topline", "top line")
_HARMONY_WORDS = ("chords", "harmony", "harmonies", "chord progression", "progression")
_BAND_WORDS = ("band", "accompaniment", "backing", "arrangement", "players")
# What can be done to a stretch of which something is locked, and is refused: (operation, what is locked).
_FORBIDDEN = {
    "pitches": ("transpose", "key", "colour", "meter", "vary", "tune", "resolve"),
    "rhythm": ("meter", "tune"),
    "chords": ("transpose", "key", "colour", "reharmonize", "chords", "meter", "harmony", "resolve"),
}
# What is asked of a tune whose rhythm may be locked.
_KEEPS_RHYTHM = ("smoother", "leapier")
# What would take away the notes of a locked part.
_REMOVING = ("remove", "length", "times", "longer", "meter")


@dataclass(frozen=True)
class Guard:
    """What must stay in a stretch: tracks by name, and of the tune ``rhythm``, ``pitches``, of the whole ``chords``."""

    tracks: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    def lets(self, track: Track) -> bool:
        """Whether a track may be changed."""
        return track.name not in self.tracks


def who_is(score: Score, text: str) -> frozenset[str] | str:
    """Find who is meant by a part's name.

    Returns
    -------
    frozenset of str or str
        Names of tracks; or ``"melody"``, ``"chords"`` (the harmony), ``"band"`` (all but the tune).

    Raises
    ------
    EditError
        If nobody in the song is called so; the message lists who plays.
    """
    word = " ".join(text.lower().split()).removeprefix("the ")
    for meant, words in ((TUNE, _TUNE_WORDS), (HARMONY, _HARMONY_WORDS), (BAND, _BAND_WORDS)):
        if word in words:
            return meant
    exact = [track.name for track in score.tracks if track.name.lower() == word]
    if exact:
        return frozenset(exact)
    by_role = [track.name for track in score.tracks if track.role == word or (word == "drums" and track.is_drum)]
    named = by_role or [track.name for track in score.tracks if word in track.name.lower()] or _alike(score, word)
    if not named:
        listed = ", ".join(["melody", "chords", "band", *(track.name for track in score.tracks)])
        raise EditError(f"{text!r} does not play in this song; there are {listed}")
    return frozenset(named)


def is_meant(track: Track, meant: frozenset[str] | str) -> bool:
    """Whether a track is one of those meant."""
    if isinstance(meant, frozenset):
        return track.name in meant
    return (track.role == TUNE) == (meant == TUNE) and meant != HARMONY


def _alike(score: Score, word: str) -> list[str]:
    """Tracks that an instrument's name means."""
    try:
        instrument = find_instrument(word)
    except InputError:
        return []
    if instrument.is_drum:
        return [track.name for track in score.tracks if track.is_drum]
    bass = instrument.program in (*range(32, 40), 43)
    return [
        track.name
        for track in score.tracks
        if track.role != TUNE and not track.is_drum
        and (track.role == "bass" if bass else are_alike(instrument, _instrument(track.program)))
    ]  # fmt: skip


def _instrument(program: int) -> Instrument:
    """Any instrument of a program."""
    return Instrument("", program, False, 0, 127)


def guard_for(plan: SongPlan, score: Score, locks: Sequence[Lock], span: Span, operation: Operation) -> Guard:
    """What locks say about an operation on a span.

    Raises
    ------
    EditError
        If they contradict it; the message names the lock.
    """
    tracks: set[str] = set()
    kept: set[str] = set()
    for lock in locks:
        if not any(other.meets(span) for other in lock_spans(plan, lock)):
            continue
        if lock.what in _FORBIDDEN and lock.part in (None, TUNE):
            kept.add(lock.what)
            is_free = lock.what == "rhythm" and operation.tune in _KEEPS_RHYTHM
            if (operation.what in _FORBIDDEN[lock.what] and not is_free) or operation.what in _REMOVING:
                raise _contradiction(lock, operation)
            if lock.what == "chords" and operation.part in _HARMONY_WORDS:
                raise _contradiction(lock, operation)
        elif lock.part is None:
            if operation.what not in ("tempo_qpm", "faster"):
                raise _contradiction(lock, operation)
        else:
            meant = who_is(score, lock.part)
            own = _tracks_of(score, meant)
            if meant == HARMONY:
                kept.add("chords")
            if operation.who is not None and _tracks_of(score, who_is(score, operation.who)) <= own | tracks and own:
                raise _contradiction(lock, operation)
            if operation.what in (*_REMOVING, "transpose", "key", "colour", "swing"):
                raise _contradiction(lock, operation)
            tracks |= own
    if {"rhythm", "pitches"} <= kept:
        # Both together are the tune.
        tracks |= _tracks_of(score, TUNE)
    return Guard(frozenset(tracks), frozenset(kept))


def lock_spans(plan: SongPlan, lock: Lock) -> list[Span]:
    """Where a lock holds."""
    if lock.section is None:
        return [Span(0, plan.n_bars)]
    return [section_span(plan, index) for index in find_sections(plan, lock.section)]


def _tracks_of(score: Score, meant: frozenset[str] | str) -> frozenset[str]:
    """The tracks that a name means."""
    if isinstance(meant, frozenset):
        return meant
    if meant == TUNE:
        return frozenset(track.name for track in score.tracks if track.role == TUNE)
    if meant == BAND:
        return frozenset(track.name for track in score.tracks if track.role != TUNE)
    return frozenset()


def _contradiction(lock: Lock, operation: Operation) -> EditError:
    """Say which lock is in the way."""
    return EditError(f"{operation.said}: locked: {lock.said}", "unlock it first, or name another place")


def check_lock(plan: SongPlan, score: Score, lock: Lock) -> None:
    """Refuse a lock on what is not there.

    Raises
    ------
    EditError
        If the section or player is not in the song.
    """
    lock_spans(plan, lock)
    if lock.part is not None:
        who_is(score, lock.part)
