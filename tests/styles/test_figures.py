"""Figures: chord functions and drum rows become music; what cannot be read or played is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from symbolic_music.errors import InputError, NotationError
from symbolic_music.song.style_names import FOLDER
from symbolic_music.styles.figure_checks import check_figures
from symbolic_music.styles.figures import DRUM_CODES, SEMITONES, Figure, FigureMusic, FigureNote, figure_music, steps_of
from symbolic_music.styles.style import Style, all_styles, read_style
from symbolic_music.theory.instruments import find_instrument
from symbolic_music.theory.meter import METERS, TPQ, parse_meter

SWING = yaml.safe_load((FOLDER / "swing.yaml").read_text(encoding="utf-8"))
ROCK = {"HH": "x.x.x.x.x.x.x.o.", "SN": "....X..g....X...", "KK": "X.......X.x....."}
BAND = {"drums": "drums", "bass": "bass"}
LEVELS = [{"parts": parts, "density": 0.5} for parts in (["bass"], *[["drums", "bass"]] * 3)]
FULL = [{"levels": [0, 1, 2, 3], "drums": ROCK, "bass": "R@0"}]


def music_of(part: str, text: str, meter: str = "4/4", **fields: object) -> FigureMusic:
    """A part written alone."""
    return figure_music(Figure.model_validate({"levels": (1,), part: text, **fields}), part, meter)


def drums_of(meter: str = "4/4", **rows: str) -> FigureMusic:
    """Drums written alone."""
    return figure_music(Figure(levels=(1,), drums=rows), "drums", meter)


def style_with(folder: Path, figures: object, **changes: object) -> Style:
    """A small style with these figures, read from a file."""
    path = folder / "mine.yaml"
    fields = {**SWING, "band": BAND, "levels": LEVELS, "figures": figures, **changes}
    path.write_text(yaml.safe_dump(fields), encoding="utf-8")
    return read_style(path)


def test_chord_functions_stand_over_a_c_chord_in_the_parts_octave() -> None:
    bar = music_of("piano", "[R 3 5 7 9]@0:8 'R@8:4 ,5@12").bars[0]
    assert [note.pitch for note in bar] == [48, 52, 55, 58, 62, 60, 43]
    assert [note.function for note in bar[-2:]] == ["R", "5"]
    assert [note.octave for note in bar[-2:]] == [1, -1]
    assert music_of("bass", "R@0").bars[0][0].pitch == 36
    assert music_of("arpeggio", "R@0").bars[0][0].pitch == 60
    assert music_of("guitar", "R@0").bars[0][0].pitch == 48


def test_notes_last_to_the_next_onset_where_no_length_is_written() -> None:
    bar = music_of("bass", "R@0 5@6:1 R@8").bars[0]
    assert [(note.onset_tick, note.duration_tick) for note in bar] == [(0, 18), (18, 3), (24, 24)]


@pytest.mark.parametrize(
    ("meter", "steps", "ticks"),
    [("4/4", 16, 3), ("4/4", 12, 4), ("3/4", 12, 3), ("3/4", 9, 4), ("2/4", 8, 3), ("6/8", 12, 3), ("6/8", 6, 6),
     ("12/8", 24, 3), ("12/8", 12, 6)],
)  # fmt: skip
def test_steps_part_the_bar_of_every_meter(meter: str, steps: int, ticks: int) -> None:
    signs = "x" * steps
    bar = drums_of(meter, HH=signs).bars[0]
    assert [note.onset_tick for note in bar] == [step * ticks for step in range(steps)]
    assert parse_meter(meter).bar_ticks == steps * ticks
    assert steps_of(Figure(levels=(0,), drums={"HH": signs}, bass="R@0"), parse_meter(meter)) == steps


@pytest.mark.parametrize("meter", METERS)
def test_every_meter_has_usual_steps(meter: str) -> None:
    whole = music_of("bass", "R@0", meter).bars[0][0]
    assert whole.duration_tick == parse_meter(meter).bar_ticks


def test_pitched_parts_count_in_the_steps_of_the_drums() -> None:
    figure = Figure(levels=(1,), drums={"RD": "x..x.xx..x.x"}, bass="R@0 3@3 5@6 ~@9")
    assert [note.onset_tick for note in figure_music(figure, "bass", "4/4").bars[0]] == [0, 12, 24, 36]
    assert music_of("bass", "R@0 5@6", steps=12).bars[0][1].onset_tick == 2 * TPQ


def test_approach_notes_are_marked_and_lie_a_semitone_below_the_root() -> None:
    music = music_of("bass", "R@0 ~@12 | R@0 '~@14 || R@0 ~@8")
    assert music.approach == {(0, 36), (1, 42), (2, 24)}
    assert music.bars[0][-1].pitch == 35 and music.bars[1][-1].pitch == 47
    assert music.turnaround is not None and music.turnaround[-1].function == "~"


def test_notes_that_ring_over_the_bar_line_belong_to_the_next_chord() -> None:
    music = music_of("guitar", "[3 7]@0:6 [3 7]@14:6 | [3 7]@4:4")
    assert music.ahead == {(0, 42)}


def test_a_dash_is_a_silent_bar() -> None:
    assert music_of("piano", "[3 7]@0 | -").bars[1] == ()


def test_drums_have_accents_ghosts_and_open_hats() -> None:
    bar = drums_of(**ROCK).bars[0]
    strokes = {(note.onset_tick // 3, note.pitch): note.accent for note in bar}
    assert strokes[4, 38] == "X" and strokes[0, 42] == "x" and strokes[0, 36] == "X"
    assert strokes[7, 40] == "g", "a ghost on the snare is the soft snare"
    assert (14, 46) in strokes and (14, 42) not in strokes
    assert {note.duration_tick for note in bar} == {3}
    assert {note.accent for note in drums_of(SN="....f...........").bars[0]} == {"x"}


def test_short_rows_repeat_and_rows_without_turnaround_go_on() -> None:
    music = drums_of(HH="x.x.x.x.x.x.x.x.", SN="....X.......X... ....X.......X..g || ....X.......XXXX")
    hats = [sum(note.pitch == 42 for note in bar) for bar in music.bars]
    assert hats == [8, 8]
    assert music.turnaround is not None
    assert sum(note.pitch == 42 for note in music.turnaround) == 8
    assert sum(note.pitch == 38 for note in music.turnaround) == 5


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"XX": "x" * 16}, "'XX' is no drum; write K2, KK"),
        ({"HH": "x" * 15}, "15 steps do not make a bar of 4/4; write 16, 12, 8, 4"),
        ({"HH": "x" * 16, "KK": "x" * 12}, "drums KK bar 1: 'xxxxxxxxxxxx' has 12 steps; the figure's bars have 16"),
        ({"HH": "x" * 15 + "q"}, "drums HH bar 1 step 15: 'q' is no sign; write X x g f ."),
        ({"KK": "o" * 16}, "'o' is no sign"),
        ({"HH": "x" * 16 + " ||"}, "0 after ||"),
        ({"HH": " ".join(["x" * 16] * 3)}, "3 bars and 0 after ||; write 1, 2 or 4"),
    ],
)
def test_wrong_drum_rows_say_what_is_wrong(rows: dict[str, str], said: str) -> None:
    with pytest.raises(NotationError) as refusal:
        drums_of("4/4", **rows)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("R@0 H@4", "bass bar 1: 'H' is no chord function; write R 3 5 7"),
        ("R@0 | R@16", "bass bar 2: R@16:"),
        ("R@0:40", "leaves the bar; it has steps 0 to 15"),
        ("R@4 5@0", "notes out of order"),
        ("R@0 5", "'5' is no note; write symbol@step:length"),
        ("R@0 | R@0 | R@0", "3 bars; write 1, 2 or 4"),
        ("R@0 ||", "one bar after ||"),
    ],
)
def test_wrong_notes_say_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(NotationError) as refusal:
        music_of("bass", text)
    assert said in str(refusal.value)


def test_a_part_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotationError, match="the figure has no piano; it has bass"):
        figure_music(Figure(levels=(1,), bass="R@0"), "piano", "4/4")


def test_codes_are_drums_of_the_engine_and_functions_lie_in_two_octaves() -> None:
    assert all(35 <= pitch <= 81 for pitch in DRUM_CODES.values())
    assert all(-1 <= semitones < 24 for semitones in SEMITONES.values())


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ([{"levels": [4], "bass": "R@0"}], "figures.0.levels.0"),
        ([{"levels": [1]}], "no part has music"),
        ([{"levels": [1], "flute": "R@0"}], "figures.0.flute: Extra inputs"),
        ([{"levels": [1], "bass": "R@0", "meter": "11/8"}], "'11/8' is not a supported meter"),
        ([{"levels": [1], "bass": "R@0", "meter": "3/4"}], "meter 3/4 is none of the style's 4/4"),
        ([{"levels": [0, 1, 2], "drums": ROCK, "bass": "R@0"}], "drums plays at level 3 in 4/4 and has no figure"),
        ([{**FULL[0], "sections": ["chorus"]}], "bass plays at level 0"),
        ([{"levels": [0], "bass": "R@0 Q@3"}], "figures.0: bass bar 1: 'Q' is no chord function"),
        ([{"levels": [1], "drums": {"HH": "x.x.", "PH": "x..."}}], "two states of the hi-hat"),
        ([{"levels": [1], "drums": {"SN": "x.x.", "SS": "x..."}}], "drums bar 1 at tick 0: two sounds of the snare"),
        ([{"levels": [1], "drums": {"SN": "x...", "RD": "x...", "CR": "x..."}}], "more than two hands"),
    ],
)
def test_a_style_with_wrong_figures_says_where(tmp_path: Path, figures: object, said: str) -> None:
    with pytest.raises(InputError) as refusal:
        style_with(tmp_path, figures)
    assert "mine.yaml" in str(refusal.value) and said in str(refusal.value)


def test_programmed_kits_have_as_many_hands_as_they_like_but_one_hi_hat(tmp_path: Path) -> None:
    band = {**BAND, "drums": "808 drums"}
    rows = {"SN": "X...", "CL": "X...", "SS": "X...", "CR": "X...", "HH": "x..."}
    figure = {**FULL[0], "drums": rows}
    assert style_with(tmp_path, [figure], band=band).figures
    with pytest.raises(InputError, match="two states of the hi-hat"):
        style_with(tmp_path, [{**figure, "drums": {**rows, "PH": "X..."}}], band=band)


def test_every_meter_of_a_style_wants_its_figures(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="bass plays at level 0 in 3/4"):
        style_with(tmp_path, FULL, meters=["4/4", "3/4"])
    waltz = {"levels": [0, 1, 2, 3], "meter": "3/4", "drums": {"KK": "x..........."}, "bass": "R@0 | 5@0"}
    style = style_with(tmp_path, [*FULL, waltz], meters=["4/4", "3/4"])
    found = style.figure_for("bass", 1, meter="3/4")
    assert found is not None and len(found.bars) == 2 and str(found.meter) == "3/4"


def test_sections_come_before_levels_and_levels_before_near_levels(tmp_path: Path) -> None:
    figures = [
        {"levels": [0, 1], "bass": "R@0"},
        {"levels": [2, 3], "bass": "R@0 5@8", "drums": ROCK},
        {"levels": [0, 1], "drums": ROCK},
        {"levels": [3], "bass": "R@0 R@4 R@8 R@12", "sections": ["chorus"]},
    ]
    style = style_with(tmp_path, figures)

    def n_notes(level: int, kind: str | None) -> int:
        found = style.figure_for("bass", level, kind)
        return 0 if found is None else len(found.bars[0])

    assert [n_notes(level, "verse") for level in range(4)] == [1, 1, 2, 2]
    assert n_notes(0, "chorus") == 4
    assert n_notes(2, None) == 2
    assert style.figure_for("piano", 1) is None
    only_loud = style.model_copy(update={"figures": style.figures[1:2]})
    assert only_loud.figure_for("bass", 0) == style.figure_for("bass", 2)


@pytest.mark.parametrize("style", [s for s in all_styles() if s.figures], ids=lambda style: style.name)
def test_every_player_of_a_style_has_music_at_every_level(style: Style) -> None:
    for meter in style.meters:
        for number, level in enumerate(style.levels):
            for part in level.parts:
                music = style.figure_for(part, number, None, meter)
                assert music is not None and any(music.bars), f"{part} is silent at level {number} in {meter}"


@pytest.mark.parametrize("style", [s for s in all_styles() if s.figures], ids=lambda style: style.name)
def test_the_lead_sounds_like_nobody_of_the_band(style: Style) -> None:
    assert style.lead is not None, "a style with figures names who sings"
    players = {instrument.program for part, instrument in style.instruments.items() if part != "drums"}
    assert find_instrument(style.lead).program not in players


@pytest.mark.parametrize("style", [s for s in all_styles() if s.figures], ids=lambda style: style.name)
def test_full_bands_play_more_than_quiet_ones(style: Style) -> None:
    for meter in style.meters:
        counts = [
            sum(len(bar) for part in level.parts for bar in _four_bars(style.figure_for(part, number, None, meter)))
            for number, level in enumerate(style.levels)
        ]
        assert counts[3] > counts[0], f"{counts} notes in four bars of {meter}"


def _four_bars(music: FigureMusic | None) -> list[tuple[FigureNote, ...]]:
    """The first three bars of a figure, repeated as needed, and its turnaround."""
    assert music is not None
    bars = [music.bars[number % len(music.bars)] for number in range(4)]
    return [*bars[:3], bars[3] if music.turnaround is None else music.turnaround]


@pytest.mark.parametrize("style", [style for style in all_styles() if style.figures], ids=lambda style: style.name)
def test_the_packages_own_figures_can_be_played(style: Style) -> None:
    check_figures(style.figures, style.meters, [level.parts for level in style.levels], style.band.get("drums"))
