"""The style files: all valid, found by any spelling, refused clearly where they do not fit."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import yaml

from symbolic_music.errors import InputError, NotationError
from symbolic_music.planning.setting import METER_WEIGHTS
from symbolic_music.song.brief import GENRES
from symbolic_music.song.style_names import FOLDER, STYLES_VARIABLE
from symbolic_music.styles import style as style_module
from symbolic_music.styles.style import (
    PARTS,
    all_styles,
    check_fits,
    load_style,
    read_style,
    style_names,
    styles_fitting,
    usual_style,
)
from symbolic_music.theory.meter import METERS

PEOPLE_SAY = """pop, pop ballad, rock, hard rock, metal, punk, funk, soul, disco, house, techno, trance,
drum and bass, hip-hop, trap, lo-fi, reggae, ska, blues, boogie, swing, bebop, jazz waltz, bossa nova, samba, salsa,
tango, waltz, march, country, folk, ambient, cinematic, chiptune, lullaby, gospel, r&b, motown, bluegrass, polka,
cha cha, rhumba, mambo, merengue, bolero, beguine, fox trot, charleston, shuffle, 6/8 ballad, slow rock, jig, reel,
new age, synthwave, indie, surf, rockabilly, calypso, soca, afrobeat, dixieland, ragtime, klezmer, musette,
viennese waltz, latin pop, hymn"""
VALID = yaml.safe_load((FOLDER / "swing.yaml").read_text(encoding="utf-8"))


def written(folder: Path, **changes: object) -> Path:
    """A style file with some fields changed."""
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({**VALID, **changes}), encoding="utf-8")
    return path


def test_there_are_sixty_styles_and_more() -> None:
    assert len(style_names()) >= 60
    assert len(set(style_names())) == len(list(FOLDER.glob("*.yaml")))


@pytest.mark.parametrize("name", [name.strip() for name in PEOPLE_SAY.split(",")])
def test_names_people_use_are_known(name: str) -> None:
    assert load_style(name).name in style_names()


@pytest.mark.parametrize("style", all_styles(), ids=lambda style: style.name)
def test_every_style_is_playable(style: style_module.Style) -> None:
    assert set(style.meters) <= set(METERS)
    assert style.genre in METER_WEIGHTS, "the planner must know the nearest genre"
    for part, instrument in style.instruments.items():
        assert 0 <= instrument.program <= 127
        assert instrument.is_drum == (part == "drums")
    assert set(style.levels[3].parts) == set(style.band), "everybody plays at full intensity"
    densities = [level.density for level in style.levels]
    assert densities == sorted(densities) and densities[0] < densities[3]
    assert set(style.band) <= set(PARTS)


def test_spelling_does_not_matter() -> None:
    for spelling in ("Bossa Nova", "bossa-nova", "BOSSANOVA", " bossa  nova "):
        assert load_style(spelling).name == "bossa nova"
    assert load_style("drum & bass").name == load_style("DnB").name == "drum and bass"
    assert load_style("R & B").name == "rnb"


def test_an_unknown_style_gets_suggestions() -> None:
    with pytest.raises(InputError, match=r"style 'bosa nova' is not known; did you mean bossa nova"):
        load_style("bosa nova")
    with pytest.raises(InputError, match="symbolic-music styles lists them"):
        load_style("qqqq")


def test_fitting_styles_fit() -> None:
    assert set(styles_fitting("3/4", 160)) >= {"viennese waltz", "jazz waltz"}
    assert "viennese waltz" not in styles_fitting("3/4", 90)
    assert "waltz" not in styles_fitting("4/4")
    assert styles_fitting() == style_names()
    for name in styles_fitting("6/8", 120):
        assert load_style(name).fits("6/8", 120)
    with pytest.raises(NotationError, match="11/8"):
        styles_fitting("11/8")


def test_a_style_that_does_not_fit_names_those_that_do() -> None:
    with pytest.raises(InputError) as refusal:
        check_fits("viennese waltz", "4/4", 120)
    assert "played in 3/4 at 140 to 190" in str(refusal.value)
    for name in styles_fitting("4/4", 120):
        assert name in str(refusal.value)
    with pytest.raises(InputError, match="no style fits that"):
        check_fits("pop", "4/4", 299)
    assert check_fits("pop", "4/4", 110).name == "pop"
    assert check_fits("pop").name == "pop"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tempos": [100, 120]}, "tempos: Extra inputs"),
        ({"meters": ["11/8"]}, "'11/8' is not a supported meter"),
        ({"tempo_qpm": [180, 120]}, "180 is above 120"),
        ({"band": {"bass": "bas guitarr"}}, "bas guitarr"),
        ({"band": {"drums": "piano"}}, "piano cannot play drums"),
        ({"band": {"singer": "piano"}}, "band.singer"),
        ({"swing": 0.9}, "swing"),
        ({"ending": "faded"}, "ending"),
        ({"levels": VALID["levels"][:3]}, "levels"),
        ({"levels": [{"parts": ["pad"], "density": 0.1}] * 4}, "pad not in the band"),
        ({"levels": VALID["levels"][::-1]}, "of the level below"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(InputError) as refusal:
        read_style(path)
    assert str(path) in str(refusal.value) and said in str(refusal.value)


def test_a_new_file_is_a_new_style_and_names_must_not_clash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    written(first, name="my swing", aliases=[])
    monkeypatch.setenv(STYLES_VARIABLE, str(first))
    assert "my swing" in style_names()
    written(second, name="My-Swing", aliases=[])
    monkeypatch.setenv(STYLES_VARIABLE, os.pathsep.join((str(first), str(second))))
    with pytest.raises(InputError, match="both claim"):
        load_style("my swing")


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize("genre", GENRES)
def test_every_genre_has_a_usual_style_in_every_meter_at_every_tempo(genre: str, meter: str) -> None:
    for qpm in (30, 60, 90, 120, 180, 260):
        style = usual_style(genre, meter, qpm, np.random.default_rng(qpm))
        assert style.fits(meter)
        # Where a usual style of the genre is played so, one of these is taken.
        fitting = [s for s in all_styles() if s.usual and s.genre == genre and s.fits(meter, qpm)]
        assert not fitting or style in fitting


def test_roles_of_a_plan_are_obeyed() -> None:
    pop = load_style("pop")
    assert pop.parts_at(0.9) == ("drums", "bass", "piano", "guitar", "pad")
    assert pop.parts_at(0.9, ("melody", "chords")) == ("piano", "guitar")
    # A role that the style would not have yet is taken by the first who can.
    assert pop.parts_at(0.1, ("melody", "chords", "drums", "pad")) == ("drums", "piano", "pad")
    assert pop.parts_at(0.9, ("melody",)) == ()
