"""What was asked of a phrase against what came."""

from dataclasses import replace

import pytest

from symbolic_music.filling.critics import kept_wishes
from symbolic_music.filling.obedience import Answer, measure
from symbolic_music.tokens.grammar import Grammar, Limits
from symbolic_music.tokens.phrase import Conditions, PhraseJob, PhraseMusic
from symbolic_music.tokens.vocabulary import IDS_OF_TYPE, VALUE_OF, bar_id, token_id

BAR, POSITION = bar_id(1), token_id("Position", 0)
C_MAJOR, C_MINOR = ((0, 0, "maj", 0),), ((0, 0, "min", 0),)
FOUR_QUARTERS = PhraseMusic(1, 48, C_MAJOR, tuple((12 * beat, 12, 72) for beat in range(4)))


def job(**asked: str) -> PhraseJob:
    """A bar of melody over C."""
    return PhraseJob(Conditions("melody", "major", "4/4", 1, **asked), 48, chords=C_MAJOR)


def test_a_phrase_that_does_as_asked_is_worth_more_than_one_that_does_not():
    calm, busy = job(syncopation="0", ending="last beat"), job(syncopation="3", ending="first beat")
    assert kept_wishes(FOUR_QUARTERS, calm) == 1
    assert kept_wishes(FOUR_QUARTERS, busy) == 0


def test_what_was_not_asked_cannot_be_missed():
    assert kept_wishes(FOUR_QUARTERS, job()) == 1


def test_the_report_tells_obedience_from_chance():
    heard = [Answer("melody", "density", grade, grade) for grade in "123123"]
    deaf = [Answer("melody", "leaps", asked, came) for asked, came in zip("0123", "2121", strict=True)]
    found = measure(heard + deaf)
    assert found["melody", "density"].kept == 1
    assert found["melody", "density"].correlation == pytest.approx(1)
    assert found["melody", "density"].chance == pytest.approx(1 / 3)
    assert found["melody", "leaps"].kept == pytest.approx(1 / 2)
    assert abs(found["melody", "leaps"].correlation) < 0.5


@pytest.mark.parametrize(("chords", "wrong", "right"), [(C_MAJOR, 75, 76), (C_MINOR, 76, 75)])
def test_a_tune_never_sings_the_other_third_of_its_chord(chords, wrong, right):
    melody = replace(job(), chords=chords)
    strict, free = (allowed_pitches(melody, Limits(thirds_agree=agree)) for agree in (True, False))
    assert right in strict
    assert wrong not in strict
    assert {right, wrong} <= free


def allowed_pitches(melody: PhraseJob, limits: Limits) -> set[int]:
    """What a melody may sing on its first beat."""
    grammar = Grammar(melody, limits)
    while isinstance(grammar.allowed(), int):
        grammar.push(grammar.allowed())
    grammar.push(next(index for index in (BAR, POSITION) if grammar.allowed()[index]))
    while isinstance(grammar.allowed(), int):
        grammar.push(grammar.allowed())
    if grammar.allowed()[POSITION]:
        grammar.push(POSITION)
    mask = grammar.allowed()
    return {int(VALUE_OF[index]) for index in IDS_OF_TYPE["Pitch"] if mask[index]}
