"""The public names are exactly those listed, and load on first use."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import symbolic_music
from symbolic_music.errors import BriefError, FileFormatError, NotationError, PlanError, RenderError
from symbolic_music.pipeline.creation import CreateOptions, brief_of_prompt, with_prompt_read
from symbolic_music.song.notes import rows_of
from symbolic_music.theory.instruments import INSTRUMENTS, find_instrument, instrument_of_program
from tests.arranging.band_songs import make_plan, make_sheet
from tests.performing.written import write_score

ROOT = Path(__file__).resolve().parents[1]
PUBLIC = [
    "ArrangeOptions", "Audio", "Brief", "ComposeOptions", "CreateOptions", "Edit", "Explanation", "LeadSheet",
    "Lock", "Operation", "PerformOptions", "PhraseExpectation", "PlanOptions", "PlannedPhrase", "PlannedSection",
    "PromptReading", "RenderOptions", "Score", "Song", "SongPlan", "SymbolicMusicError", "Track", "__version__",
    "arrange", "compose", "create", "edit", "expect", "explain", "export", "load_song", "perform", "plan",
    "read_lead_sheet", "read_midi", "read_prompt", "render", "save_song", "sketch", "write_audio",
    "write_lead_sheet", "write_midi",
]  # fmt: skip
VERBS = {
    "plan": ("brief",), "compose": ("plan",), "arrange": ("sheet", "plan"), "perform": ("score", "plan"),
    "render": ("score",), "create": ("brief", "folder"),
}  # fmt: skip


def test_public_names() -> None:
    assert symbolic_music.__all__ == PUBLIC
    assert dir(symbolic_music) == sorted(PUBLIC)


def test_type_checkers_are_told_the_same_names() -> None:
    tree = ast.parse((ROOT / "symbolic_music/__init__.py").read_text(encoding="utf-8"))
    told = {
        (str(node.module), alias.name)
        for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names if alias.asname
    }  # fmt: skip
    assert told == {(f"symbolic_music.{module}", name) for name, module in symbolic_music._HOMES.items()}
    assert (ROOT / "symbolic_music/py.typed").is_file()


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_turns_its_first_argument_and_takes_options(verb: str) -> None:
    names = list(inspect.signature(getattr(symbolic_music, verb)).parameters)
    assert tuple(names[: len(VERBS[verb])]) == VERBS[verb]
    assert names[len(VERBS[verb])] == "options"


@pytest.mark.parametrize("name", PUBLIC)
def test_each_name_is_there(name: str) -> None:
    assert getattr(symbolic_music, name) is not None


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'sing'"):
        symbolic_music.sing  # noqa: B018


def test_import_is_light() -> None:
    code = "import sys, symbolic_music; print(sum(name in sys.modules for name in ('numpy', 'pydantic', 'torch')))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "0"


def test_all_gm_programs_have_one_instrument() -> None:
    programs = [instrument.program for instrument in INSTRUMENTS.values() if not instrument.is_drum]
    assert programs == list(range(128))
    assert all(0 <= instrument.low < instrument.high <= 127 for instrument in INSTRUMENTS.values())


@pytest.mark.parametrize(
    ("name", "program", "is_drum"),
    [("piano", 0, False), ("Rhodes", 4, False), ("acoustic  guitar", 25, False), ("strings", 48, False),
     ("upright bass", 32, False), ("synth bass", 38, False), ("brushes", 40, True), ("Drums", 0, True),
     ("electric guitars", 27, False), ("tin whistle", 78, False)],
)  # fmt: skip
def test_instrument_names(name: str, program: int, is_drum: bool) -> None:
    found = find_instrument(name)
    assert (found.program, found.is_drum) == (program, is_drum)


def test_unknown_instrument_gets_suggestions() -> None:
    with pytest.raises(NotationError, match=r"'pianno' is not an instrument that is known; did you mean piano"):
        find_instrument("pianno")
    assert instrument_of_program(200, is_drum=True).name == "drums"


def test_only_the_product_is_in_the_wheel() -> None:
    """The packages that setuptools would take, and what people who look for the project find."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    setuptools = pytest.importorskip("setuptools")
    found = setuptools.find_packages(str(ROOT), include=project["tool"]["setuptools"]["packages"]["find"]["include"])
    assert {name.partition(".")[0] for name in found} == {"symbolic_music"}
    assert "py.typed" in project["tool"]["setuptools"]["package-data"]["symbolic_music"]
    assert project["project"]["authors"] and "Typing :: Typed" in project["project"]["classifiers"]


def test_a_wrong_word_is_refused_with_our_error_and_a_hint() -> None:
    with pytest.raises(BriefError, match="Brief: genre: 'polka' is not a genre; use one of pop") as refusal:
        symbolic_music.Brief(genre="polka")
    assert refusal.value.hint == "it is a style: style='polka'"
    assert str(refusal.value) == f"{refusal.value.message}; {refusal.value.hint}"
    with pytest.raises(PlanError, match=r"SongPlan: sections\.0\.phrases\.0\.n_bars"):
        phrase = {"name": "a", "letter": "A", "n_bars": 0}
        section = {"name": "v", "kind": "verse", "n_bars": 4, "key": "C", "intensity": 0.5, "phrases": [phrase]}
        symbolic_music.SongPlan(tempo_qpm=100, n_bars=4, sections=[section])
    with pytest.raises(BriefError) as refusal:
        symbolic_music.create(symbolic_music.Brief(band=("pianno",)))
    assert refusal.value.hint is not None and refusal.value.hint.startswith("did you mean piano")


def test_a_briefs_own_prompt_is_read_for_what_the_brief_leaves_open() -> None:
    brief = symbolic_music.Brief(prompt="slow sad waltz in D minor", key="G minor", n_bars=8, seed=3)
    song = symbolic_music.create(brief, options=CreateOptions(audio="none"))
    assert str(song.plan.meter) == "3/4" and song.plan.mood == "sad" and song.plan.n_bars == 8
    assert str(song.plan.sections[0].key) == "G minor"
    read = brief_of_prompt("slow sad waltz in D minor, 2 minutes")
    shorter = read.model_copy(update={"n_bars": 8, "duration_sec": None})
    assert with_prompt_read(shorter).duration_sec is None
    assert with_prompt_read(read) is read


def test_every_document_and_its_sound_say_themselves_in_a_line() -> None:
    made = make_plan()
    sheet, score = make_sheet(made), write_score(made)
    audio = symbolic_music.Audio(np.zeros((2, 22050), dtype=np.float32))
    song = symbolic_music.Song(symbolic_music.Brief(genre="pop"), made, sheet, score, audio=audio)
    for thing in (made, sheet, score, score.tracks[0], audio, song, song.brief):
        assert repr(thing).startswith(type(thing).__name__) and len(repr(thing)) < 130 and "\n" not in repr(thing)
    assert repr(song.brief) == "Brief(prompt='', genre='pop', seed=0)"
    assert "40 bars" in repr(made) and "6 tracks" in repr(score) and "with sound" in repr(song)


def test_notebooks_show_pictures_and_a_player() -> None:
    made = make_plan()
    pages, roll = make_sheet(made)._repr_html_(), write_score(made)._repr_svg_()
    timeline = ElementTree.fromstring(made._repr_svg_())
    titles = [title.text for title in timeline.iter("{http://www.w3.org/2000/svg}title")]
    assert [title.partition(":")[0] for title in titles] == [section.name for section in made.sections]
    assert pages is not None and pages.count("<svg viewBox") >= 1
    assert roll is not None and ElementTree.fromstring(roll).tag.endswith("svg")
    sound = symbolic_music.Audio(np.zeros((2, 4410), dtype=np.float32))._repr_html_()
    assert sound.startswith('<audio controls src="data:audio/mpeg;base64,')
    # What cannot be drawn shows as text.
    assert replace(write_score(made), tracks=())._repr_svg_() is None


def test_a_lead_sheet_is_written_and_read_back(tmp_path: Path) -> None:
    sheet = make_sheet(make_plan())
    for ending in (".musicxml", ".abc", ".mid"):
        symbolic_music.write_lead_sheet(sheet, tmp_path / f"tune{ending}")
        back = symbolic_music.read_lead_sheet(tmp_path / f"tune{ending}")
        assert [row[::2] for row in rows_of(back.melody)] == [row[::2] for row in rows_of(sheet.melody)], ending
        assert back.chords == sheet.chords, ending
    with pytest.raises(FileFormatError, match=r"written as one of \.musicxml"):
        symbolic_music.write_lead_sheet(sheet, tmp_path / "tune.txt")


@pytest.mark.usefixtures("small_model")
def test_create_is_the_verbs_in_a_row_note_for_note(tmp_path: Path) -> None:
    brief = symbolic_music.Brief(style="shuffle", n_bars=12, seed=5)
    song = symbolic_music.create(brief, None, CreateOptions(audio="none"))
    made = symbolic_music.plan(brief)
    sheet = symbolic_music.compose(made)
    score = symbolic_music.perform(symbolic_music.arrange(sheet, made), made)
    assert made == song.plan and sheet.chords == song.lead_sheet.chords
    assert rows_of(sheet.melody) == rows_of(song.lead_sheet.melody)
    assert [rows_of(track.notes) for track in score.tracks] == [rows_of(track.notes) for track in song.score.tracks]
    assert [track.controls for track in score.tracks] == [track.controls for track in song.score.tracks]
    assert score.tempos == song.score.tempos
    symbolic_music.write_midi(score, tmp_path / "song.mid")
    back = symbolic_music.read_midi(tmp_path / "song.mid")
    assert [rows_of(track.notes) for track in back.tracks] == [rows_of(track.notes) for track in score.tracks]


def test_a_sketch_is_the_tune_and_its_chords_at_the_piano(tmp_path: Path) -> None:
    (tmp_path / "tune.abc").write_text(
        'X:1\nT:Tune\nM:4/4\nL:1/4\nK:C\n"C"E F G E|"G7/B"F2 D2|"C"C4|\n', encoding="utf-8"
    )
    score = symbolic_music.sketch(symbolic_music.read_lead_sheet(tmp_path / "tune.abc"))
    tune, piano = score.tracks
    assert tune.notes["pitch"].tolist() == [64, 65, 67, 64, 65, 62, 60]
    chords = {tick: [row[2] for row in rows_of(piano.notes) if row[0] == tick] for tick in (0, 48, 96)}
    assert chords == {0: [36, 55, 60, 64], 48: [47, 53, 55, 59, 62], 96: [36, 55, 60, 64]}
    assert set(piano.notes["duration_tick"].tolist()) == {48}


def test_options_are_checked() -> None:
    with pytest.raises(BriefError, match="use one of wav, none"):
        CreateOptions(audio="mp3")
    with pytest.raises(BriefError, match="1 or more"):
        CreateOptions(candidates=0)


def test_bad_band_is_refused_before_any_work() -> None:
    with pytest.raises(BriefError, match="brief: band: 'kazoo'"):
        symbolic_music.create(symbolic_music.Brief(band=("kazoo",)))


def test_missing_soundfont_is_refused_before_any_work(tmp_path: Path) -> None:
    stages: list[str] = []
    missing = tmp_path / "none.sf2"
    options = CreateOptions(soundfont=missing, on_progress=lambda stage, done, total: stages.append(stage))
    with pytest.raises(RenderError, match="no such file"):
        symbolic_music.create("pop song", tmp_path / "song", options)
    assert stages == []
    assert not (tmp_path / "song").exists()
