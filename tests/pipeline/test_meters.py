"""Songs whose meter, tempo and key change: through all stages, edits, formats and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbolic_music import Edit, Operation, Song, load_song
from symbolic_music.pipeline.checking import check_song
from symbolic_music.pipeline.creation import CreateOptions, brief_of_prompt, create
from symbolic_music.pipeline.own_music import WriteOptions, continue_song, harmonize_song, infill_song
from symbolic_music.pipeline.reimport import import_song
from symbolic_music.pipeline.song_export import SongExportOptions, export_song
from symbolic_music.pipeline.songs import EditOptions, edit_folder
from symbolic_music.planning import plan as make_plan
from symbolic_music.song.brief import Brief
from symbolic_music.song.plan import SongPlan
from tests.pipeline import programs
from tests.pipeline.mixed import mixed_plan

FORMATS = ["midi", "stems", "rpp", "dawproject", "abc", "musicxml", "score", "svg"]
# The bar that each meter holds from, counted from 0.
METERS = [(0, "4/4"), (4, "2/4"), (5, "4/4"), (7, "3/4"), (11, "4/4"), (15, "7/8")]


def changes_of(song: Song) -> list[tuple[int, str]]:
    lines = song.lead_sheet.lines
    return [(lines.bar_at(change.tick), str(change.meter)) for change in lines.changes()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, small_network: object) -> Path:
    """A song by the tiny network in four meters, with a slower chorus, and the last one in another key."""
    place = tmp_path_factory.mktemp("songs") / "mixed"
    form = "intro2 verse4 chorus4 verse4 chorus4"
    plan = mixed_plan(make_plan(Brief(form=form, genre="pop", style="pop", key="F minor", tempo_qpm=108, seed=7)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("symbolic_music.filling.fill.load_phrase_model", lambda *folder: small_network)
        create(Brief(seed=7), place, CreateOptions(audio="none", candidates=1, plan=plan))
    return place


def test_other_programs_find_every_bar_tempo_key_and_note(folder: Path, tmp_path: Path) -> None:
    findings = check_song(folder)
    assert [one for one in findings if not one.ok] == []
    asked = {one.what: one.asked for one in findings}
    assert asked["tempos"] == "108, 100, 108" and asked["meters"].startswith("4/4 from 1, 2/4 from 5, 4/4 from 6")
    assert asked["keys"].endswith("Dm")
    export_song(folder, FORMATS, tmp_path / "out", SongExportOptions(audio="none"))
    counts = programs.check_all(folder, tmp_path / "out")
    assert counts["midi"] == counts["rpp"] == counts["dawproject"] > counts["abc"] == counts["musicxml"] > 10


def test_a_file_keeps_its_meters_and_tempos_when_it_is_imported(folder: Path, tmp_path: Path) -> None:
    export_song(folder, ["abc", "musicxml", "dawproject"], tmp_path, SongExportOptions(audio="none"))
    for name in ("song.dawproject", "lead.musicxml", "lead.abc"):
        song = import_song(tmp_path / name)
        assert changes_of(song) == METERS, name
    song = import_song(folder / "song.mid", tmp_path / "song")
    assert changes_of(song) == METERS
    assert [song.plan.tempo_of(section) for section in song.plan.sections] == [108, 108, 100, 108, 108]
    assert str(song.plan.sections[-1].key) == "D minor"
    # The bar of 2/4 passes by inside the verse.
    assert [str(phrase.meter or "") for phrase in song.plan.sections[1].phrases] == ["", "2/4", ""]
    assert [one for one in check_song(tmp_path / "song") if not one.ok] == []


@pytest.mark.usefixtures("small_model")
def test_verbs_on_ones_own_music_go_on_in_its_meters(folder: Path) -> None:
    song, options = import_song(folder / "song.mid"), WriteOptions(candidates=1)
    longer = continue_song(song, 2, options)
    assert changes_of(longer) == METERS and longer.lead_sheet.n_bars == 21
    assert longer.lead_sheet.end_tick - song.lead_sheet.end_tick == 2 * 42
    assert changes_of(infill_song(song, 3, 6, options)) == METERS
    chords = harmonize_song(song, options).lead_sheet.chords
    assert {event.onset_tick for event in chords} & {bar.start for bar in song.lead_sheet.lines.bars[7:11]}


@pytest.mark.usefixtures("small_model")
def test_edits_of_such_a_song_are_written_as_they_are_checked(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "song"
    place.mkdir()
    for path in folder.iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    for wish in (
        Operation(section="verse 2", meter="5/4"), Operation(section="chorus 1", move=True, before="verse 1"),
        Operation(section="verse 1", take=2), Operation(insert="bridge 4", before="last chorus"),
        Operation(section="verse 1", longer=2), Operation(faster=1.1),
    ):  # fmt: skip
        edit_folder(place, Edit(operations=(wish,)), EditOptions(audio="none"))
        # The tiny network sings where no voice would.
        assert [one for one in check_song(place) if not one.ok and "pitches" not in one.what] == [], wish.said
    assert {str(meter) for meter in load_song(place).plan.meters} == {"4/4", "2/4", "3/4", "5/4", "7/8"}


@pytest.mark.parametrize("meter", ["5/4", "7/8", "9/8"])
def test_rare_meters_are_read_in_prompts(meter: str) -> None:
    assert str(brief_of_prompt(f"a strange rock song in {meter}, 12 bars").meter) == meter


def test_a_phrase_repeats_only_in_its_own_meter(folder: Path) -> None:
    plan = load_song(folder).plan.model_dump()
    verse = dict(plan["sections"][1])
    phrases = [dict(phrase) for phrase in verse["phrases"]]
    phrases[2] |= {"relation": "repeat", "source": phrases[0]["name"], "meter": "3/4"}
    plan["sections"] = [plan["sections"][0], {**verse, "phrases": phrases}, *plan["sections"][2:]]
    with pytest.raises(ValueError, match="in another meter"):
        SongPlan.model_validate(plan)
