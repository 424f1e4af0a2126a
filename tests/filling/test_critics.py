"""What candidates are chosen by."""

from __future__ import annotations

from dataclasses import replace

from symbolic_music.filling.critics import critic_for, melody_faults
from symbolic_music.theory.meter import parse_meter
from symbolic_music.tokens.phrase import PhraseMusic
from tests.builders import make_job

FOUR = parse_meter("4/4")
A_MINOR = ((0, 9, "min", 9),)


def chords_of(*rows: tuple[int, str]) -> PhraseMusic:
    """A chord a bar."""
    return PhraseMusic(
        len(rows), 48, tuple((bar * 48, root, quality, root) for bar, (root, quality) in enumerate(rows))
    )


def worth(music: PhraseMusic, cadence: str) -> float:
    job = make_job("chords", n_bars=music.n_bars)
    return critic_for(replace(job, conditions=replace(job.conditions, cadence=cadence)))(music)


def test_an_authentic_cadence_comes_from_the_dominant() -> None:
    from_five = chords_of((0, "maj"), (5, "maj"), (7, "maj"), (0, "maj"))
    from_two = chords_of((0, "maj"), (5, "maj"), (2, "min"), (0, "maj"))
    elsewhere = chords_of((0, "maj"), (5, "maj"), (7, "maj"), (9, "min"))
    assert worth(from_five, "V-I") > worth(from_two, "V-I") > worth(elsewhere, "V-I")
    assert worth(elsewhere, "V-vi") > worth(from_five, "V-vi")


def test_a_song_in_major_does_not_rest_on_a_minor_tonic_nor_on_a_suspended_one() -> None:
    good = chords_of((5, "maj"), (9, "min"), (7, "maj"), (0, "maj"))
    for quality in ("min", "sus4", "5"):
        assert worth(good, "V-I") > worth(chords_of((5, "maj"), (9, "min"), (7, "maj"), (0, quality)), "V-I")


def test_changes_are_more_than_another_colour() -> None:
    moving = chords_of((0, "maj"), (5, "maj"), (9, "min"), (7, "maj"))
    recoloured = chords_of((0, "maj"), (0, "sus4"), (7, "sus4"), (7, "maj"))
    assert worth(moving, "other-V") > worth(recoloured, "other-V")


def test_a_pop_progression_does_not_surprise_at_every_turn() -> None:
    usual = chords_of((0, "maj"), (9, "min"), (5, "maj"), (7, "maj"))
    odd = chords_of((0, "maj"), (4, "maj"), (10, "maj"), (7, "maj"))
    job = make_job("chords", n_bars=4)
    pop, folk = (
        critic_for(replace(job, conditions=replace(job.conditions, source=source))) for source in ("pop", "folk")
    )
    assert pop(usual) - pop(odd) > folk(usual) - folk(odd)


def test_a_major_third_over_a_minor_chord_is_a_fault() -> None:
    good = PhraseMusic(1, 48, A_MINOR, ((0, 24, 72), (24, 24, 69)))
    wrong = replace(good, notes=((0, 24, 73), (24, 24, 69)))
    assert melody_faults(good, A_MINOR, FOUR) > melody_faults(wrong, A_MINOR, FOUR) + 0.2


def test_a_phrase_that_rests_on_a_chord_tone_is_better_than_one_that_hangs() -> None:
    rests = PhraseMusic(1, 48, A_MINOR, ((0, 12, 71), (12, 36, 69)))
    hangs = replace(rests, notes=((0, 12, 69), (45, 3, 71)))
    assert melody_faults(rests, A_MINOR, FOUR) > melody_faults(hangs, A_MINOR, FOUR) + 0.3


def test_a_tune_goes_to_its_highest_note_seldom() -> None:
    goes_up = PhraseMusic(2, 48, A_MINOR, tuple((12 * at, 12, pitch) for at, pitch in enumerate((74, 72, 76, 69) * 2)))
    stays_up = replace(goes_up, notes=tuple((12 * at, 12, pitch) for at, pitch in enumerate((76, 76, 76, 72) * 2)))
    assert melody_faults(goes_up, A_MINOR, FOUR) > melody_faults(stays_up, A_MINOR, FOUR) + 0.1


def test_a_line_speaks_where_the_tune_rests() -> None:
    tune = ((0, 24, 72), (24, 24, 71))
    job = make_job("line", n_bars=2)
    job = replace(job, beside=tune, conditions=replace(job.conditions, beside="melody"))
    answering = PhraseMusic(2, 48, job.chords, ((48, 12, 65), (60, 12, 69), (72, 24, 72)))
    talking_over = replace(answering, notes=((0, 12, 64), (12, 12, 67), (24, 24, 72)))
    assert critic_for(job)(answering) > critic_for(job)(talking_over) + 0.3
