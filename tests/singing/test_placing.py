"""Sounds of speech on notes: vowels on the beat, consonants before it, rests kept."""

from itertools import pairwise

import pytest

from symbolic_music.errors import InputError
from symbolic_music.singing.phones import Phone
from symbolic_music.singing.placing import Sung, place


def spoken(text: str, vowels: str = "aeiou") -> list[Phone]:
    """Words of one-letter sounds, a tenth of a second each, vowels two."""
    phones, at = [], 0.0
    for word, letters in enumerate(text.split()):
        for letter in letters:
            seconds = 0.2 if letter in vowels else 0.1
            phones.append(Phone(letter, at, at + seconds, word, letter in vowels, letter not in "pts"))
            at += seconds
    return phones


def test_each_vowel_begins_on_its_note_and_the_consonants_stand_before_the_beat():
    notes = [Sung(1.0, 1.5, 60, 0), Sung(1.5, 2.0, 62, 1), Sung(2.0, 3.0, 64, 1)]
    placed = place(spoken("ta mino"), notes)
    starts = {one.phone.name: one.start for one in placed}
    assert [starts[vowel] for vowel in "aio"] == [1.0, 1.5, 2.0]
    assert starts["t"] == pytest.approx(0.9) and starts["m"] == pytest.approx(1.4)
    assert all(one.end <= other.start + 1e-9 for one, other in pairwise(placed))


def test_before_a_rest_the_words_last_consonant_ends_the_note_and_the_next_words_first_waits_for_its_own():
    placed = place(spoken("ap to"), [Sung(0.0, 1.0, 60, 0), Sung(3.0, 4.0, 60, 1)])
    by_name = {one.phone.name: one for one in placed}
    assert by_name["p"].end == 1.0
    assert by_name["t"].start == pytest.approx(2.9) and by_name["t"].end == 3.0


def test_on_a_short_note_consonants_leave_the_vowel_nearly_half():
    placed = place(spoken("astso"), [Sung(0.0, 0.2, 60, 0), Sung(0.2, 1.0, 60, 0)])
    vowel = placed[0]
    assert vowel.phone.name == "a" and vowel.end - vowel.start >= 0.2 * 0.45 - 1e-9


def test_a_melisma_holds_one_vowel_through_all_its_notes():
    notes = [Sung(0.0, 0.5, 60, 0), Sung(0.5, 1.0, 62, 0, opens=False), Sung(1.0, 2.0, 64, 1)]
    placed = place(spoken("a no"), notes)
    assert placed[0].phone.name == "a" and placed[0].end == pytest.approx(0.9)


def test_where_speech_has_fewer_vowels_than_the_tune_has_syllables_the_last_one_goes_on():
    placed = place(spoken("fair so"), [Sung(0, 1, 60, 0), Sung(1, 2, 60, 0), Sung(2, 3, 60, 0), Sung(3, 4, 60, 1)])
    assert [one.start for one in placed if one.phone.name in "aio"] == [0, 1, 3]


def test_a_line_without_a_vowel_is_refused():
    with pytest.raises(InputError, match="no vowel"):
        place(spoken("pst"), [Sung(0, 1, 60, 0)])
