"""Chords that the user gives are the chords that everybody plays: held against notes and texts."""

from __future__ import annotations

import pytest

from symbolic_music.arranging import arrange
from symbolic_music.errors import BriefError
from symbolic_music.filling import ComposeOptions, compose
from symbolic_music.filling.fill import FillOptions
from symbolic_music.planning import plan
from symbolic_music.song.brief import Brief
from symbolic_music.song.score import Score
from symbolic_music.theory.chord import NO_CHORD, Chord, parse_chord

BAR, EIGHTH = 48, 6
ONE = ComposeOptions(FillOptions(n_candidates=1))
FORM = "intro2 verse8 chorus8 outro2"


def band_of(chords: str, style: str, key: str = "G major", form: str = FORM) -> Score:
    """The score of a song over given chords."""
    made = plan(Brief(form=form, key=key, chords=chords, style=style, meter="4/4", seed=5))
    return arrange(compose(made, ONE), made)


def sounding(score: Score) -> list[tuple[int, int, Chord | None]]:
    """The chords by the score's texts: from, to, chord."""
    ticks = [marker.tick for marker in score.chord_symbols]
    return [
        (marker.tick, end, None if marker.text == NO_CHORD else parse_chord(marker.text))
        for marker, end in zip(score.chord_symbols, [*ticks[1:], score.end_tick], strict=True)
    ]


@pytest.mark.parametrize("style", ["pop", "bossa nova", "rock"])
def test_everybody_plays_the_chords_of_each_section(style: str) -> None:
    score = band_of("intro: N.C. | G; verse: vi IV | I V/7; chorus: C D7/F# | G Em | C | D7; rest: G", style)
    texts = {marker.tick / BAR: marker.text for marker in score.chord_symbols}
    assert [texts[at] for at in (0, 1, 2, 2.5, 3, 3.5)] == ["N.C.", "G", "Em", "C", "G", "D/F#"]
    assert [texts[at] for at in (10, 10.5, 11, 11.5, 12, 13)] == ["C", "D7/F#", "G", "Em", "C", "D7"]
    for start, end, chord in sounding(score):
        for track in score.tracks:
            if track.is_drum or track.role not in ("bass", "chords", "pad"):
                continue
            # What begins an eighth before the next chord may belong to it.
            struck = [row for row in track.notes.tolist() if start <= row[0] < end - EIGHTH]
            if chord is None:
                assert not struck, (track.name, start)
                continue
            on_it = [row for row in struck if row[0] == start]
            if track.role == "bass" and on_it:
                assert min(row[2] for row in on_it) % 12 == chord.bass, (track.name, start / BAR)
            if track.role == "chords":
                tones = chord.pitch_classes | {chord.bass}
                foreign = [row[2] for row in on_it if row[2] % 12 not in tones]
                assert not foreign, (track.name, start / BAR, chord)


def test_a_section_that_is_given_other_chords_than_its_model_is_not_a_copy() -> None:
    made = plan(Brief(form="verse8 chorus8 verse8 chorus8", key="C", chords="verse 1: C F; verse 2: Am Em", seed=2))
    assert [section.chords for section in made.sections] == ["C F", None, "Am Em", None]
    sheet = compose(made, ONE)
    assert [sheet.chord_at(16 * BAR + bar * BAR).symbol() for bar in range(2)] == ["Am", "Em"]  # type: ignore[union-attr]


def test_degrees_follow_the_key_and_say_its_mode() -> None:
    assert plan(Brief(chords="i VI III VII", seed=1)).sections[0].key.mode == "minor"
    assert plan(Brief(chords="vi IV I V", seed=1)).sections[0].key.mode == "major"


def test_a_section_that_is_not_there_is_named() -> None:
    with pytest.raises(BriefError, match="the form has no 'bridge'; it has verse 1, chorus 1"):
        plan(Brief(form="verse8 chorus8", chords="bridge: C F"))
