"""What songs of a style and of a mood usually are: one table, and tunes that differ by it."""

from __future__ import annotations

from statistics import mean

import numpy as np
import pytest

from symbolic_music.song.brief import MOODS
from symbolic_music.song.plan import SECTION_KINDS
from symbolic_music.styles.style import load_style, style_names
from symbolic_music.styles.traits import (
    GRADES,
    Character,
    draw_character,
    find_mood,
    minor_share,
    tonics_of,
    trait_table,
    traits_of_style,
)
from symbolic_music.theory.key import parse_key
from symbolic_music.tokens.vocabulary import CONDITION_VALUES

SONGS = range(60)


def songs(style: str, mood: str = "neutral") -> list[Character]:
    return [draw_character(style, mood, np.random.default_rng(seed)) for seed in SONGS]


def grade(style: str, trait: str, mood: str = "neutral", section: str = "verse") -> float:
    """The mean grade of a trait over songs."""
    return mean(GRADES[trait].index(song.in_section(section)[trait]) for song in songs(style, mood))


def test_every_style_mood_and_section_has_its_line() -> None:
    table = trait_table()
    assert set(table.styles) == set(style_names())
    assert set(table.moods) == set(table.titles) == set(MOODS)
    assert set(table.sections) == set(SECTION_KINDS)
    assert all(len(titles) >= 5 for titles in table.titles.values())


def test_traits_are_words_of_the_phrase_models_conditions() -> None:
    for trait, words in GRADES.items():
        assert CONDITION_VALUES[trait.capitalize()] == words
    for style in style_names():
        for kind in SECTION_KINDS:
            character = draw_character(style, MOODS[len(style) % len(MOODS)], np.random.default_rng(5))
            for trait, word in character.in_section(kind).items():
                assert word in (*CONDITION_VALUES[trait.capitalize()], "any"), (style, trait)


def test_styles_have_tunes_of_their_own() -> None:
    assert grade("reggae", "syncopation") > grade("folk", "syncopation") + 1.5
    assert grade("reggae", "density") < grade("pop", "density") - 1
    assert grade("reggae", "length") < grade("piano ballad", "length") - 1
    assert grade("bebop", "density") > grade("jazz ballad", "density") + 2
    assert grade("bebop", "leaps") > grade("hymn", "leaps") + 1.5
    assert grade("metal", "colour") < grade("pop", "colour") < grade("bossa nova", "colour")
    assert grade("hymn", "changes") > grade("pop", "changes") > grade("techno", "changes")


def test_a_hymn_moves_by_even_steps_on_the_beat() -> None:
    for song in songs("hymn"):
        verse = song.in_section("verse")
        assert (verse["syncopation"], verse["length"], verse["colour"]) == ("0", "sung", "triads")
        assert verse["leaps"] in ("0", "1") and verse["swing"] == "straight"


def test_bebop_is_swung_and_a_jig_has_three_to_the_beat() -> None:
    assert songs("bebop")[0].in_section("solo")["swing"] == "swung"
    assert songs("jig")[0].in_section("verse")["swing"] == "any"
    for name in style_names():
        style, line = load_style(name), traits_of_style(name)
        if style.swing > 0.6 and all(meter.endswith("/4") for meter in style.meters):
            assert line.swing == "swung", name
        if all(meter.endswith("/8") for meter in style.meters):
            assert line.swing == "any", name


@pytest.mark.parametrize("style", ["pop ballad", "piano ballad", "soul", "rock"])
def test_sad_songs_are_sparser_longer_lower_and_by_step(style: str) -> None:
    for trait, sign in {"density": -1, "length": 1, "leaps": -1, "top": -1}.items():
        assert sign * (grade(style, trait, "sad") - grade(style, trait, "energetic")) > 0.3, trait


def test_moods_move_a_style_and_do_not_leave_it() -> None:
    for mood in MOODS:
        assert grade("punk", "colour", mood) == 0
        assert grade("ambient", "density", mood) <= 2
        assert grade("bebop", "density", mood) >= 3


def test_the_chorus_is_higher_and_no_sparser_than_the_verse() -> None:
    for style in ("pop", "reggae", "country", "swing"):
        for song in songs(style):
            verse, chorus = song.in_section("verse"), song.in_section("chorus")
            assert int(chorus["top"]) >= int(verse["top"]) + 2
            assert int(chorus["density"]) >= int(verse["density"])
        assert grade(style, "density", section="chorus") > grade(style, "density") + 0.05


def test_a_song_keeps_its_character_and_songs_differ() -> None:
    for seed in range(10):
        character = draw_character("pop", "happy", np.random.default_rng(seed))
        verse, chorus = character.in_section("verse"), character.in_section("chorus")
        same = ("source", "syncopation", "swing", "length", "leaps", "colour", "changes")
        assert [verse[trait] for trait in same] == [chorus[trait] for trait in same]
    assert len({tuple(song.in_section("verse").items()) for song in songs("pop")}) > len(SONGS) / 2


def test_people_of_pop_are_met() -> None:
    """POP909's phrases: density grade 3 in .47, syncopation grades 0 and 3 the rarer, triads in .96."""
    verses = [song.in_section("verse") for song in songs("pop")]
    assert 0.3 < mean(verse["density"] == "3" for verse in verses) < 0.65
    assert mean(verse["colour"] == "triads" for verse in verses) == 1
    assert 72 <= mean(int(verse["top"]) for verse in verses) <= 77


def test_moods_say_tempo_mode_and_intensity() -> None:
    tempo = {mood: find_mood(mood).tempo for mood in MOODS}
    assert tempo["neutral"] == 1 and find_mood("neutral").intensity == 0
    assert (
        max(tempo["sad"], tempo["calm"], tempo["lonely"], tempo["dreamy"])
        < 0.9
        < 1.05
        < min(tempo["happy"], tempo["energetic"], tempo["angry"])
    )
    assert find_mood("calm").intensity < -0.05 < 0.05 < find_mood("epic").intensity
    glad, grave = (
        ("happy", "hopeful", "playful", "triumphant"),
        ("sad", "dark", "spooky", "angry", "tense", "mysterious"),
    )
    assert all(minor_share("pop", mood) < 0.12 for mood in glad)
    assert all(minor_share("pop", mood) > 0.7 for mood in grave)


def test_styles_have_modes_and_keys_of_their_players() -> None:
    assert minor_share("country", "neutral") < 0.1 < 0.75 < minor_share("tango", "neutral")
    assert minor_share("country", "sad") < minor_share("pop", "sad")
    for name in style_names():
        for mode in ("major", "minor"):
            assert all(str(parse_key(f"{tonic} {mode}")) for tonic in tonics_of(name, mode)), name
    guitar, horns = tonics_of("hard rock", "major"), tonics_of("big band", "major")
    assert max(guitar, key=guitar.__getitem__) == "E" and "E" not in horns
    assert sum(horns[tonic] for tonic in ("Bb", "Eb", "F", "Ab")) > 0.7 * sum(horns.values())


def test_a_style_without_a_line_has_that_of_its_kin() -> None:
    swing = load_style("swing")
    assert traits_of_style(swing.model_copy(update={"name": "new", "plays_like": "bebop"})) == traits_of_style("bebop")
    new = traits_of_style(swing.model_copy(update={"name": "new", "plays_like": None}))
    assert new.swing == "swung" and new.source == "standard"


def test_pop_tunes_are_asked_to_be_as_dense_and_as_clipped_as_peoples() -> None:
    # 5 801 phrases of POP909's training songs in 4/4, upbeats counted to the phrase that they open.
    people = {
        "density": {"1": 0.03, "2": 0.14, "3": 0.41, "4": 0.32, "5": 0.1},
        "length": {"detached": 0.05, "short": 0.47, "long": 0.28, "sung": 0.2},
    }
    asked = [
        draw_character("pop", "neutral", np.random.default_rng(seed)).in_section(kind)
        for seed in range(200)
        for kind in ("verse", "chorus")
    ]
    for trait, shares in people.items():
        drawn = {word: mean(words[trait] == word for words in asked) for word in GRADES[trait]}
        distance = sum(abs(drawn[word] - shares.get(word, 0.0)) for word in drawn) / 2
        assert distance < 0.2, (trait, drawn)
