"""What the band owes the lead sheet: slash basses, drums that stay, doublings an octave below, returns of their own."""

from __future__ import annotations

import pytest

from symbolic_music.arranging import ArrangeOptions, arrange
from symbolic_music.arranging.returns import vary_returns
from symbolic_music.filling.harmony import harmony_of
from symbolic_music.song.notes import rows_of
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score
from symbolic_music.song.spans import slots_of
from symbolic_music.styles.style import load_style
from symbolic_music.theory.chord import parse_chord
from tests.taste.songs import phrase_of, plan_of, section_of, sheet_of

BAR = 48
# The same four chords over other basses.
PLAIN, SLASHED = "C F G Am", "C F/A G/B Am/G"


def two_phrases(roles: tuple[str, ...], **fields: object) -> SongPlan:
    """Eight bars in which some play."""
    return plan_of(section_of("verse", phrase_of("a"), phrase_of("b"), roles=("melody", *roles)), style="pop", **fields)


def played(plan: SongPlan, symbols: str = "C Am F G", **options: object) -> Score:
    """Arrange a plan over some chords."""
    return arrange(plan=plan, sheet=sheet_of(plan, symbols), options=ArrangeOptions(**options))


def rows(score: Score, role: str) -> list[tuple[int, int, int, int]]:
    """The notes of those who have a role."""
    return sorted(row for track in score.tracks if track.role == role for row in rows_of(track.notes))


@pytest.fixture(params=["figures", "model"])
def players(request: pytest.FixtureRequest, small_model: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Who writes the band: the figures of its style, or, as where a style has none, the phrase model."""
    if request.param == "model":
        monkeypatch.setattr("symbolic_music.filling.units.figure_style", lambda *_: None)
    return str(request.param)


@pytest.mark.usefixtures("small_model")
def test_the_bass_player_strikes_the_bass_of_every_slash_chord() -> None:
    basses = [parse_chord(symbol).bass for symbol in SLASHED.split()]
    struck = [row for row in rows(played(two_phrases(("bass",)), SLASHED), "bass") if row[0] % BAR == 0]
    downbeats = struck[:-1]  # the last bar has its ending
    assert [pitch % 12 for _, _, pitch, _ in downbeats] == [basses[onset // BAR % 4] for onset, *_ in downbeats]
    assert len(downbeats) == 7


@pytest.mark.usefixtures("players")
def test_the_bass_player_hears_the_basses_of_slash_chords() -> None:
    plan = two_phrases(("bass",))
    plain, slashed = (
        [row[:3] for row in rows(played(plan, symbols), "bass") if row[0] >= BAR] for symbols in (PLAIN, SLASHED)
    )
    assert plain and plain != slashed


def test_what_the_model_hears_of_a_slash_chord_has_its_bass() -> None:
    plan = two_phrases(("bass",))
    heard = harmony_of(sheet_of(plan, SLASHED), next(iter(slots_of(plan)))).chords
    assert [bass for *_, bass in heard] == [parse_chord(symbol).bass for symbol in SLASHED.split()]


@pytest.mark.usefixtures("players")
def test_drums_stay_where_they_are_when_the_key_moves() -> None:
    low, high = (
        plan_of(section_of("verse", phrase_of("a"), roles=("melody", "drums"), key=key), style="pop")
        for key in ("C major", "F major")
    )
    drums = rows(played(low), "drums")
    assert drums and drums == rows(played(high, "F Dm Bb C"), "drums")


@pytest.mark.usefixtures("small_model")
def test_who_doubles_the_tune_plays_an_octave_below_it() -> None:
    plan = plan_of(section_of("verse", phrase_of("a"), intensity=0.9), band=("oboe lead", "cello lead"))
    score = played(plan)
    tune, double = rows(score, "melody"), rows(score, "countermelody")
    assert len(double) == len(tune)
    assert {high[2] - low[2] for high, low in zip(tune, double, strict=True)} == {12}


def test_songs_of_different_seeds_vary_their_returns_differently() -> None:
    style = load_style("pop")
    verses = [section_of(name, phrase_of(name, n_bars=8)) for name in ("verse", "verse.2")]
    hats = [(tick, 3, 42, 80) for tick in range(0, 16 * BAR, 6)]
    kicks = [(tick, 3, 36, 90) for tick in range(0, 16 * BAR, 24)]
    varied = [tuple(vary_returns([*hats, *kicks], "drums", plan_of(*verses, seed=seed), style)) for seed in range(8)]
    assert len(set(varied)) > 2


@pytest.mark.usefixtures("small_model")
def test_a_seed_for_the_arrangement_is_heard_in_it_and_not_in_the_tune() -> None:
    plan = two_phrases(("drums", "bass"))
    own, other = played(plan), played(plan, seed=99)
    assert rows(own, "melody") == rows(other, "melody")
    assert (rows(own, "drums"), rows(own, "bass")) != (rows(other, "drums"), rows(other, "bass"))
    same = played(plan, seed=plan.seed)
    assert (rows(own, "drums"), rows(own, "bass")) == (rows(same, "drums"), rows(same, "bass"))
