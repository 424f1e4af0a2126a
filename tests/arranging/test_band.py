"""Bands as people name them: roles said in words, names in any language."""

from __future__ import annotations

import pytest

from symbolic_music.arranging.band import choose_players
from symbolic_music.errors import InputError
from tests.arranging.band_songs import make_plan


def roles_of(*band: str) -> dict[str, tuple[int, bool]]:
    """Role to (program, is drum) of a named band."""
    players = choose_players(make_plan(band=band))
    return {player.role: (player.program, player.is_drum) for player in players}


def test_the_issues_own_band() -> None:
    assert roles_of("piano", "upright bass", "brushes", "trumpet lead") == {
        "melody": (56, False), "chords": (0, False), "bass": (32, False), "drums": (40, True),
    }  # fmt: skip


def test_a_role_word_wins_over_the_usual_role() -> None:
    assert roles_of("guitar lead", "piano")["melody"] == (25, False)
    assert roles_of("piano", "guitar lead")["melody"] == (25, False)
    assert roles_of("trumpet", "rhythm guitar", "piano")["chords"] == (25, False)
    assert roles_of("organ pad", "piano", "flute")["pad"] == (16, False)


def test_a_second_lead_doubles_the_tune() -> None:
    roles = roles_of("trumpet lead", "violin lead", "piano")
    assert roles["melody"] == (56, False) and roles["countermelody"] == (40, False)


@pytest.mark.parametrize(
    "band",
    [
        ("Klavier", "Kontrabass", "Schlagzeug", "Trompete"), ("piano", "contrebasse", "batterie", "trompette"),
        ("pianoforte", "contrabbasso", "batteria", "tromba"), ("钢琴", "低音提琴", "鼓", "小号"),
        ("ピアノ", "コントラバス", "ドラム", "トランペット"),
    ],
)  # fmt: skip
def test_one_band_in_five_languages(band: tuple[str, ...]) -> None:
    assert roles_of(*band) == {
        "melody": (56, False), "chords": (0, False), "bass": (43, False), "drums": (0, True),
    }  # fmt: skip


def test_an_unknown_player_is_named() -> None:
    with pytest.raises(InputError, match="'kazoo' is not an instrument"):
        roles_of("piano", "kazoo")
