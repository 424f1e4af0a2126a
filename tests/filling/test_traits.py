"""What tunes are asked for: where they turn round, and what they rest on."""

from __future__ import annotations

from collections import Counter

import pytest

from symbolic_music.filling.traits import DEGREES, TOP_TONES, draw_degree, draw_traits
from symbolic_music.planning import plan
from symbolic_music.song.brief import Brief
from symbolic_music.song.plan import PlannedPhrase, SongPlan


@pytest.fixture(scope="module")
def song() -> SongPlan:
    return plan(Brief(genre="pop", meter="4/4", key="C", form="verse8 chorus8", seed=3))


def endings(song: SongPlan, cadence: str, ending: str = "first beat", n: int = 300) -> Counter[str]:
    """Degrees drawn for many phrases."""
    phrases = [PlannedPhrase(name=f"verse.1.{number}", letter=f"L{number}", n_bars=8) for number in range(n)]
    return Counter(draw_degree(song, song.sections[0], phrase, cadence, ending) for phrase in phrases)


def test_under_an_authentic_cadence_most_tunes_come_home_and_before_a_half_hardly_any(song: SongPlan) -> None:
    assert endings(song, "V-I")["0"] > 200
    assert endings(song, "other-V")["0"] < 60


def test_a_tune_whose_last_note_leads_on_rests_nowhere(song: SongPlan) -> None:
    assert set(endings(song, "V-I", "last beat", 5)) == {"any"}


def test_one_phrase_rests_on_one_degree_however_often_it_is_asked(song: SongPlan) -> None:
    asked = [song, song.sections[0], song.sections[0].phrases[0]]
    assert len({draw_degree(*asked, "open", "before") for _ in range(3)}) == 1


def test_tunes_turn_round_on_tones_of_the_key(song: SongPlan) -> None:
    for seed in range(12):
        other = song.model_copy(update={"seed": seed})
        for section in other.sections:
            traits = draw_traits(other, section, section.phrases[0], 81)
            assert int(traits["top"]) % 12 in TOP_TONES and int(traits["top"]) <= 81


def test_shares_are_whole() -> None:
    for modes in DEGREES.values():
        for shares in modes.values():
            assert sum(shares.values()) == pytest.approx(1, abs=0.011)
