"""Section seams, returns and endings of a band, on parts written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symbolic_music.arranging.endings import end_part, last_chord_tick
from symbolic_music.arranging.returns import vary_returns
from symbolic_music.arranging.seams import CRASH, KICK, drop_out, join_bass, join_drums, seams_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.styles.style import all_styles, load_style
from symbolic_music.theory.chord import parse_chord
from tests.arranging.band_songs import make_plan, make_sheet

Row = tuple[int, int, int, int]
BAR = 48
# make_plan's sections: intro 4, verse 8, chorus 8, verse 8, chorus 8, outro 4 bars.
SEAMS = [4 * BAR, 12 * BAR, 20 * BAR, 28 * BAR, 36 * BAR]


def beat(first: int, last: int) -> list[Row]:
    """Kick, snare and hats in some bars."""
    return [
        row
        for bar in range(first, last)
        for row in (
            *((bar * BAR + tick, 6, 42, 84) for tick in range(0, BAR, 6)), (bar * BAR, 6, KICK, 84),
            (bar * BAR + 12, 6, 38, 84), (bar * BAR + 36, 6, 38, 84),
        )
    ]  # fmt: skip


def similarity(rows: list[Row], one: int, other: int, n_bars: int) -> float:
    """Share of notes (place and pitch) that two stretches have in common."""
    first, second = ({(row[0] - at, row[2]) for row in rows if at <= row[0] < at + n_bars * BAR} for at in (one, other))
    return len(first & second) / len(first | second)


def test_drums_come_in_with_a_pickup_and_mark_every_downbeat() -> None:
    plan = make_plan()
    rows = join_drums(beat(4, 40), seams_of(plan), load_style("rock"), plan.meter)
    before = [row for row in rows if row[0] < 4 * BAR]
    assert before and min(row[0] for row in before) >= 3 * BAR + 24 and {row[2] for row in before} <= {38, 50, 43}
    assert [row[3] for row in before] == sorted(row[3] for row in before)
    places = {(row[0], row[2]) for row in rows}
    assert all((tick, KICK) in places and (tick, CRASH) in places for tick in SEAMS)
    quiet = join_drums(beat(0, 40), seams_of(plan), load_style("bossa nova"), plan.meter)
    assert quiet == sorted(beat(0, 40))


def test_the_bass_stands_on_every_sections_first_chord() -> None:
    plan = make_plan()
    sheet = make_sheet(plan)
    late = [(bar * BAR + 12, 36, 45, 84) for bar in range(4, 40)]
    rows = join_bass(late, seams_of(plan), sheet, 28, 55)
    played = {row[0]: row[2] % 12 for row in rows}
    for tick in SEAMS:
        chord = sheet.chord_at(tick)
        assert chord is not None and played[tick] == chord.bass
    assert not any(row[0] < 4 * BAR for row in rows)


def test_bass_and_kick_drop_out_before_the_chorus_where_the_style_does() -> None:
    plan = make_plan()
    bass = [(bar * BAR + tick, 12, 36, 84) for bar in range(40) for tick in (0, 12, 24, 36)]
    for style, drops in (("house", True), ("pop", False)):
        meter, seams = plan.meter, seams_of(plan)
        kept = drop_out(bass, "bass", seams, load_style(style), meter)
        silent = [not any(tick - 24 <= row[0] < tick for row in kept) for tick in SEAMS]
        assert silent == [False, drops, False, drops, False]
        kicks = [row for row in drop_out(beat(0, 40), "drums", seams, load_style(style), meter) if row[2] == 42]
        assert len(kicks) == 40 * 8, "hats play on"


@pytest.mark.parametrize("part", ["drums", "bass", "piano", "guitar", "arpeggio"])
def test_a_return_varies_a_little_and_keeps_its_identity(part: str) -> None:
    plan = make_plan()
    parts: dict[str, list[Row]] = {
        "drums": beat(0, 40),
        "bass": [(bar * BAR + tick, 24, 36 + bar % 8, 84) for bar in range(40) for tick in (0, 24)],
        "arpeggio": [(bar * BAR + tick, 6, 60 + tick // 6, 84) for bar in range(40) for tick in range(0, 48, 6)],
    }
    chords = [(b * BAR + tick, 24, pitch, 84) for b in range(40) for tick in (0, 24) for pitch in (60, 64, 67)]
    rows = parts.get(part, chords)
    varied = vary_returns(rows, part, plan, load_style("pop"))
    first = [row for row in varied if row[0] < 20 * BAR]
    assert first == sorted(row for row in rows if row[0] < 20 * BAR), "first times stay as they are"
    for one, other in ((4 * BAR, 20 * BAR), (12 * BAR, 28 * BAR)):
        assert 0.6 <= similarity(varied, one, other, 8) < 1, part
    assert varied == vary_returns(rows, part, plan, load_style("pop"))
    assert vary_returns(rows, "pad", plan, load_style("pop")) == sorted(rows)


def test_one_section_varies_without_the_others() -> None:
    plan = make_plan()
    last = plan.sections[4].model_copy(update={"name": "finale"})
    other: SongPlan = plan.model_copy(update={"sections": (*plan.sections[:4], last, plan.sections[5])})
    one, two = (vary_returns(beat(0, 40), "drums", song, load_style("pop")) for song in (plan, other))
    assert [row for row in one if row[0] < 28 * BAR] == [row for row in two if row[0] < 28 * BAR]


@pytest.mark.parametrize("style", all_styles(), ids=lambda style: style.name)
def test_every_style_ends_on_its_last_chord(style: object) -> None:
    found = load_style(getattr(style, "name", ""))
    for meter in found.meters:
        plan = make_plan(meter=meter)
        sheet = make_sheet(plan)
        bar, last = plan.meter.bar_ticks, last_chord_tick(sheet)
        chord = sheet.chord_at(last)
        assert chord is not None
        moving = [(tick, 6, 48 + tick // 6 % 12, 84) for tick in range(0, sheet.end_tick, 6)]
        for part in ("bass", "piano", "drums"):
            rows = end_part(moving, part, found, sheet, 28, 88)
            struck = [row for row in rows if row[0] >= last]
            assert struck and {row[0] for row in struck} == {last}
            assert all(row[0] + row[1] <= last for row in rows if row[0] < last)
            if part != "drums":
                assert {row[2] % 12 for row in struck} <= (chord.pitch_classes if part == "piano" else {chord.root})
                held = {row[1] for row in struck}
                assert held == ({12} if found.ending == "cut" else {sheet.end_tick - last})
        gone = [row for row in moving if row[0] < sheet.end_tick - 4 * bar]
        assert end_part(gone, "piano", found, sheet, 28, 88) == gone, "who has left does not come back"


def test_a_song_that_ends_on_a_slash_chord_ends_on_the_bass_it_names() -> None:
    plan = make_plan()
    sheet = make_sheet(plan)
    ends = (*sheet.chords[:-1], replace(sheet.chords[-1], chord=parse_chord("C/E")))
    walking = [(tick, 12, 36 + tick // 12 % 7, 84) for tick in range(0, sheet.end_tick, 12)]
    rows = end_part(walking, "bass", load_style("pop"), replace(sheet, chords=ends), 28, 55)
    assert rows[-1][2] % 12 == 4


def test_a_last_bar_of_two_chords_is_played_out() -> None:
    plan = make_plan()
    sheet = make_sheet(plan.model_copy(update={"sections": plan.sections}))
    assert last_chord_tick(sheet) == sheet.end_tick - BAR
