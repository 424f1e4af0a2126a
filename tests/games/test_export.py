"""The game folder: files as the cue sheet says, sound that loops, the player of 100 lines, limits, refusals."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import mido
import numpy as np
import pytest
import soundfile

from symbolic_music.cli import main
from symbolic_music.errors import InputError
from symbolic_music.formats.loop_tags import Loop, read_ogg_loop, read_wav_loop
from symbolic_music.formats.midi import write_midi
from symbolic_music.games import GameExport, GameOptions, export, export_game
from symbolic_music.games.clock import BLOCK, BlockClock
from symbolic_music.games.cuesheet import load_schema
from symbolic_music.games.cutting import join_scores
from symbolic_music.games.pieces import make_pieces
from symbolic_music.games.sound import Take, play_loop
from symbolic_music.games.soundfiles import LADDER, write_ogg_files
from symbolic_music.song.score import Score
from tests.games.game_songs import BAR, make_game_song

PLAYER = Path(__file__).parents[2] / "examples/pygame_player.py"
PASSES = 20
# Two passes of the same events, at the same samples: root mean square of the difference below the music's. Without
# effects, what differs are a few blocks of 64 samples in which FluidSynth fades a voice in from what its place held
# before; measured -44 to -48 dB. With effects, its chorus runs freely; measured -22 to -24 dB.
TOLERANCE_DB = {"dry": -40.0, "wet": -18.0}
# Share of samples that may differ by more than a thousandth of the peak, without effects (measured 0.0003).
DRY_SHARE = 0.002
needs_synthesizer = pytest.mark.render


@pytest.fixture(scope="module")
def font() -> Path:
    """The small soundfont that pretty_midi installs."""
    package = importlib.util.find_spec("pretty_midi")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).with_name("TimGM6mb.sf2")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, font: Path) -> GameExport:
    """One export with everything."""
    pytest.importorskip("fluidsynth", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("game") / "out"
    return export_game(make_game_song(), folder, GameOptions(soundfont=font, cut_soundfont=True))


@pytest.fixture(scope="module")
def player_module() -> ModuleType:
    """The example, with a sound card that nobody hears."""
    os.environ |= {"SDL_AUDIODRIVER": "dummy", "SDL_VIDEODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
    pytest.importorskip("pygame")
    specification = importlib.util.spec_from_file_location("pygame_player", PLAYER)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def player(made: GameExport, player_module: ModuleType) -> Any:
    """A player that has loaded the export."""
    import pygame

    pygame.mixer.init(44100, -16, 2, 2048)
    yield player_module.Player(made.folder)
    pygame.mixer.quit()


def all_pieces(sheet: Any) -> list[Any]:
    """Every piece of a cue sheet."""
    lists = [sheet[name] for name in ("sections", "layers", "stingers", "transitions")]
    return [sheet["music"], sheet["intro"], sheet["loop"], *(piece for pieces in lists for piece in pieces)]


@needs_synthesizer
def test_cue_sheet_keeps_to_its_schema(made: GameExport) -> None:
    sheet = json.loads((made.folder / "music.json").read_text(encoding="utf-8"))
    schema = load_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(sheet)
    for wrong in ({"glorp": 1}, {"tempo_qpm": 0}, {"key": "H major"}, {"jumps": [{"from": "a"}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema).validate(sheet | wrong)
    assert (sheet["key"], sheet["meter"], sheet["tempo_qpm"]) == ("C major", "4/4", 126.7)


@needs_synthesizer
def test_every_file_is_named_and_has_the_samples_said(made: GameExport) -> None:
    named = {"music.json", "soundfont.sf2"}
    for piece in all_pieces(made.cue_sheet):
        named |= set(piece["files"].values())
        for kind in set(piece["files"]) - {"midi"}:
            info = soundfile.info(made.folder / piece["files"][kind])
            assert (info.frames, info.samplerate) == (piece["samples"] + piece["tail_samples"], 44100)
        midi = mido.MidiFile(made.folder / piece["files"]["midi"])
        assert midi.length == pytest.approx(piece["seconds"], abs=BLOCK / 44100)
        assert {sum(m.time for m in track) for track in midi.tracks} == {piece["n_bars"] * BAR}
        assert len(piece["bar_samples"]) == piece["n_bars"]
    assert named == {str(path.relative_to(made.folder)) for path in made.folder.rglob("*") if path.is_file()}


@needs_synthesizer
def test_lengths_add_up_to_the_sample(made: GameExport) -> None:
    sheet = made.cue_sheet
    lengths = {section["id"]: section["samples"] for section in sheet["sections"]}
    assert sheet["loop"]["samples"] == lengths["verse-1"] + lengths["chorus-1"]
    assert sheet["music"]["samples"] == lengths["intro-1"] + sheet["loop"]["samples"]
    assert {layer["samples"] for layer in sheet["layers"]} == {sheet["loop"]["samples"]}
    assert all(length % BLOCK == 0 for length in lengths.values())
    exact = 6 * 4 * 60 / 126.7 * 44100
    assert abs(sheet["loop"]["samples"] - exact) <= BLOCK
    rows = sheet["music"]["bars"]
    assert [row["section"] for row in rows] == ["intro-1", *["verse-1"] * 3, *["chorus-1"] * 3]
    assert [row["sample"] for row in rows] == sheet["music"]["bar_samples"]


@needs_synthesizer
def test_loop_tags_say_what_the_cue_sheet_says(made: GameExport) -> None:
    music, loop = made.cue_sheet["music"], made.cue_sheet["loop"]
    tagged = Loop(music["loop_start_sample"], music["loop_length_samples"])
    assert read_ogg_loop(made.folder / "music.ogg") == read_wav_loop(made.folder / "music.wav") == tagged
    assert tagged.length == loop["samples"]
    assert tagged.start in {row["sample"] + shift for row in music["bars"] for shift in (0, loop["samples"])}
    assert soundfile.info(made.folder / "music.wav").frames == tagged.start + tagged.length
    whole = Loop(0, loop["samples"])
    assert read_ogg_loop(made.folder / "loop.ogg") == read_wav_loop(made.folder / "loop.wav") == whole


@needs_synthesizer
@pytest.mark.parametrize("name", ["loop", "music"])
def test_the_end_meets_the_start(made: GameExport, name: str) -> None:
    samples, _ = soundfile.read(made.folder / f"{name}.wav")
    loop = read_wav_loop(made.folder / f"{name}.wav")
    assert loop is not None
    steps = np.abs(np.diff(samples, axis=0)).max(axis=1)
    seam = np.abs(samples[loop.start] - samples[loop.start + loop.length - 1]).max()
    assert seam <= np.percentile(steps, 99.9)
    if loop.start:  # what leads to the end is what leads to the loop point
        before, end = samples[loop.start - 100 : loop.start], samples[loop.start + loop.length - 100 :]
        assert np.abs(before[-20:] - end[-20:]).max() < 0.02


@needs_synthesizer
@pytest.mark.parametrize("kind", TOLERANCE_DB)
def test_the_second_pass_is_the_first(font: Path, kind: str) -> None:
    from symbolic_music.rendering import RenderOptions, render

    options = RenderOptions(soundfont=font, loudness_lufs=None, peak_dbfs=None)
    if kind == "dry":
        options = replace(options, reverb=0.0, chorus=0.0)
    loop = make_pieces(make_game_song(), None, GameOptions()).loop
    clock = BlockClock(loop, 44100)
    n = clock.n_samples
    assert n % BLOCK == 0
    three = render(join_scores([clock.score] * 3, "three"), options).samples
    second, third = three[:, n : 2 * n], three[:, 2 * n : 3 * n]
    wrapped = play_loop(loop, options).samples
    assert wrapped.shape == second.shape
    for other in (third, wrapped):
        difference = other - second
        decibels = 20 * np.log10(np.sqrt((difference**2).mean()) / np.sqrt((second**2).mean()))
        assert decibels < TOLERANCE_DB[kind]
        if kind == "dry":
            assert (np.abs(difference).max(axis=0) > 1e-3 * np.abs(second).max()).mean() < DRY_SHARE


@needs_synthesizer
def test_twenty_loops_in_the_player_do_not_drift(player: Any, made: GameExport) -> None:
    n = made.cue_sheet["loop"]["samples"]
    player.layer("normal")
    chunks = []
    while player.now < PASSES * n:  # the mixer's blocks do not divide the loop
        chunks.append(player.mix(min(2048, PASSES * n - player.now)))
    heard = np.concatenate(chunks)
    assert heard.shape == (PASSES * n, 2)
    second = heard[n : 2 * n]
    assert np.abs(second).max() > 1000
    for number in range(PASSES):
        assert np.array_equal(heard[number * n : (number + 1) * n], second)


@needs_synthesizer
def test_jumps_fall_on_bar_lines_through_transitions(player: Any, made: GameExport) -> None:
    sections = {section["id"]: section for section in made.cue_sheet["sections"]}
    player.section("verse-1")
    started = [(voice.start, voice) for voice in player.voices]
    player.mix(sections["verse-1"]["bar_samples"][1] + 500)  # into the second bar
    player.jump("chorus-1")
    line = sections["verse-1"]["bar_samples"][2]
    assert player.current[1].stop == line
    (transition,) = [t for t in made.cue_sheet["transitions"] if {"from": "verse-1", "to": "chorus-1"} in t["serves"]]
    assert player.voices[-1].start == line
    assert player.next == (line + transition["samples"], "chorus-1")
    player.mix(player.next[0] - player.now + 10)
    assert player.current[0] == "chorus-1"
    assert player.current[1].start == line + transition["samples"]
    assert started[0][1] not in player.voices  # the verse hangs no more
    # Left alone, a section repeats on the sample.
    player.mix(sections["chorus-1"]["samples"])
    assert player.current[1].start == line + transition["samples"] + sections["chorus-1"]["samples"]


@needs_synthesizer
def test_nothing_hangs_when_all_has_been_played(player: Any) -> None:
    player.section("outro-1")
    player.sting("win")
    player.sting("pickup")
    beat = round(60 / player.sheet["tempo_qpm"] * player.rate)
    assert all(voice.start % beat == 0 for voice in player.voices)
    player.next = None
    sound = player.mix(player.rate * 12)
    assert np.abs(sound).max() > 1000
    assert player.voices == []
    assert not player.mix(1000).any()


@needs_synthesizer
def test_layers_fade_into_each_other(player: Any) -> None:
    player.layer("calm")
    calm = player.mix(44100).astype(float)
    player.layer("tense")
    player.mix(4410)
    assert {name: voice.gain for name, voice in player.layers.items()} == {"calm": 0, "normal": 0, "tense": 1}
    tense = player.mix(44100).astype(float)
    assert np.sqrt((tense**2).mean()) > 1.3 * np.sqrt((calm**2).mean())


def test_the_player_has_100_lines_and_needs_only_pygame_and_numpy() -> None:
    text = PLAYER.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 100
    imported = {line.split()[1] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert imported == {"json", "sys", "dataclasses", "pathlib", "numpy", "pygame"}


@needs_synthesizer
def test_the_player_runs_as_a_program(made: GameExport) -> None:
    pytest.importorskip("pygame")
    code = (
        "import pygame, runpy, sys, threading; sys.argv = ['player', sys.argv[2]];"
        "threading.Timer(2.5, lambda: pygame.event.post(pygame.event.Event(pygame.QUIT))).start();"
        f"runpy.run_path({str(PLAYER)!r}, run_name='__main__')"
    )
    environment = os.environ | {"SDL_AUDIODRIVER": "dummy", "SDL_VIDEODRIVER": "dummy"}
    done = subprocess.run(
        [sys.executable, "-c", code, "-", str(made.folder)], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@needs_synthesizer
def test_sdl_mixer_follows_the_ogg_tags(made: GameExport, tmp_path: Path) -> None:
    """SDL_mixer reads LOOPSTART and LOOPLENGTH by itself: its output goes on into the loop, no gap, no drift."""
    pytest.importorskip("pygame")
    code = (
        "import pygame, sys, time; pygame.mixer.init(44100, -16, 2, 1024); pygame.mixer.music.load(sys.argv[1]);"
        "pygame.mixer.music.play(-1); time.sleep(float(sys.argv[2])); pygame.mixer.quit()"
    )
    raw = tmp_path / "out.raw"
    environment = os.environ | {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(raw), "SDL_DISKAUDIODELAY": "0"}
    command = [sys.executable, "-c", code, str(made.folder / "music.ogg"), "4"]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60)
    if done.returncode or not raw.exists():
        pytest.skip("this pygame has no disk audio driver")
    heard = np.fromfile(raw, dtype="<i2").reshape(-1, 2)
    music = soundfile.read(made.folder / "music.ogg", dtype="float64")[0] * 32768
    loop = read_ogg_loop(made.folder / "music.ogg")
    assert loop is not None
    first = int(np.argmax(np.abs(heard).max(axis=1) > 0)) - int(np.argmax(np.abs(np.rint(music)).max(axis=1) > 0))
    heard = heard[first:]
    end = loop.start + loop.length
    assert len(heard) > end + 2 * loop.length
    # SDL_mixer's full volume is 127/128.
    assert np.abs(heard[:end] - music * 127 / 128).max() <= 4
    for number in range((len(heard) - end) // loop.length):
        start = end + number * loop.length
        assert np.abs(heard[start : start + loop.length] - music[loop.start : end] * 127 / 128).max() <= 4


def noise_take(n_samples: int, tail: int = 0, loop: Loop | None = None) -> Take:
    """Noise, which no encoder makes small."""
    rng = np.random.default_rng(n_samples)
    return Take(rng.normal(0, 0.1, (2, n_samples + tail)).astype(np.float32), n_samples, loop)


def test_files_fit_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def play(intro: Score | None, loop: Score, options: object) -> tuple[Take, Take]:
        before, n = 0 if intro is None else BlockClock(intro, 44100).n_samples, BlockClock(loop, 44100).n_samples
        return noise_take(before + n, 4480, Loop(before + 4480, n)), noise_take(n, 0, Loop(0, n))

    monkeypatch.setattr(export, "play_with_intro", play)
    monkeypatch.setattr(export, "play_loop", lambda score, options: play(None, score, options)[1])
    monkeypatch.setattr(
        export, "play_once", lambda score, options: noise_take(BlockClock(score, 44100).n_samples, 4410)
    )
    song = make_game_song()
    sheet = export_game(song, tmp_path / "small", GameOptions(max_kb=70)).cue_sheet
    sizes = [path.stat().st_size for path in (tmp_path / "small").rglob("*") if path.is_file()]
    assert max(sizes) <= 70 * 1024
    assert sheet["audio"]["left_out"] == ["music.wav", "loop.wav"]
    assert sheet["audio"]["channels"] == 1
    ratio = 44100 // sheet["audio"]["sample_rate"]
    assert ratio > 1
    assert sheet["loop"]["samples"] * ratio == BlockClock(make_pieces(song, None, GameOptions()).loop, 44100).n_samples
    for piece in all_pieces(sheet):
        assert soundfile.info(tmp_path / "small" / piece["files"]["ogg"]).frames == (
            piece["samples"] + piece["tail_samples"])  # fmt: skip


def test_an_impossible_limit_names_the_smallest(tmp_path: Path) -> None:
    takes = {"music": noise_take(88200), "short": noise_take(4410)}
    with pytest.raises(InputError, match=r"music\.ogg .* as small as 4 kB: the smallest possible is \d+ kB") as refusal:
        write_ogg_files(takes, tmp_path, 44100, 4, lambda done, total: None)
    need = int(str(refusal.value).split("possible is ")[1].split()[0])
    assert write_ogg_files(takes, tmp_path, 44100, need, lambda done, total: None) in LADDER[-2:]
    assert write_ogg_files(takes, tmp_path, 44100, None, lambda done, total: None) == LADDER[0]


@needs_synthesizer
def test_the_cut_soundfont_is_enough(made: GameExport, font: Path) -> None:
    from symbolic_music.rendering import RenderOptions, render

    assert made.soundfont is not None
    cut = made.folder / "soundfont.sf2"
    assert made.soundfont.n_bytes == cut.stat().st_size < font.stat().st_size / 2
    for name in ("layers/tense.mid", "stingers/pickup.mid"):
        sounds = [render(made.folder / name, RenderOptions(soundfont=path)).samples for path in (font, cut)]
        assert np.array_equal(*sounds)


def test_midi_alone_needs_no_synthesizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    write_midi(make_game_song(), tmp_path / "song.mid")
    sheet = export_game(tmp_path / "song.mid", tmp_path / "out", GameOptions(audio=())).cue_sheet
    jsonschema.Draft202012Validator(load_schema()).validate(sheet)
    assert {path.suffix for path in (tmp_path / "out").rglob("*") if path.is_file()} == {".mid", ".json"}
    assert sheet["music"]["loop_start_tick"] == BAR
    assert sheet["music"]["files"] == {"midi": "music.mid"}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("--max-kb 0", "the size limit is 0 kB"),
        ("--audio mp3", "audio 'mp3' is not known; use ogg, wav or none"),
        ("--loop glorp", "section 'glorp' is not in the song; it has Intro 1, Verse 1"),
        ("--loop-dialect cc111,descent", "clash"),
        ("--transition-bars 3", "transitions of 3 bars are not possible; use 1 or 2"),
        ("--sample-rate 8000", "use 44100 or 48000"),
        ("--soundfont none.sf2", "no such file"),
    ],
)
def test_mistakes_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_midi(make_game_song(), tmp_path / "song.mid")
    with pytest.raises(SystemExit) as ending:
        main(["game", "song.mid", "-o", "out", "-q", *options.split()])
    assert ending.value.code == 2
    error = capsys.readouterr().err
    assert reason in error
    assert len(error.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["song.mid"]


def test_an_empty_song_is_refused(tmp_path: Path) -> None:
    song = make_game_song()
    empty = replace(song, tracks=tuple(replace(track, notes=track.notes[:0]) for track in song.tracks))
    with pytest.raises(InputError, match="no notes"):
        export_game(empty, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_was_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_midi(make_game_song(), tmp_path / "song.mid")
    with pytest.raises(SystemExit) as ending:
        main(["game", "song.mid", "-o", "out", "--audio", "none", "--loop", "chorus 1", "--json"])
    assert not ending.value.code
    data = json.loads(capsys.readouterr().out)
    assert data["loop_sections"] == ["chorus-1"]
    assert (data["loop_bars"], data["sections"], data["layers"], data["stingers"]) == (3, 4, 3, 3)
    assert (tmp_path / "out/music.json").exists()


def test_export_has_the_same_for_games(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, font: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    write_midi(make_game_song(), tmp_path / "song.mid")
    with pytest.raises(SystemExit) as ending:
        main(["export", "song.mid", "song.sf2", "--soundfont", str(font), "--json"])
    assert not ending.value.code
    assert json.loads(capsys.readouterr().out)["presets"] == ["0:0 Piano 1", "0:33 Fingered Bass", "0:73 Flute TB",
                                                             "128:0 Standard"]  # fmt: skip
    asked: list[object] = []

    def record(source: Path, folder: Path, options: GameOptions) -> None:
        asked.extend((source, folder, options.max_kb, options.dialects, options.cut_soundfont))
        raise InputError("enough")

    monkeypatch.setattr("symbolic_music.games.export_game", record)
    with pytest.raises(SystemExit):
        main(["export", "song.mid", "--game", "out", "--max-kb", "99", "--loop-dialect", "emidi", "--cut-soundfont"])
    assert asked == [Path("song.mid"), Path("out"), 99, ("emidi",), True]
