"""The planner hears the prompt: other words are another song, in a key, mode and form of its style."""

from __future__ import annotations

from collections import Counter
from functools import cache
from statistics import mean

from symbolic_music.importing import read_prompt
from symbolic_music.planning import plan
from symbolic_music.planning.setting import draw_setting
from symbolic_music.song.brief import Brief
from symbolic_music.song.plan import SongPlan

PROMPTS = (
    "happy pop song about summer", "sad piano ballad", "reggae with organ", "fast bebop", "epic film music",
    "calm lullaby", "dark techno", "a hymn", "funk groove", "slow blues", "country waltz", "spooky chiptune",
)  # fmt: skip


def brief_of(prompt: str, seed: int = 7) -> Brief:
    return Brief(prompt=prompt, seed=seed, **read_prompt(prompt).fields)


@cache
def songs(genre: str, n: int = 16) -> tuple[SongPlan, ...]:
    return tuple(plan(Brief(genre=genre, seed=seed)) for seed in range(n))


def form_of(song: SongPlan) -> tuple[tuple[str, int], ...]:
    return tuple((section.kind, section.n_bars) for section in song.sections)


def ends(song: SongPlan) -> list[str]:
    return [section.phrases[-1].cadence for section in song.sections]


def test_twelve_prompts_with_one_seed_are_twelve_songs() -> None:
    plans = [plan(brief_of(prompt)) for prompt in PROMPTS]
    keys = Counter(song.sections[0].key for song in plans)
    assert len(keys) >= 7 and max(keys.values()) <= 3
    assert len({form_of(song) for song in plans}) == len(plans)
    assert len({song.chance_seed for song in plans}) == len(plans)


def test_words_alone_are_heard() -> None:
    first = plan(Brief(prompt="Rain on the roof", seed=3))
    assert plan(Brief(prompt="rain,  on THE roof!", seed=3)).model_copy(update={"title": first.title}) == first
    other = plan(Brief(prompt="Rain on the river", seed=3))
    assert (form_of(other), other.chance_seed) != (form_of(first), first.chance_seed)


def test_a_brief_without_words_hears_its_seed_alone() -> None:
    song = plan(Brief(seed=11))
    assert (song.heard, song.chance_seed) == ("", 11)


def test_one_seed_gives_two_moods_two_forms() -> None:
    glad, sad = (plan(Brief(mood=mood, seed=2)) for mood in ("happy", "sad"))
    assert form_of(glad) != form_of(sad)


def test_asking_for_a_tempo_in_figures_leaves_form_and_key() -> None:
    free = plan(Brief(prompt="a song", n_bars=80, seed=4))
    asked = plan(Brief(prompt="a song", n_bars=80, seed=4, tempo_qpm=free.tempo_qpm + 1, style=None))
    assert form_of(free) == form_of(asked)


def test_keys_are_those_of_the_styles_players() -> None:
    def keys(style: str) -> Counter[str]:
        return Counter(str(draw_setting(Brief(style=style, seed=seed), 32, True).key) for seed in range(60))

    rock, jazz = keys("hard rock"), keys("big band")
    assert {key.split()[0] for key in rock} <= {"E", "A", "G", "C", "D", "F", "B", "Bb", "F#", "C#"}
    assert sum(n for key, n in jazz.items() if key.split()[0] in ("Bb", "Eb", "F", "C", "Ab", "G", "D")) >= 54
    assert len(rock) >= 6 and len(jazz) >= 6
    assert max(rock.values()) <= 24


def test_style_and_mood_share_the_decision_on_the_mode() -> None:
    def n_minor(**asked: str) -> int:
        return sum(draw_setting(Brief(seed=seed, **asked), 32, True).key.mode == "minor" for seed in range(40))

    assert n_minor(style="bluegrass") <= 10 and n_minor(style="trap") >= 32
    assert n_minor(style="bluegrass") < n_minor(style="bluegrass", mood="sad") < n_minor(style="trap", mood="sad")
    assert n_minor(style="trap", mood="happy") < n_minor(style="trap")


def test_pop_breathes_and_dances_stay_square() -> None:
    """Of POP909's sections .73 are multiples of four bars; its songs last 239 s."""
    bars = [section.n_bars for song in songs("pop") for section in song.sections]
    assert 0.6 < mean(n % 4 == 0 for n in bars) < 0.87
    assert mean(song.duration_sec for song in songs("pop")) > 208
    club = [section.n_bars for song in songs("electronic", 6) for section in song.sections[:-1]]
    assert mean(n % 4 == 0 or n == 2 for n in club) > 0.95


def test_a_blues_goes_round_in_twelve_bars() -> None:
    plans = [plan(Brief(style="blues", seed=seed)) for seed in range(6)]
    rounds = [s.n_bars for song in plans for s in song.sections if s.kind in ("verse", "chorus", "solo")]
    assert mean(n == 12 for n in rounds) > 0.7


def test_the_first_chorus_begins_before_half_the_song() -> None:
    for genre in ("pop", "electronic"):
        for song in songs(genre, 16 if genre == "pop" else 6):
            before = [section.kind for section in song.sections].index("chorus")
            assert sum(section.n_bars for section in song.sections[:before]) < song.n_bars / 2


def test_styles_come_home_in_their_own_way() -> None:
    """Rock comes home from IV as often as from V; jazz owes V; a loop closes only at its end."""

    def shares(style: str) -> Counter[str]:
        return Counter(end for seed in range(8) for end in ends(plan(Brief(style=style, seed=seed))))

    rock, swing, house = shares("rock"), shares("swing"), shares("house")
    assert rock["plagal"] > rock["authentic"] / 3
    assert swing["plagal"] < swing["authentic"] / 5
    assert house["open"] > max(house["authentic"], 2 * house["half"])
    assert all(ends(song)[-1] in ("authentic", "plagal") for song in songs("electronic", 6))
