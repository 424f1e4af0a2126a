"""All chance of a song is derived from its seed and names, so that one thing does not change with another."""

from __future__ import annotations

from symbolic_music.song.chance import phrase_rng, stage_rng


def test_the_same_names_give_the_same_numbers() -> None:
    assert phrase_rng(3, "verse.1", "melody", 0).random() == phrase_rng(3, "verse.1", "melody", 0).random()
    assert stage_rng(3, "form").random() == stage_rng(3, "form").random()


def test_another_name_take_or_seed_gives_other_numbers() -> None:
    phrases = [(3, "verse.1", 0), (3, "verse.1", 1), (4, "verse.1", 0), (3, "verse.2", 0)]
    stages = [(3, "form"), (3, "key"), (4, "key"), (3,)]
    draws = [phrase_rng(*names) for names in phrases] + [stage_rng(*names) for names in stages]
    assert len({rng.random() for rng in draws}) == len(draws)
