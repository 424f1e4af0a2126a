"""Who sings: a lead that sings, as the mood wants it, and never with the sound of a neighbour."""

from __future__ import annotations

from symbolic_music.arranging.band import LEADS, lead_player
from symbolic_music.song.brief import MOODS
from symbolic_music.styles.band import choose_band
from symbolic_music.styles.style import all_styles, load_style

CLARINET, VOICE, FLUTE, FIDDLE = 71, 53, 73, 110


def test_in_no_style_and_mood_the_lead_has_the_sound_of_a_neighbour() -> None:
    for style in all_styles():
        neighbours = {instrument.program for instrument in style.instruments.values() if not instrument.is_drum}
        band = choose_band(style)
        shared = [mood for mood in MOODS if lead_player(band, style.genre, mood).program in neighbours]
        assert not shared, (style.name, shared)


def test_a_lead_that_is_the_style_stays_in_every_mood() -> None:
    for name in ("gypsy jazz", "musette", "dixieland", "klezmer"):
        style = load_style(name)
        leads = {lead_player(choose_band(style), style.genre, mood).program for mood in MOODS}
        assert len(leads) == 1, name


def test_pop_is_sung_and_a_mood_chooses_another_voice_of_the_family() -> None:
    assert lead_player(choose_band(load_style("pop")), "pop", "happy").program == VOICE
    assert LEADS["pop"][0] != CLARINET
    folk = choose_band(load_style("folk"))
    assert lead_player(folk, "folk", "calm").program == FLUTE
    assert lead_player(folk, "folk", "energetic").program == FIDDLE


def test_who_is_named_to_sing_sings_in_every_mood() -> None:
    band = choose_band(load_style("cinematic"), ("band", "clarinet lead"))
    assert {lead_player(band, "pop", mood, named=True).program for mood in MOODS} == {CLARINET}


def test_where_no_voice_is_wanted_nobody_sings() -> None:
    for name in ("pop", "pop ballad", "acoustic pop", "gospel", "indie rock"):
        band = choose_band(load_style(name), ("band", "no voice"))
        leads = {lead_player(band, load_style(name).genre, mood, named=True).program for mood in MOODS}
        assert not leads & {52, VOICE, 54, 85}, name
