"""What tunes are asked for: where they turn round, and what they rest on."""

from __future__ import annotations

from collections import Counter

import pytest

from symbolic_music.filling.describe import conditions_for, limits_for
from symbolic_music.filling.traits import DEGREES, TOP_TONES, draw_degree, draw_traits
from symbolic_music.planning import plan
from symbolic_music.song.brief import Brief
from symbolic_music.song.plan import PlannedPhrase, SongPlan
from symbolic_music.song.spans import slots_of
from symbolic_music.tokens.phrase import PhraseMusic


@pytest.fixture(scope="module")
def song() -> SongPlan:
    return plan(Brief(genre="pop", meter="4/4", key="C", form="verse8 chorus8", seed=3))


def over(*roots: int) -> PhraseMusic:
    """Two bars a chord, major but for D minor and A minor."""
    chords = tuple((96 * place, root, "min" if root in (2, 9) else "maj", root) for place, root in enumerate(roots))
    return PhraseMusic(2 * len(roots), 48, chords)


HOME, HALF = over(0, 5, 7, 0), over(0, 9, 2, 7)


def endings(song: SongPlan, harmony: PhraseMusic, ending: str = "first beat", n: int = 300) -> Counter[str]:
    """Degrees drawn for many phrases."""
    phrases = [PlannedPhrase(name=f"verse.1.{number}", letter=f"L{number}", n_bars=8) for number in range(n)]
    return Counter(draw_degree(song, song.sections[0], phrase, harmony, ending) for phrase in phrases)


def test_under_an_authentic_cadence_most_tunes_come_home_and_before_a_half_hardly_any(song: SongPlan) -> None:
    assert endings(song, HOME)["0"] > 200
    assert set(endings(song, HALF)) <= {"2", "7", "11"}  # tones of G


def test_a_tune_whose_last_note_leads_on_rests_nowhere(song: SongPlan) -> None:
    assert set(endings(song, HOME, "last beat", 5)) == {"any"}


def test_one_phrase_rests_on_one_degree_however_often_it_is_asked(song: SongPlan) -> None:
    asked = [song, song.sections[0], song.sections[0].phrases[0]]
    assert len({draw_degree(*asked, HALF, "before") for _ in range(3)}) == 1


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


def test_the_singer_reaches_the_same_notes_in_every_key() -> None:
    tops = {}
    for tonic in ("C", "D", "F", "F#", "G", "A", "B"):
        song = plan(Brief(genre="pop", key=f"{tonic} major", seed=3, n_bars=32))
        shift = song.sections[0].key.tonic_shift
        tops[tonic] = max(
            int(conditions_for(song, slot.section, slot.phrase, slot.start_bar, "melody").top) + shift
            for slot in slots_of(song)
            if slot.phrase.sung
        )
        limits = [limits_for(song, slot, "melody") for slot in slots_of(song)]
        assert {(limit.lowest + shift, limit.highest + shift) for limit in limits} == {(57, 81)}
    assert max(tops.values()) - min(tops.values()) <= 5, tops
