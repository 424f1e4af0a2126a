"""Bands as people name them: seats in a style, roles said in words, names in any language."""

from __future__ import annotations

import pytest

from symbolic_music.errors import InputError
from symbolic_music.song.band import choose_band, heard_as
from symbolic_music.song.style import all_styles, load_style

POP = load_style("pop")


def seats_of(*named: str) -> dict[str, int]:
    """Part to program of a named band; the lead is ``melody``, who doubles it ``double``."""
    band = choose_band(POP, named)
    seats = {part: instrument.program for part, instrument in band.style.instruments.items()}
    seats |= {} if band.lead is None else {"melody": band.lead.program}
    return seats | dict(zip(("double", "second double"), (other.program for other in band.doubling), strict=False))


def test_without_names_the_style_plays_as_it_is() -> None:
    band = choose_band(POP)
    assert band.style is POP and band.lead is not None and band.lead.name == POP.lead


def test_the_issues_own_band() -> None:
    assert seats_of("piano", "upright bass", "brushes", "trumpet lead") == {
        "melody": 56, "piano": 0, "bass": 32, "drums": 40,
    }  # fmt: skip


def test_a_role_word_wins_over_the_usual_seat() -> None:
    assert seats_of("guitar lead", "piano") == {"melody": 25, "piano": 0}
    assert seats_of("piano", "guitar lead") == {"melody": 25, "piano": 0}
    assert seats_of("organ pad", "piano", "flute") == {"pad": 16, "piano": 0, "melody": 73}
    assert seats_of("harp arpeggio", "piano", "violin") == {"arpeggio": 46, "piano": 0, "melody": 40}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (("piano", "guitar", "bass", "drums"), {"piano": 0, "guitar": 25, "bass": 33, "drums": 0, "melody": 0}),
        (("guitar", "piano", "violin"), {"guitar": 25, "piano": 0, "melody": 40}),
        (("piano",), {"piano": 0, "melody": 0}),
        (("flute",), {"melody": 73}),
        (("flute", "oboe", "violin", "piano"), {"melody": 73, "countermelody": 68, "piano": 0, "double": 40}),
        (("violin", "viola", "cello"), {"melody": 40, "countermelody": 41, "bass": 42}),
        (("flute", "strings"), {"melody": 73, "pad": 48}),
        (("piano", "electric piano"), {"piano": 0, "melody": 4}),
        (("trumpet lead", "violin lead", "piano"), {"melody": 56, "double": 40, "piano": 0}),
    ],
)
def test_bands_share_out_the_seats(named: tuple[str, ...], expected: dict[str, int]) -> None:
    assert seats_of(*named) == expected


@pytest.mark.parametrize(
    "named",
    [
        ("Klavier", "Kontrabass", "Schlagzeug", "Trompete"), ("piano", "contrebasse", "batterie", "trompette"),
        ("pianoforte", "contrabbasso", "batteria", "tromba"), ("钢琴", "低音提琴", "鼓", "小号"),
        ("ピアノ", "コントラバス", "ドラム", "トランペット"),
    ],
)  # fmt: skip
def test_one_band_in_five_languages(named: tuple[str, ...]) -> None:
    assert seats_of(*named) == {"melody": 56, "piano": 0, "bass": 43, "drums": 0}


def test_an_unknown_player_is_named_and_a_band_has_somebody() -> None:
    with pytest.raises(InputError, match="'kazoo' is not an instrument"):
        seats_of("piano", "kazoo")
    with pytest.raises(InputError, match="at least one"):
        choose_band(POP, ())


@pytest.mark.parametrize("named", [("flute", "harp"), ("piano", "drums"), ("bass", "trumpet"), ("strings", "violin")])
def test_somebody_plays_at_every_level_of_every_style_and_all_at_the_highest(named: tuple[str, ...]) -> None:
    for style in all_styles():
        band = choose_band(style, named).style
        assert all(band.parts_at(intensity) for intensity in (0.1, 0.3, 0.6, 0.9))
        assert set(band.parts_at(0.9)) == set(band.band)


def test_a_part_that_a_style_lacks_is_written_as_in_a_related_one() -> None:
    # Trance has no guitar; some style of its meter that has one lends it.
    trance = choose_band(load_style("trance"), ("guitar", "synth bass", "drums")).style
    assert heard_as(trance, "bass", "4/4") == "trance"
    lender = load_style(heard_as(trance, "guitar", "4/4"))
    assert "guitar" in lender.band and "4/4" in lender.meters and lender.family == trance.family
