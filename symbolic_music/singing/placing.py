"""Put the sounds of a spoken line on the notes of a sung one.

A vowel begins on its note's beat and fills it. The consonants before it keep about the length they are spoken with and
stand before the beat; at the end of a note with a rest behind it, the word's last ones stand before the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbolic_music.errors import InputError
from symbolic_music.singing.phones import Phone

# A rest shorter than this is no rest: the voice goes on.
_LONGEST_JOIN_SEC = 0.08
# Consonants between two notes take at most so much of the earlier one.
_MOST_OF_A_NOTE = 0.55


@dataclass(frozen=True)
class Sung:
    """A note to sing, in seconds of the song; ``opens`` where a syllable begins, ``word`` of the line it is of."""

    start: float
    end: float
    pitch: int
    word: int
    opens: bool = True


@dataclass(frozen=True)
class Placed:
    """A sound and when it is sung, in seconds of the song."""

    phone: Phone
    start: float
    end: float


@dataclass(frozen=True)
class _Nucleus:
    """Vowels sung on one syllable: their places among the phones, first and last, and the syllable's time."""

    first: int
    last: int
    start: float
    end: float


def place(phones: Sequence[Phone], notes: Sequence[Sung]) -> tuple[Placed, ...]:
    """Place a line's sounds.

    Parameters
    ----------
    phones : sequence of Phone
        Of the line as spoken.
    notes : sequence of Sung
        Of the line as sung, in time.

    Returns
    -------
    tuple of Placed
        In time, never two at once; each syllable's vowel begins at its note's onset exactly.

    Raises
    ------
    InputError
        If nothing in the line has a vowel.

    Examples
    --------
    >>> spoken = [Phone("m", 0, 0.1, 0), Phone("iy", 0.1, 0.3, 0, True, True)]
    >>> [(one.phone.name, round(one.start, 2), round(one.end, 2)) for one in place(spoken, [Sung(1.0, 2.0, 60, 0)])]
    [('m', 0.9, 1.0), ('iy', 1.0, 2.0)]
    """
    nuclei = _nuclei(phones, _syllables(notes))
    if not nuclei:
        raise InputError("a sung line has no vowel; write its words out")
    placed = _before(phones[: nuclei[0].first], nuclei[0].start, float("-inf"))
    for nucleus, following in zip(nuclei, [*nuclei[1:], None], strict=True):
        placed += _sing_syllable(phones, nucleus, following)
    return tuple(placed)


def _syllables(notes: Sequence[Sung]) -> list[Sung]:
    """Join the notes of each melisma."""
    joined: list[Sung] = []
    for note in notes:
        if note.opens or not joined:
            joined.append(note)
        else:
            joined[-1] = Sung(joined[-1].start, note.end, joined[-1].pitch, joined[-1].word)
    return joined


def _nuclei(phones: Sequence[Phone], syllables: Sequence[Sung]) -> list[_Nucleus]:
    """Give each syllable its vowels: in order where the counts agree, word by word where they do not."""
    vowels = [at for at, phone in enumerate(phones) if phone.is_vowel]
    if len(vowels) == len(syllables):
        return [_Nucleus(at, at, one.start, one.end) for at, one in zip(vowels, syllables, strict=True)]
    found: list[_Nucleus] = []
    for word in sorted({syllable.word for syllable in syllables}):
        own = [at for at in vowels if phones[at].word == word]
        found += _share(own, [syllable for syllable in syllables if syllable.word == word])
    # A word that is spoken without a vowel of its own ("'twas") is sung on its neighbour's.
    return found if found or not vowels else _share(vowels, syllables)


def _share(vowels: Sequence[int], syllables: Sequence[Sung]) -> list[_Nucleus]:
    """Spread a word's vowels over its syllables: of too many, several on a note; of too few, the last goes on."""
    n_sung = min(len(vowels), len(syllables))
    if not n_sung:
        return []
    firsts = [vowels[at * len(vowels) // n_sung] for at in range(n_sung)]
    lasts = [vowels[(at + 1) * len(vowels) // n_sung - 1] for at in range(n_sung)]
    ends = [one.end for one in syllables[: n_sung - 1]] + [syllables[-1].end]
    return [
        _Nucleus(first, last, syllable.start, end)
        for first, last, syllable, end in zip(firsts, lasts, syllables, ends, strict=False)
    ]


def _sing_syllable(phones: Sequence[Phone], nucleus: _Nucleus, following: _Nucleus | None) -> list[Placed]:
    """Place a syllable's vowels and the consonants up to the next one's."""
    consonants = list(phones[nucleus.last + 1 : following.first if following else None])
    own_word = phones[nucleus.last].word
    if following is not None and following.start - nucleus.end <= _LONGEST_JOIN_SEC:
        until, ending, opening = following.start, consonants, []
    else:
        until = nucleus.end
        ending = [phone for phone in consonants if phone.word == own_word]
        opening = [phone for phone in consonants if phone.word != own_word]
    placed = _before(ending, until, nucleus.start + (until - nucleus.start) * (1 - _MOST_OF_A_NOTE))
    vowel_end = placed[0].start if placed else until
    sung = _fill(phones[nucleus.first : nucleus.last + 1], nucleus.start, vowel_end)
    if following is not None and opening:
        placed += _before(opening, following.start, until)
    return sung + placed


def _before(phones: Sequence[Phone], end: float, earliest: float) -> list[Placed]:
    """Place consonants so that the last ends at ``end``; shortened if they would begin before ``earliest``."""
    seconds = sum(phone.seconds for phone in phones)
    factor = min(1.0, (end - earliest) / seconds) if seconds else 1.0
    placed: list[Placed] = []
    for phone in reversed(phones):
        placed.append(Placed(phone, end - phone.seconds * factor, end))
        end = placed[-1].start
    return placed[::-1]


def _fill(phones: Sequence[Phone], start: float, end: float) -> list[Placed]:
    """Fill a note with its vowels; consonants between two of them keep their length as far as there is room."""
    fixed = sum(phone.seconds for phone in phones if not phone.is_vowel)
    spoken = sum(phone.seconds for phone in phones if phone.is_vowel)
    room = end - start
    rate = min(1.0, room / 2 / fixed) if fixed else 1.0
    stretch = (room - fixed * rate) / spoken
    placed = []
    for phone in phones:
        until = start + phone.seconds * (stretch if phone.is_vowel else rate)
        placed.append(Placed(phone, start, until))
        start = until
    return placed
