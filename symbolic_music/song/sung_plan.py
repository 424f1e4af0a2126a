"""What a plan knows of its words beyond the notes: stresses, language, ends of lines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symbolic_music.song.lyrics import Syllable, of_verse
from symbolic_music.song.plan import SongPlan


def recall_words(lyrics: Iterable[Syllable], plan: SongPlan) -> tuple[Syllable, ...]:
    """Give syllables that were read from a file back what the file cannot hold, where they are still the plan's.

    Parameters
    ----------
    lyrics : iterable of Syllable
    plan : SongPlan

    Returns
    -------
    tuple of Syllable
        As they were where the plan has other words.
    """
    read = tuple(lyrics)
    lines = [phrase.words for section in plan.sections for phrase in section.phrases if phrase.words is not None]
    planned = [(one, place == len(line.syllables) - 1) for line in lines for place, one in enumerate(line.syllables)]
    sung = of_verse(read)
    if [one.text for one in sung] != [one.text for one, _ in planned]:
        return read
    recalled = [
        replace(
            syllable,
            text=one.text,
            stress=one.stress,
            n_notes=one.n_notes,
            language=plan.language or "",
            ends_line=ends,
        )
        for syllable, (one, ends) in zip(sung, planned, strict=True)
    ]
    return tuple(sorted([*recalled, *(one for one in read if one.verse > 1)], key=lambda one: (one.tick, one.verse)))
