"""The planner's promises, over many briefs."""

from __future__ import annotations

import time

import pytest

from symbolic_music.errors import BriefError, CheckpointError, PlanError
from symbolic_music.planning import PlanOptions, explain, plan
from symbolic_music.planning.form_model import WEIGHTS
from symbolic_music.song.brief import GENRES, MOODS, Brief
from symbolic_music.song.document import dump_document, load_document
from symbolic_music.song.plan import SongPlan
from symbolic_music.styles.traits import trait_table


def kinds(song: SongPlan) -> list[str]:
    return [section.kind for section in song.sections]


@pytest.mark.parametrize("genre", GENRES)
def test_a_default_song_has_a_whole_form(genre):
    for seed in range(6):
        song = plan(Brief(genre=genre, seed=seed, mood=MOODS[seed % len(MOODS)]))
        assert 120 <= song.duration_sec <= 240
        assert kinds(song)[0] == "intro" and kinds(song)[-1] == "outro"
        assert len(set(kinds(song))) >= 3
        assert kinds(song).count("chorus") >= 2


@pytest.mark.parametrize("tempo", [30, 60, 140, 260])
@pytest.mark.parametrize("meter", ["4/4", "2/4", "12/8"])
def test_default_length_holds_at_any_tempo(tempo, meter):
    song = plan(Brief(tempo_qpm=tempo, meter=meter, seed=3))
    assert 120 <= song.duration_sec <= 240
    assert kinds(song).count("chorus") >= 2 and kinds(song)[-1] == "outro"


@pytest.mark.parametrize("meter", ["4/4", "3/4", "6/8"])
@pytest.mark.parametrize("n_bars", [4, 7, 8, 13, 16, 17, 23, 24, 31, 32, 45, 64, 77, 100, 211, 400])
def test_bars_meter_key_and_tempo_are_as_asked(meter, n_bars):
    brief = Brief(n_bars=n_bars, meter=meter, key="F# minor", tempo_qpm=97.5, seed=n_bars)
    song = plan(brief)
    assert song.n_bars == n_bars == sum(section.n_bars for section in song.sections)
    assert (str(song.meter), song.tempo_qpm) == (meter, 97.5)
    assert {str(section.key) for section in song.sections} == {"F# minor"}


@pytest.mark.parametrize("seconds", [10, 30, 61.5, 120, 333])
@pytest.mark.parametrize("meter", ["4/4", "3/4", "6/8"])
def test_duration_is_met_to_the_nearest_bar(seconds, meter):
    song = plan(Brief(duration_sec=seconds, meter=meter, tempo_qpm=110))
    bar = song.duration_sec / song.n_bars
    assert abs(song.duration_sec - seconds) <= bar / 2 + 1e-6
    drawn = plan(Brief(duration_sec=seconds, meter=meter))
    assert abs(drawn.duration_sec - seconds) <= drawn.duration_sec / drawn.n_bars / 2 + 1e-6


def test_a_form_without_lengths_and_a_duration_make_whole_fours():
    song = plan(Brief(form="verse chorus verse chorus bridge chorus", genre="rock", duration_sec=180))
    assert song.n_bars % 4 == 0 and song.duration_sec == pytest.approx(180, abs=0.1)


def test_bars_and_duration_settle_the_tempo():
    song = plan(Brief(n_bars=32, duration_sec=64))
    assert song.n_bars == 32
    assert song.duration_sec == pytest.approx(64, abs=0.01)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("intro4 verse8 chorus8 outro4", [("intro", 4), ("verse 1", 8), ("chorus 1", 8), ("outro", 4)]),
        ("A8 A8 B8 A8", [("A 1", 8), ("A 2", 8), ("B", 8), ("A 3", 8)]),
        ("Intro2, Pre-Chorus7 | refrain16 coda3", [("intro", 2), ("pre-chorus", 7), ("chorus 1", 16), ("outro", 3)]),
        ("verse9 verse5 verse64", [("verse 1", 9), ("verse 2", 5), ("verse 3", 64)]),
    ],
)
def test_given_forms_are_kept(form, expected):
    song = plan(Brief(form=form))
    assert [(section.name, section.n_bars) for section in song.sections] == expected


def test_a_form_without_bars_takes_the_models_and_any_total():
    form = "verse chorus verse chorus bridge chorus"
    wanted = form.split()
    free = plan(Brief(form=form))
    assert kinds(free) == wanted
    assert len({section.n_bars for section in free.sections if section.kind == "chorus"}) == 1
    for n_bars in (6, 7, 20, 47, 48, 61, 100, 384):
        song = plan(Brief(form=form, n_bars=n_bars))
        assert (kinds(song), song.n_bars) == (wanted, n_bars)


def test_letters_without_numbers_share_material():
    song = plan(Brief(form="AABA", n_bars=32))
    first, second, bridge, last = song.sections
    assert [section.n_bars for section in song.sections] == [8, 8, 8, 8]
    assert {p.letter for p in first.phrases} == {p.letter for p in second.phrases} == {p.letter for p in last.phrases}
    assert not {p.letter for p in first.phrases} & {p.letter for p in bridge.phrases}


def test_choruses_and_verses_return():
    for seed in range(12):
        song = plan(Brief(seed=seed))
        for kind in ("chorus", "verse"):
            same = [section for section in song.sections if section.kind == kind]
            for section in same[1:]:
                assert [p.letter for p in section.phrases] == [p.letter for p in same[0].phrases] or (
                    section.n_bars != same[0].n_bars
                )
                assert all(phrase.source for phrase in section.phrases)
        choruses = [section for section in song.sections if section.kind == "chorus"]
        for section in choruses[1:-1]:
            assert {phrase.relation for phrase in section.phrases} == {"repeat"}
        assert all(phrase.relation == "repeat" for phrase in choruses[-1].phrases[:-1])


def test_repeats_are_like_their_source():
    for seed in range(12):
        song = plan(Brief(seed=seed, genre=GENRES[seed % len(GENRES)]))
        phrases = {phrase.name: phrase for section in song.sections for phrase in section.phrases}
        for phrase in phrases.values():
            if phrase.source:
                source = phrases[phrase.source]
                assert phrase.letter == source.letter
                assert phrase.relation != "repeat" or phrase.cadence == source.cadence
            assert 1 <= phrase.n_bars <= 16


def test_unsung_sections_and_cadences():
    for seed in range(12):
        song = plan(Brief(seed=seed))
        for section, following in zip(song.sections, song.sections[1:], strict=False):
            is_sung = section.kind not in ("intro", "interlude", "outro")  # a solo has a tune, without words
            assert {phrase.sung for phrase in section.phrases} == {is_sung}
            if following.kind == "chorus" and section.kind in ("verse", "pre-chorus", "bridge"):
                assert section.phrases[-1].cadence == "half"
        assert song.sections[-1].phrases[-1].cadence in ("authentic", "plagal")


def test_intensity_and_players_follow_the_form():
    for seed in range(12):
        song = plan(Brief(seed=seed))
        choruses = [section.intensity for section in song.sections if section.kind == "chorus"]
        verses = [section.intensity for section in song.sections if section.kind == "verse"]
        assert max(verses) < min(choruses)
        assert choruses[-1] == max(section.intensity for section in song.sections)
        assert song.sections[0].intensity < verses[0]
        assert len(song.sections[0].roles) < len(song.sections[-2].roles)
        assert all(section.reason.endswith(".") for section in song.sections)
    calm = plan(Brief(mood="calm"))
    assert "drums" not in calm.sections[0].roles


def test_same_seed_same_plan_and_other_seeds_differ():
    assert plan(Brief(seed=5)) == plan(Brief(seed=5))
    forms = {tuple((s.kind, s.n_bars) for s in plan(Brief(seed=seed)).sections) for seed in range(20)}
    assert len(forms) >= 15


def test_asking_for_a_key_leaves_the_form():
    free, asked = plan(Brief(seed=8)), plan(Brief(seed=8, key="Eb major"))
    assert [(s.name, s.n_bars) for s in free.sections] == [(s.name, s.n_bars) for s in asked.sections]


def test_genres_differ():
    def tempo(genre: str) -> float:
        return sum(plan(Brief(genre=genre, seed=seed)).tempo_qpm for seed in range(10)) / 10

    assert tempo("lullaby") < tempo("pop") < tempo("jazz")
    solos = {genre: sum(kinds(plan(Brief(genre=genre, seed=s))).count("solo") for s in range(15))
             for genre in ("pop", "jazz")}  # fmt: skip
    assert solos["jazz"] > solos["pop"]
    assert str(plan(Brief(genre="waltz")).meter) == "3/4"


def test_moods_choose_modes():
    def n_minor(mood: str) -> int:
        return sum(plan(Brief(mood=mood, seed=seed)).sections[0].key.mode == "minor" for seed in range(10))

    assert n_minor("happy") <= 2 and n_minor("dark") >= 8


def test_lifts_are_rare_and_upward():
    lifted = [song for song in (plan(Brief(seed=seed)) for seed in range(120))
              if len({section.key for section in song.sections}) > 1]  # fmt: skip
    assert 1 <= len(lifted) <= 20
    for song in lifted:
        first, last = song.sections[0].key, song.sections[-1].key
        assert (last.tonic_pitch_class - first.tonic_pitch_class) % 12 in (1, 2)
        assert first.mode == last.mode


def test_asked_chords_give_the_key():
    song = plan(Brief(chords="Am F C G Am"))
    assert {str(section.key) for section in song.sections} == {"A minor"}
    assert str(song.chords) == "Am F C G Am"
    assert {str(section.key) for section in plan(Brief(chords="G D Em C")).sections} == {"G major"}


@pytest.mark.parametrize(
    ("brief", "message"),
    [
        (Brief(form="verse8 fooo8"), "'fooo8' is not a section; use intro, verse"),
        (Brief(form="verse0"), "0 bars"),
        (Brief(form="verse65"), "1 to 64"),
        (Brief(form="  "), "names no section"),
        (Brief(form="verse8 chorus8", n_bars=20), "16 bars, but n_bars asks for 20"),
        (Brief(form="verse chorus verse chorus bridge", n_bars=4), "needs 5 to 320 bars"),
        (Brief(form="verse8 chorus", n_bars=8), "needs 9 to 72 bars"),
        (Brief(n_bars=100, duration_sec=20), "need tempo 1200"),
        (Brief(n_bars=100, duration_sec=20, tempo_qpm=100), "last 240 s, but duration_sec asks for 20"),
    ],
)
def test_impossible_briefs_are_refused_in_one_line(brief, message):
    with pytest.raises(BriefError, match=message) as refusal:
        plan(brief)
    assert "\n" not in str(refusal.value)


def test_missing_and_broken_weights(tmp_path):
    with pytest.raises(CheckpointError, match="missing"):
        plan(Brief(), PlanOptions(weights=tmp_path))
    (tmp_path / "planner.json").write_bytes((WEIGHTS / "planner.json").read_bytes())
    (tmp_path / "planner.safetensors").write_bytes(b"junk")
    with pytest.raises(CheckpointError, match="no usable weights"):
        plan(Brief(), PlanOptions(weights=tmp_path))


def test_yaml_round_trip(tmp_path):
    for seed in range(4):
        song = plan(Brief(seed=seed, meter="6/8", band=("piano", "bass")))
        path = tmp_path / "plan.yaml"
        path.write_text(dump_document(song), encoding="utf-8")
        assert load_document(SongPlan, path, PlanError) == song


@pytest.mark.parametrize("band", [("drums",), ("bass", "drums"), ("band", "no melody")])
def test_nobody_sings_where_nobody_can_or_shall(band):
    song = plan(Brief(band=band, style="funk", n_bars=24))
    assert not any(phrase.sung for section in song.sections for phrase in section.phrases)
    assert not any("melody" in section.roles for section in song.sections)
    assert not any(event.kind == "answers" for section in song.sections for event in section.events)


@pytest.mark.parametrize("band", [("flute lead",), ("violin lead", "violin")])
def test_who_plays_alone_plays_from_the_first_bar_to_the_last(band):
    song = plan(Brief(band=band, n_bars=24))
    assert all(phrase.sung for section in song.sections for phrase in section.phrases)


def test_titles():
    assert plan(Brief(title="My Own", prompt="rain")).title == "My Own"
    assert plan(Brief(prompt="happy pop song about summer rain")).title == "Summer Rain"
    table = {title for titles in trait_table().titles.values() for title in titles}
    for prompt in (
        "rock in E, straight into the verse, hard stop",
        "swing, AABA",
        "valse triste en ré mineur, piano seul",
        "like a lullaby but fast",
        "drum and bass, no melody, with piano chords in Bbm",
        "fast Irish tune, tin whistle and bodhran",
    ):
        assert plan(Brief(prompt=prompt)).title in table
    assert len({plan(Brief(seed=seed)).title for seed in range(10)}) > 2


def test_explain_counts_bars_from_one():
    text = explain(plan(Brief(form="intro4 verse8 chorus8 chorus8", title="Boat")))
    assert text.startswith("Boat: pop")
    assert "\n1-4 " in text and "\n5-12" in text and "\n21-28" in text and "chorus 2" in text


def test_planning_takes_under_a_second():
    plan(Brief())
    start = time.perf_counter()
    plan(Brief(seed=77, genre="rock"))
    assert time.perf_counter() - start < 1
