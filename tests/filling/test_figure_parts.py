"""Figures played over a lead sheet: units of four bars, basses, voicings and grooves, in musical words."""

from __future__ import annotations

from itertools import pairwise

from symbolic_music.filling.basslines import play_bass
from symbolic_music.filling.comping import Comping, play_chords
from symbolic_music.filling.figures import play_figures
from symbolic_music.filling.grooves import play_groove
from symbolic_music.filling.harmony import Harmony
from symbolic_music.filling.units import FigureOf, song_bars
from symbolic_music.song.leadsheet import ChordEvent, LeadSheet, SectionSpan
from symbolic_music.song.notes import make_notes
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.styles.band import plays_freely
from symbolic_music.styles.figures import Figure, figure_music
from symbolic_music.styles.style import all_styles
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.drumming import strokes_not_playable
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import parse_meter
from tests.arranging.short_songs import short_plan, short_sheet

BAR = 48
METER = parse_meter("4/4")
Row = tuple[int, int, int, int]


def verse(bars: str, seed: int = 0) -> tuple[SongPlan, LeadSheet]:
    """One verse: a chord a bar, several with a colon; phrases of four bars."""
    symbols = bars.split()
    lengths = [4] * (len(symbols) // 4) + ([len(symbols) % 4] if len(symbols) % 4 else [])
    phrases = tuple(PlannedPhrase(name=f"v.{i}", letter="a", n_bars=n) for i, n in enumerate(lengths))
    section = PlannedSection(
        name="verse", kind="verse", n_bars=len(symbols), key="C major", intensity=0.6, phrases=phrases
    )
    plan = SongPlan(tempo_qpm=100, n_bars=len(symbols), seed=seed, sections=(section,))
    events = []
    for bar, text in enumerate(symbols):
        own = text.split(":")
        events += [ChordEvent(bar * BAR + i * BAR // len(own), parse_chord(symbol)) for i, symbol in enumerate(own)]
    span = SectionSpan("verse", 0, len(symbols), parse_key("C major"))
    return plan, LeadSheet("Test", 100.0, METER, len(symbols), make_notes([]), tuple(events), (span,))


def figure_of(part: str, text: str | dict[str, str]) -> FigureOf:
    music = figure_music(Figure(levels=(2,), **{part: text}), part, METER)  # type: ignore[arg-type]
    return lambda section: music


def bass(bars: str, figure: str) -> list[tuple[int, int]]:
    plan, sheet = verse(bars)
    return [(row[0], row[2]) for row in play_bass(song_bars(plan), figure_of("bass", figure), Harmony(sheet), "")]


def chords(bars: str, figure: str, part: str = "piano") -> dict[int, list[int]]:
    plan, sheet = verse(bars)
    rows = play_chords(song_bars(plan), figure_of(part, figure), Harmony(sheet), Comping(part))
    struck: dict[int, list[int]] = {}
    for onset, _, pitch, _ in sorted(rows):
        struck.setdefault(onset, []).append(pitch)
    return struck


def test_units_are_a_a_prime_a_turnaround() -> None:
    plan, sheet = verse("C C C C C C C C")
    rows = play_bass(song_bars(plan), figure_of("bass", "R@0 | 3@0 || 5@0"), Harmony(sheet), "")
    played = {row[0] // BAR: row[2] % 12 for row in rows}
    assert [played[bar] for bar in (0, 1, 2, 4, 5, 6, 7)] == [0, 4, 0, 0, 4, 0, 7]
    assert played[3] in (4, 7), "the first of two units may go on"
    short = song_bars(verse("C C C C C C")[0])
    assert [bar.place for bar in short] == [0, 1, 2, 3, 0, 1] and short[-1].turns


def test_the_bass_takes_the_root_at_every_change_even_where_the_figure_says_five() -> None:
    played = dict(bass("C C:F Am G/B", "R@0:8 5@8:8"))
    assert [played[tick] % 12 for tick in (0, 24, 48, 72, 96, 144)] == [0, 7, 0, 5, 9, 11]
    held = dict(bass("C:G F", "R@0:16"))
    assert held[24] % 12 == 7, "a change under a held note is struck"


def test_the_bass_keeps_its_rhythm_with_two_chords_a_bar() -> None:
    figure = "R@0:6 5@6:2 5@8:6 R@14:2"
    one, two = ([tick for tick, _ in bass(bars, figure)] for bars in ("C C", "C:F G:C"))
    assert one == two


def test_approach_notes_lead_by_step_into_the_next_root() -> None:
    played = bass("C F G C", "R@0 3@4 5@8 ~@12")
    for (tick, pitch), (_, following) in pairwise(played):
        if tick % BAR == 36:
            assert abs(pitch - following) in (1, 2)
    assert all(28 <= pitch <= 55 for _, pitch in played)


def test_where_a_chord_comes_the_bass_plays_it_and_approaches_no_other() -> None:
    played = dict(bass("C:F C Bb:G7 C", "R@0:4 ~@8:4"))
    assert played[24] % 12 == 5 and played[120] % 12 == 7


def test_walking_basses_lead_into_changes_inside_the_bar() -> None:
    played = dict(bass("C:F C", "R@0 3@4 5@8 ~@12 | R@0 2@4 3@8 ~@12"))
    assert played[24] % 12 == 5 and abs(played[12] - played[24]) in (1, 2)


def test_a_note_over_the_bar_line_belongs_to_the_next_chord() -> None:
    played = dict(bass("C F C C", "R@0:14 R@14:6 | R@4:12"))
    assert played[42] % 12 == 5


def test_voicings_move_little_and_stay_in_their_register() -> None:
    struck = chords("C F G Am Dm G C C", "[3 5 'R]@0:16")
    moves = [
        sum(abs(a - b) for a, b in zip(one, other, strict=True)) / 3
        for one, other in zip(struck.values(), list(struck.values())[1:], strict=False)
    ]
    assert max(moves) <= 4 and all(48 <= pitch <= 72 for own in struck.values() for pitch in own)
    for bar, symbol in enumerate(["C", "F", "G", "Am", "Dm", "G", "C", "C"]):
        assert {pitch % 12 for pitch in struck[bar * BAR]} == parse_chord(symbol).pitch_classes


def test_a_strike_just_before_a_change_has_the_new_chord() -> None:
    struck = chords("C:F C", "[3 5 'R]@0:6 [3 5 'R]@6:10")
    assert {pitch % 12 for pitch in struck[18]} == {5, 9, 0} and 24 not in struck


def test_what_is_held_over_a_change_is_struck_again() -> None:
    struck = chords("C:F C", "[3 5 'R]@0:16")
    assert {pitch % 12 for pitch in struck[24]} == {5, 9, 0}


def test_power_chords_move_in_parallel() -> None:
    struck = chords("C F G Bb", "[R 5 'R]@0:16", "guitar")
    assert all([p - own[0] for p in own] == [0, 7, 12] for own in struck.values())


def test_a_power_chord_on_the_fifth_is_pure_over_a_dominant_of_minor_too() -> None:
    struck = chords("C E7 Am G", "[5 '2]@0:16", part="guitar")
    assert [high - low for low, high in struck.values()] == [7, 7, 7, 7]


def test_accents_and_ghosts_become_velocities_and_a_section_ends_in_a_fill() -> None:
    plan, _ = verse("C C C C C C C C")
    rows = {"HH": "x.x.x.x.x.x.x.x.", "SN": "....X..g....X...", "KK": "X.......x......."}
    figure = figure_of("drums", rows)
    played = play_groove(song_bars(plan), figure, "rock", 3, False)
    first = [row for row in played if row[0] < BAR and row[2] == 38]
    assert {row[3] for row in first if row[0] in (12, 36)} == {110} and 40 not in {row[2] for row in played}
    snares = [row for row in played if row[0] >= 7 * BAR and row[2] in (38, 41, 43, 45, 47, 48, 50) and row[3] > 45]
    assert len(snares) >= 4
    bars = [frozenset((row[0] % BAR, row[2]) for row in played if row[0] // BAR == bar) for bar in range(8)]
    assert len(set(bars)) >= 4, "a drummer does not play one bar eight times"


def test_every_style_plays_all_its_parts_from_figures_but_free_pianists_and_its_drums_with_two_hands() -> None:
    for style in all_styles():
        plan = short_plan(style.name, style.meters[0], 1)
        played = play_figures(plan, short_sheet(plan), style)
        free = {part for part in style.band if plays_freely(style, part, str(plan.meter))}
        assert set(played) == set(style.band) - free, style.name
        is_machine = style.band.get("drums") in ("electronic drums", "808 drums")
        assert not strokes_not_playable(played.get("drums", []), is_machine=is_machine), style.name
