"""The idioms of a dozen styles, heard in the band's notes over a hand-written lead sheet; no model plays here."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from symbolic_music.arranging import arrange
from symbolic_music.evaluation.ensemble import same_pitch_doubling
from symbolic_music.performing import perform
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import rows_of
from symbolic_music.song.score import Score
from symbolic_music.styles.style import load_style
from tests.arranging.band_songs import make_sheet
from tests.arranging.test_arrange import open_plan

Row = tuple[int, int, int, int]
BAR, BEAT = 48, 12
# make_plan's sections: intro 4 bars, verse 8, chorus 8, verse 8, chorus 8, outro 4. A section's last bar is its fill.
VERSE, CHORUS = range(4, 11), range(12, 19)


class Song:
    """A style's song with its parts by role."""

    def __init__(self, style: str) -> None:
        self.style = load_style(style)
        plan = open_plan(style, self.style.meters[0])
        self.sheet: LeadSheet = make_sheet(plan)
        self.plan = plan
        self.score: Score = arrange(self.sheet, plan)
        self.bar = self.sheet.meter.bar_ticks

    def of(self, *roles: str) -> list[Row]:
        return sorted(row for track in self.score.tracks if track.role in roles for row in rows_of(track.notes))

    def played_by(self, part: str) -> list[Row]:
        program = self.style.instruments[part].program
        own = (track for track in self.score.tracks if not track.is_drum and track.program == program)
        return rows_of(next(track for track in own if track.role != "melody").notes)

    def places(self, rows: list[Row], bar: int, *pitches: int) -> list[int]:
        """Where in a bar something begins."""
        inside = [row for row in rows if bar * self.bar <= row[0] < (bar + 1) * self.bar]
        return sorted({row[0] - bar * self.bar for row in inside if not pitches or row[2] in pitches})

    def drums(self, bar: int, *pitches: int) -> list[int]:
        return self.places(self.of("drums"), bar, *pitches)


@cache
def song(style: str) -> Song:
    return Song(style)


def share(hits: list[bool]) -> float:
    assert hits
    return float(np.mean(hits))


def test_swing_rides_and_the_bass_walks() -> None:
    swing = song("swing")
    figure = [0, 12, 20, 24, 36, 44]  # ding, ding-a-ding, ding-a
    assert share([set(swing.drums(bar, 51)) <= {*figure, 4, 8, 16, 28, 32, 40} for bar in CHORUS]) == 1
    assert share([{0, 12, 24, 36} <= set(swing.drums(bar, 51)) | set(swing.drums(bar, 49)) for bar in CHORUS]) > 0.7
    assert share([{12, 36} <= set(swing.drums(bar, 44)) for bar in CHORUS]) == 1, "the foot closes the hat on 2 and 4"
    bass = swing.of("bass")
    assert share([{0, 12, 24, 36} <= set(swing.places(bass, bar)) for bar in CHORUS]) == 1
    walked = []
    for one, other in pairwise([row for row in bass if 12 * BAR <= row[0] < 19 * BAR]):
        chord = swing.sheet.chord_at(one[0])
        assert chord is not None
        steps = abs(one[2] - other[2]) in (1, 2)
        tones = chord.pitch_classes | {(chord.root + step) % 12 for step in (9, 10, 11)}  # sixth and sevenths
        walked.append(one[2] % 12 in tones or steps or other[0] - one[0] < BEAT)
    assert share(walked) > 0.95, "chord tones and approach tones"


def test_blues_shuffles_in_long_and_short() -> None:
    blues = song("blues")
    hands = [blues.drums(bar, 42, 51, 46) for bar in (*VERSE, *CHORUS)]
    assert share([tick % 12 in (0, 4, 8) for own in hands for tick in own]) == 1
    assert share([{8, 20, 32} & set(own) != set() and {0, 12, 24} <= set(own) for own in hands]) > 0.8
    thirds = [row for row in blues.of("bass") if row[0] % blues.bar == 0]
    assert share([blues.sheet.chord_at(row[0]).root == row[2] % 12 for row in thirds if row[0] % 48 == 0]) > 0.9  # type: ignore[union-attr]


def test_funk_has_sixteenth_hats_the_one_and_a_syncopated_bass() -> None:
    funk = song("funk")
    assert share([len(funk.drums(bar, 42, 46)) >= 10 for bar in CHORUS]) > 0.8
    assert share([0 in funk.drums(bar, 36) and 0 in funk.places(funk.of("bass"), bar) for bar in CHORUS]) == 1
    bass = [tick for bar in CHORUS for tick in funk.places(funk.of("bass"), bar)]
    assert 0.35 <= share([tick % 6 == 3 for tick in bass]) <= 0.7
    ghosts = [row for row in funk.of("drums") if row[2] == 38 and row[3] < 45]
    assert len(ghosts) >= 2 * len(CHORUS)


def test_metal_plays_fifths_and_the_kick_plays_the_riff() -> None:
    metal = song("metal")
    guitar = metal.played_by("guitar")
    strikes: dict[int, set[int]] = {}
    for row in guitar:
        strikes.setdefault(row[0], set()).add(row[2])
    low = [{pitch - min(own) for pitch in own} for own in strikes.values() if min(own) < 55]
    assert share([own <= {0, 5, 7, 12} for own in low]) > 0.95, "power chords and single notes"
    verse = [tick for tick in strikes if 4 * BAR <= tick < 11 * BAR]
    bass = {row[0] for row in metal.of("bass")}
    assert share([tick in bass for tick in verse]) > 0.75
    kicks = [row[0] for row in metal.of("drums") if row[2] == 36 and 4 * BAR <= row[0] < 11 * BAR]
    assert share([tick in strikes for tick in kicks]) >= 0.6


def test_bossa_bass_has_root_and_fifth_and_its_guitar_keeps_two_bars_over_any_chords() -> None:
    bossa = song("bossa nova")
    bass = bossa.of("bass")
    for bar in CHORUS:
        assert {0, 24} <= set(bossa.places(bass, bar)), "on 1 and 3"
        chord = bossa.sheet.chord_at(bar * BAR)
        first, third = (next(row[2] for row in bass if row[0] == bar * BAR + at) for at in (0, 24))
        changes = bossa.sheet.chord_at(bar * BAR + 24) != chord
        assert chord is not None and first % 12 == chord.bass
        assert changes or (third - first) % 12 in (0, 6, 7)
    guitar = bossa.played_by("guitar")
    # Bar 17 (16 from 0) has two chords; the rhythm is that of the other first bars.
    assert bossa.places(guitar, 16) == bossa.places(guitar, 12) == bossa.places(guitar, 14)
    assert bossa.places(guitar, 13) == bossa.places(guitar, 17) != bossa.places(guitar, 12)


@pytest.mark.parametrize("style", ["country waltz", "viennese waltz"])
def test_waltzes_are_oom_pah_pah_above_c3(style: str) -> None:
    waltz = song(style)
    part = "guitar" if "guitar" in waltz.style.band else "piano"
    chords = waltz.played_by(part)
    assert share([0 in waltz.places(waltz.of("bass"), bar) for bar in (*VERSE, *CHORUS)]) == 1
    after = [set(waltz.places(chords, bar)) for bar in VERSE if waltz.places(chords, bar)]
    assert share([{12, 24} <= own and 0 not in own for own in after]) > 0.7
    struck = [row for row in chords if row[0] % 36 in (12, 24)]
    assert share([row[2] >= 48 for row in struck]) > 0.97


def test_cinematic_has_an_ostinato_and_low_drums_and_no_backbeat() -> None:
    film = song("cinematic")
    drums = film.of("drums")
    assert not {row[2] for row in drums} & {42, 44, 46, 51, 37, 39}
    assert share([bool(film.drums(bar, 41, 43, 35, 36)) for bar in CHORUS]) == 1
    assert share([len(film.places(film.played_by("arpeggio"), bar)) >= 8 for bar in CHORUS]) == 1


def test_an_energetic_song_has_its_drums_from_the_first_bar() -> None:
    plan = open_plan("cinematic", mood="energetic")
    score = arrange(make_sheet(plan), plan)
    first = min(row[0] for track in score.tracks if track.is_drum for row in rows_of(track.notes))
    assert first < BAR


@pytest.mark.parametrize("style", ["rock", "pop", "hard rock", "soul"])
def test_backbeats_fall_on_two_and_four(style: str) -> None:
    band = song(style)
    beats = [band.drums(bar, 38, 37, 39) for bar in (*VERSE, *CHORUS)]
    assert share([{12, 36} <= set(own) for own in beats]) > 0.8
    loud = [row[3] for row in band.of("drums") if row[2] == 38 and row[0] % BAR in (12, 36)]
    assert np.mean(loud) > 100


def test_reggae_leaves_the_one_to_others_and_skanks_between_the_beats() -> None:
    reggae = song("reggae")
    skank = [tick for bar in (*VERSE, *CHORUS) for tick in reggae.places(reggae.played_by("guitar"), bar)]
    assert share([tick % 12 in (6, 9, 0) for tick in skank]) == 1
    assert share([tick % 12 == 6 for tick in skank]) > 0.6 or share([tick % 24 == 12 for tick in skank]) > 0.6


def test_house_kicks_four_to_the_floor_with_hats_between() -> None:
    house = song("house")
    assert share([{0, 12, 24, 36} <= set(house.drums(bar, 36, 35)) for bar in CHORUS]) > 0.8
    assert share([{6, 18, 30, 42} <= set(house.drums(bar, 46)) for bar in CHORUS]) > 0.7


@pytest.mark.parametrize("style", ["pop", "rock", "funk", "swing", "bossa nova", "country", "disco"])
def test_a_chorus_is_played_otherwise_than_a_verse(style: str) -> None:
    band = song(style)
    verse, chorus = ({(t, p) for p in (36, 38, 42, 51, 37) for t in band.drums(bar, p)} for bar in (5, 13))
    assert verse != chorus


@pytest.mark.parametrize("style", ["pop", "march", "cha-cha", "hard rock"])
def test_drummers_strike_as_unevenly_as_people_and_kick_below_the_backbeat(style: str) -> None:
    band = song(style)
    score = perform(band.score, band.plan)
    drums = next(rows_of(track.notes) for track in score.tracks if track.is_drum)
    # The fifth percentile of drummers (Groove MIDI) is 20.9.
    assert np.std([row[3] for row in drums]) >= 21
    if style in ("pop", "hard rock"):
        kicks, snares = ([row[3] for row in drums if row[2] == drum and row[3] > 52] for drum in (36, 38))
        assert np.mean(kicks) < np.mean(snares) - 10


@pytest.mark.parametrize("style", ["hard rock", "reggaeton", "mambo", "folk rock"])
def test_chord_players_leave_each_other_their_notes(style: str) -> None:
    assert same_pitch_doubling(song(style).score) < 0.15
