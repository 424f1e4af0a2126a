"""What a prompt asks of form, key, tempo and ending is what the plan has."""

from __future__ import annotations

import pytest

from symbolic_music.errors import BriefError
from symbolic_music.importing import read_prompt
from symbolic_music.planning import plan
from symbolic_music.song.brief import Brief
from symbolic_music.song.plan import SongPlan


def asked(prompt: str, seed: int = 0) -> SongPlan:
    return plan(Brief(prompt=prompt, seed=seed, **read_prompt(prompt).fields))


@pytest.mark.parametrize(("prompt", "style", "tempo"), [
    ("heavy metal, 200 bpm", "metal", 200), ("bluegrass at 100 bpm", "bluegrass", 100),
    ("disco at 70 bpm", "disco", 70),
])  # fmt: skip
def test_a_style_is_played_at_the_tempo_asked_for(prompt: str, style: str, tempo: float) -> None:
    made = asked(prompt)
    assert (made.style, made.tempo_qpm) == (style, tempo)


def test_indie_folk_is_no_indie_rock() -> None:
    assert asked("indie folk, 90 bpm").genre == "folk"


@pytest.mark.parametrize("seed", range(6))
def test_a_happy_pop_song_is_no_ballad(seed: int) -> None:
    made = asked("happy pop song", seed)
    assert "ballad" not in str(made.style)
    assert made.tempo_qpm >= 100


@pytest.mark.parametrize("seed", range(4))
def test_a_song_without_intro_keeps_its_length(seed: int) -> None:
    made = asked("pop song of 64 bars, no intro and no bridge", seed)
    assert made.n_bars == 64
    assert not {"intro", "bridge"} & {section.kind for section in made.sections}


@pytest.mark.parametrize(("words", "semitones"), [("a half step", 1), ("a whole step", 2), ("a minor third", 3)])
def test_the_last_chorus_rises_as_asked(words: str, semitones: int) -> None:
    made = asked(f"rock in C major, verse chorus verse chorus, key change up {words} in the last chorus")
    tonics = [section.key.tonic_pitch_class for section in made.sections]
    assert tonics == [0, 0, 0, semitones]


def test_figures_go_before_words_and_a_meter_before_a_style() -> None:
    assert asked("slow pop, 140 bpm").tempo_qpm == 140
    reading = read_prompt("reggae in 3/4")
    assert str(asked("reggae in 3/4").meter) == "3/4"
    assert any("not played in 3/4" in line for line in reading.not_understood)


def test_what_is_implied_gives_way_to_what_is_said() -> None:
    assert asked("sad song for a wedding").mood == "sad"
    assert read_prompt("music like a studio ghibli film").understood[-1].endswith("(a guess)")


def test_the_first_section_stays_in_the_songs_key_where_a_lift_is_asked() -> None:
    made = plan(Brief(form="chorus8 verse8", key="Db major", key_lift=2))
    assert [str(section.key) for section in made.sections] == ["Db major", "Eb major"]
    with pytest.raises(BriefError, match="the song is one section, so no chorus can lie higher"):
        plan(Brief(form="chorus8", key_lift=2))
    assert len(plan(Brief(form="chorus8", key_lift=0)).sections) == 1


@pytest.mark.parametrize(("prompt", "styles"), [("folk waltz", {"waltz"}), ("folk song in 3/4", {"waltz"})])
def test_a_folk_song_in_three_is_a_waltz(prompt: str, styles: set[str]) -> None:
    assert {asked(prompt, seed).style for seed in range(8)} <= styles


@pytest.mark.parametrize(("prompt", "styles"), [
    ("boss fight music", {"cinematic"}), ("horror film music", {"cinematic"}), ("baroque minuet", {"cinematic"}),
    ("flamenco", {"rumba"}), ("uk garage", {"house"}), ("string quartet", {"cinematic"}), ("film noir", {"cool jazz"}),
    ("classical piano piece", {"piano ballad"}), ("national anthem", {"hymn"}), ("rock song in 6/8", {"6/8 ballad",
    "pop 6/8", "blues 6/8"}), ("rock song", {"rock", "indie rock", "hard rock", "soft rock", "folk rock", "rock ballad",
    "slow rock", "punk", "6/8 ballad", "pop 6/8", "surf", "metal", "rock and roll", "rockabilly", "twist"}),
])  # fmt: skip
def test_nobody_gets_a_style_that_does_not_fit_the_wish(prompt: str, styles: set[str]) -> None:
    assert {asked(prompt, seed).style for seed in range(12)} <= styles


def test_a_folk_song_is_played_by_folk_players() -> None:
    assert "new age" not in {asked("folk song", seed).style for seed in range(30)}
