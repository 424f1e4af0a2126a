"""Bands in prose: who has the tune, who joins, who is alone, who is taken away; and that these are who plays."""

from __future__ import annotations

import pytest

from symbolic_music.arranging import arrange
from symbolic_music.importing import read_prompt
from symbolic_music.importing.players import read_players
from symbolic_music.song.score import Score
from symbolic_music.styles.band import read_band
from symbolic_music.styles.style import load_style
from tests.arranging.short_songs import short_plan, short_sheet

PROSE = {
    "swing jazz, trumpet lead": ("band", "trumpet lead"),
    "rock with guitar solo": ("band", "distorted guitar lead"),
    "reggae with offbeat guitar": ("band", "muted guitar"),
    "metal without drums": ("band", "no drums"),
    "pop song, no drums or bass": ("band", "no drums", "no bass"),
    "only piano and voice": ("piano", "voice"),
    "slow ballad for solo piano": ("piano",),
    "country with a solo fiddle": ("band", "fiddle lead"),
    "jazz trio in F": ("piano", "upright bass", "jazz drums"),
    "a cappella hymn": ("voice lead", "choir"),
    "piano and bass only, blues": ("piano", "upright bass"),
    "no bass, jazz trio": ("piano", "jazz drums"),
    "modal jazz, swing, saxophone, bass, drums and piano": ("tenor saxophone", "upright bass", "jazz drums", "piano"),
    "canon for two violins": ("violin lead", "violin"),
    "sonata for flute and guitar": ("flute", "acoustic guitar"),
    "music for a funeral, organ": ("band", "church organ"),
    "techno without a melody": ("band", "no melody"),
    "instrumental rock, no piano": ("band", "no piano", "no voice"),
    "funk, drums only": ("drums",),
    "country with pedal steel and fiddle": ("band", "jazz guitar", "fiddle"),
    "waltz led by a violin": ("band", "violin lead"),
    "lo-fi, just a rhodes": ("electric piano",),
    "blues with harmonica hook, without piano": ("band", "harmonica lead", "no piano"),
    "acoustic guitar and cello duo": ("acoustic guitar", "cello"),
    "happy pop with piano, bass, drums and electric guitar": ("piano", "bass", "drums", "electric guitar"),
    "cinematic with organ pad": ("band", "drawbar organ pad"),
    "techno with upright bass and synth bass": ("band", "upright bass", "synth bass"),
    "house with synth lead": ("band", "saw lead"),
}


@pytest.mark.parametrize("prompt", PROSE)
def test_prose_names_a_band(prompt: str) -> None:
    reading = read_prompt(prompt)
    assert reading.fields["band"] == PROSE[prompt]
    assert any(line.startswith("band: ") for line in reading.understood)


@pytest.mark.parametrize(
    "text", ["a sad song about nothing", "leading lights", "solo", "no", "with", "only", "|||", ""]
)
def test_prose_without_players_names_nobody(text: str) -> None:
    assert read_players(text).band is None


def test_lead_is_a_role_and_no_instrument() -> None:
    assert "saw lead" not in (read_players("trumpet lead").band or ())
    assert read_players("a song with a strong lead").band is None


STYLES = ("swing", "pop", "rock", "metal", "bossa nova", "country waltz", "house", "cinematic", "reggae")
# With the style's own band: nobody but these and the style's may be heard, and these always.
JOINING = (("trumpet lead",), ("strings",), ("organ", "flute"), ("upright bass", "synth bass"), ("piano", "no drums"))
# Whole bands: nobody else.
WHOLE = (
    ("piano",), ("piano", "bass", "drums"), ("violin", "viola", "cello"), ("bass", "synth bass", "guitar"),
    ("harp", "celesta", "oboe"), ("drums", "brushes", "flute", "piano"), ("guitar lead", "organ pad", "bass"),
)  # fmt: skip


def arranged(style: str, band: tuple[str, ...], intensity: float = 0.0) -> Score:
    plan = short_plan(style, load_style(style).meters[0], 1)
    if intensity:
        quiet = tuple(section.model_copy(update={"intensity": intensity}) for section in plan.sections)
        plan = plan.model_copy(update={"sections": quiet})
    return arrange(short_sheet(plan), plan.model_copy(update={"band": band}))


def heard(score: Score) -> set[tuple[bool, int]]:
    return {(track.is_drum, track.program) for track in score.tracks if len(track.notes)}


def named(band: tuple[str, ...]) -> set[tuple[bool, int]]:
    return {(player.instrument.is_drum, player.instrument.program) for player in read_band(band).players}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("band", WHOLE, ids=lambda band: "+".join(band))
def test_a_whole_band_is_heard_and_nobody_else(style: str, band: tuple[str, ...]) -> None:
    assert heard(arranged(style, band)) == named(band)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("players", JOINING, ids=lambda band: "+".join(band))
def test_who_joins_a_style_is_heard_with_its_own(style: str, players: tuple[str, ...]) -> None:
    own = load_style(style)
    names = [own.lead, *own.band.values()]
    usual = named(tuple(name for name in names if name is not None))
    played = heard(arranged(style, ("band", *players)))
    assert named(("band", *players)) <= played <= named(("band", *players)) | usual
    assert len(played) > len(named(("band", *players))), "the style's own play too"
    assert "no drums" not in players or not any(is_drum for is_drum, _ in played)


@pytest.mark.parametrize("style", STYLES)
def test_who_is_named_is_heard_in_the_quietest_song(style: str) -> None:
    band = ("band", "strings pad", "french horn", "harp arpeggio")
    assert named(band) <= heard(arranged(style, band, intensity=0.1))


def test_a_second_bass_takes_turns_with_the_first() -> None:
    score = arranged("house", ("upright bass", "synth bass", "piano", "drums"))
    basses = [track for track in score.tracks if track.role == "bass"]
    assert len(basses) == 2
    first, second = ({int(tick) // 48 for tick in track.notes["onset_tick"]} for track in basses)
    assert first and second and not first & second


def test_the_tune_is_sung_by_who_is_named_and_the_others_keep_off_its_sound() -> None:
    score = arranged("swing", ("band", "jazz guitar lead"))
    lead = next(track for track in score.tracks if track.role == "melody")
    assert lead.program == 26
    assert not any(track.program == 26 for track in score.tracks if track is not lead)


def test_a_voice_sings_and_does_not_accompany_itself() -> None:
    score = arranged("pop", ("voice", "piano"), intensity=0.9)
    assert [(track.role, track.program) for track in score.tracks if track.program == 53] == [("melody", 53)]
    assert heard(score) == {(False, 53), (False, 0)}
    beside_a_lead = arranged("pop", ("trumpet lead", "voice", "piano"), intensity=0.9)
    assert {track.role for track in beside_a_lead.tracks if track.program == 53} == {"pad"}
