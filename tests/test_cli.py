"""The command line: songs in folders, one line for every mistake, nothing half-written."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import mido
import pytest
import yaml

from symbolic_music.cli import main

Run = Callable[..., tuple[int, str, str]]
FILES = {"song.mid", "lead.musicxml", "plan.yaml", "brief.yaml", "provenance.json", "history.yaml"}
ROOT = Path(__file__).resolve().parents[1]
PLAN = """
title: Test
tempo_qpm: 120
n_bars: 8
sections:
- {name: verse, kind: verse, n_bars: 4, key: C major, intensity: 0.4,
   phrases: [{name: a, letter: A, n_bars: 4}]}
- {name: chorus, kind: chorus, n_bars: 4, key: C major, intensity: 0.8,
   phrases: [{name: b, letter: B, n_bars: 4, cadence: authentic}]}
"""


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command inside a fresh folder; gives exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ending:
            main(list(arguments))
        captured = capsys.readouterr()
        return int(ending.value.code or 0), captured.out, captured.err

    return call


def one_line(result: tuple[int, str, str], code: int = 2) -> str:
    """Check a refusal: its code, nothing on stdout, its last line on stderr, no traceback."""
    assert result[0] == code, result
    assert result[1] == ""
    assert "Traceback" not in result[2]
    last = result[2].strip().splitlines()[-1]
    assert last.startswith("symbolic-music: ")
    return last


@pytest.mark.usefixtures("small_model")
def test_create_makes_the_whole_folder(run: Run, tmp_path: Path) -> None:
    options = ("--bars", "16", "--seed", "7", "--candidates", "1", "--audio", "none")
    code, out, err = run("create", "happy pop song about summer", *options)
    assert code == 0, err
    assert {path.name for path in (tmp_path / "song").iterdir()} == FILES
    assert "genre pop" in err
    assert "Seed: 7" in err
    assert "Your song is in song" in out
    provenance = json.loads((tmp_path / "song/provenance.json").read_text())
    assert provenance["seed"] == 7
    assert provenance["prompt"] == "happy pop song about summer"
    assert {row["name"] for row in provenance["training_sources"]} >= {"POP909", "Nottingham", "SALAMI"}
    brief = yaml.safe_load((tmp_path / "song/brief.yaml").read_text())
    assert (brief["genre"], brief["mood"], brief["n_bars"], brief["seed"]) == ("pop", "happy", 16, 7)


@pytest.mark.render
@pytest.mark.usefixtures("small_model")
def test_create_renders_sound(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("fluidsynth", exc_type=ImportError)
    code, _, err = run("create", "--plan", "plan.yaml", "-o", "out/deep", "-q")
    assert (code, err) == (0, "")
    assert {path.name for path in (tmp_path / "out/deep").iterdir()} == FILES | {"song.wav"}
    assert (tmp_path / "out/deep/song.wav").stat().st_size > 44100 * 4 * 15
    # Without sound, the sound of the earlier song must not stay beside the new notes.
    assert run("create", "--plan", "plan.yaml", "-o", "out/deep", "-q", "--audio", "none", "--seed", "9")[0] == 0
    assert {path.name for path in (tmp_path / "out/deep").iterdir()} == FILES | {"history"}


@pytest.mark.usefixtures("small_model")
def test_same_seed_same_notes_another_seed_others(run: Run, tmp_path: Path) -> None:
    for folder, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        assert run("create", "--plan", "plan.yaml", "--seed", seed, "--audio", "none", "-q", "-o", folder)[0] == 0
    midi = {name: (tmp_path / name / "song.mid").read_bytes() for name in "abc"}
    assert midi["a"] == midi["b"] != midi["c"]


@pytest.mark.usefixtures("small_model")
def test_steps_one_by_one_make_the_same_song(run: Run, tmp_path: Path) -> None:
    for step in (
        ("compose", "plan.yaml", "-o", "lead.musicxml"),
        ("arrange", "lead.musicxml"),
        ("perform", "band.mid"),
        ("create", "--plan", "plan.yaml", "--audio", "none"),
    ):
        code, _, err = run(*step)
        assert code == 0, err
    assert (tmp_path / "song.mid").read_bytes() == (tmp_path / "song/song.mid").read_bytes()
    assert "off the grid" in one_line(run("perform", "song.mid"))


@pytest.mark.parametrize(
    ("meter", "tempo", "key"), [("4/4", 96, "D major"), ("3/4", 150, "F# minor"), ("6/8", 80, "Bb major")]
)
@pytest.mark.usefixtures("small_model")
def test_what_is_asked_is_what_is_in_the_file(run: Run, tmp_path: Path, meter: str, tempo: int, key: str) -> None:
    options = ("--meter", meter, "--tempo", str(tempo), "--key", key, "--bars", "16", "--candidates", "1")
    code, out, err = run("create", *options, "--audio", "none", "--json")
    assert code == 0, err
    data = json.loads(out)
    assert (data["meter"], data["tempo_qpm"], data["key"], data["n_bars"]) == (meter, tempo, key, 16)
    song = mido.MidiFile(tmp_path / "song/song.mid")
    metas = {message.type: message for message in reversed(song.tracks[0])}
    assert f"{metas['time_signature'].numerator}/{metas['time_signature'].denominator}" == meter
    assert round(mido.tempo2bpm(metas["set_tempo"].tempo)) == tempo
    assert metas["key_signature"].key == key.replace(" major", "").replace(" minor", "m")
    bar = 480 * 4 * metas["time_signature"].numerator // metas["time_signature"].denominator
    assert {sum(message.time for message in track) for track in song.tracks} == {16 * bar}


def test_plan_is_shown_and_written(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("plan", "waltz in D", "--bars", "32", "--seed", "1")
    assert code == 0
    assert yaml.safe_load(out)["meter"] == "3/4"
    run("plan", "waltz in D", "--bars", "32", "--seed", "1", "-o", "waltz.yaml")
    assert (tmp_path / "waltz.yaml").read_text().strip() == out.strip()


def test_random_seed_is_said_and_recorded(run: Run) -> None:
    seeds = set()
    for _ in range(2):
        code, out, err = run("plan", "pop", "--bars", "16")
        assert code == 0
        assert f"Seed: {yaml.safe_load(out)['seed']}" in err
        seeds.add(yaml.safe_load(out)["seed"])
    assert len(seeds) == 2


def test_nearer_wins(run: Run, tmp_path: Path) -> None:
    (tmp_path / "brief.yaml").write_text("genre: jazz\nkey: Bb\nn_bars: 64\nseed: 5\n", encoding="utf-8")
    code, out, _ = run("plan", "rock song, 32 bars", "--brief", "brief.yaml", "--key", "E minor")
    made = yaml.safe_load(out)
    assert code == 0
    assert (made["genre"], made["sections"][0]["key"], made["n_bars"], made["seed"]) == ("rock", "E minor", 32, 5)


def test_a_length_of_time_is_asked_for_as_a_clock_shows_it(run: Run) -> None:
    code, out, _ = run("plan", "--duration", "1:30", "--tempo", "120", "--meter", "4/4", "--seed", "1", "--json")
    assert code == 0
    assert json.loads(out)["duration_sec"] == 90


def test_an_option_that_overrules_the_prompt_is_said_to(run: Run) -> None:
    code, out, err = run("plan", "slow song in D, 2 minutes", "--tempo", "180", "--bars", "32", "--seed", "1")
    made = yaml.safe_load(out)
    assert code == 0
    assert (made["tempo_qpm"], made["n_bars"], made["sections"][0]["key"]) == (180, 32, "D major")
    understood, without = (line for line in err.splitlines() if "nderstood" in line)
    assert "tempo" not in understood and "length" not in understood and "D major" in understood
    assert "'slow' (--tempo goes before it)" in without and "'2 minutes' (--bars goes before it)" in without


def test_json_is_all_that_is_printed(run: Run) -> None:
    code, out, err = run("plan", "happy glorp", "--json", "--seed", "2")
    assert (code, err) == (0, "")
    assert json.loads(out)["not_understood"] == ["glorp"]


@pytest.mark.parametrize(("source", "target"), [("plan.yaml", "again.json"), ("plan.json", "again.yaml")])
def test_export_documents(run: Run, tmp_path: Path, source: str, target: str) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(yaml.safe_load(PLAN)), encoding="utf-8")
    assert run("export", source, target, "-q") == (0, "", "")
    assert yaml.safe_load((tmp_path / target).read_text())["n_bars"] == 8


def test_show_draws(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "one.mid").write_bytes(_tiny_midi(tmp_path))
    assert run("show", "one.mid", "-o", "one.png", "-q")[0] == 0
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")


def _tiny_midi(folder: Path) -> bytes:
    """One note and one marker."""
    song = mido.MidiFile(type=1, ticks_per_beat=480)
    song.tracks.append(mido.MidiTrack([mido.MetaMessage("marker", text="Verse 1")]))
    notes = [mido.Message("note_on", note=60, velocity=80), mido.Message("note_off", note=60, time=480)]
    song.tracks.append(mido.MidiTrack(notes))
    song.save(folder / "tiny.mid")
    return (folder / "tiny.mid").read_bytes()


REFUSED = {
    "plan --bars 0": "'--bars': 0 is out of range; use 4 to 400",
    "plan --bars many": "'--bars'",
    "plan --tempo 5": "'--tempo': 5 is out of range; use 30 to 260",
    "plan --seed -1": "'--seed': -1 is out of range",
    "plan --key H": "key: 'H' is not a key; write a tonic A to G",
    "plan --meter 11/8": "meter: '11/8' is not a supported meter; use one of 4/4, 3/4, 2/4, 6/8, 12/8",
    "plan --genre polka": "'polka' is not a genre; use one of pop, rock",
    "plan --mood beige": "'beige' is not a mood; use one of neutral, happy",
    "plan --duration soon": "--duration: 'soon' is not a length; write 2:30",
    "plan --duration 5": "duration_sec",
    "plan --chords Q": "'Q' is not a chord symbol",
    "plan --band kazoo": "band: 'kazoo' is not an instrument that is known",
    "plan --band ,": "band: name at least one instrument",
    "plan --form glorp": "form",
    "plan --brief none.yaml": "none.yaml: no such file",
    "plan -o no/such/plan.yaml": "cannot be written",
    "plan --glorp": "No such option: --glorp",
    "glorp": "No such command 'glorp'",
    "create --plan none.yaml": "none.yaml: no such file",
    "create --plan plan.yaml --key C": "leave --key out",
    "create waltz --plan plan.yaml": "--plan says all that the prompt would; leave the prompt out, or change it in",
    "create --audio mp3": "audio 'mp3' is not known; use one of wav, none",
    "create --soundfont none.sf2": "no such file",
    "create --soundfont plan.yaml": "is not a soundfont",
    "create --soundfont broken.sf2": "broken",
    "create -o plan.yaml": "is a file; give the name of a folder",
    "compose broken.yaml": "broken.yaml: not valid YAML",
    "compose short.yaml": "n_bars is 9, but the sections have 8 bars together",
    "compose misspelt.yaml": "tempo",
    "compose plan.yaml -o lead.txt": "must end in .musicxml",
    "arrange plan.yaml": "plan.yaml",
    "render photo.mid": "photo.mid: not a MIDI file",
    "render none.mid": "none.mid: no such file",
    "render photo.mid -o song.txt": "must end in .wav",
    "perform photo.mid": "photo.mid: not a MIDI file",
    "export plan.yaml song.wav": "plan.yaml cannot be exported to song.wav; possible are",
    "export . song.wav": "is a song folder, which is written in whole formats: --to",
    "show photo.mid": "photo.mid: not a MIDI file",
}


@pytest.mark.parametrize("command", REFUSED)
def test_mistakes_are_one_line(run: Run, tmp_path: Path, command: str) -> None:
    (tmp_path / "broken.yaml").write_text("sections: [", encoding="utf-8")
    (tmp_path / "short.yaml").write_text(PLAN.replace("n_bars: 8", "n_bars: 9", 1), encoding="utf-8")
    (tmp_path / "misspelt.yaml").write_text(PLAN.replace("tempo_qpm", "tempo", 1), encoding="utf-8")
    (tmp_path / "photo.mid").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    (tmp_path / "broken.sf2").write_bytes(b"RIFF\x10\x00\x00\x00sfbkLIST")
    before = sorted(tmp_path.rglob("*"))
    assert REFUSED[command] in one_line(run(*command.split()))
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may write anywhere")
def test_folder_without_permission(run: Run, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "cannot be written: permission denied" in one_line(run("create", "pop", "-o", "locked/song"))


def test_no_libfluidsynth_is_said_before_the_work(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    assert "fluidsynth" in one_line(run("create", "pop"))
    assert not (tmp_path / "song").exists()


def test_interruption_leaves_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        assert (tmp_path / "new").is_dir()
        raise KeyboardInterrupt

    monkeypatch.setattr("symbolic_music.pipeline.likeness.run_compose", interrupt)
    before = sorted(tmp_path.rglob("*"))
    assert "interrupted" in one_line(run("create", "pop", "--audio", "none", "-o", "new/song"), 130)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_fault_of_ours_is_one_line_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("symbolic_music.pipeline.creation.run_plan", fail)
    assert "a fault of the program: ZeroDivisionError: oops" in one_line(run("plan", "pop"), 1)


def test_a_swallowed_control_c_is_raised_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from symbolic_music.planning import plan as real_plan

    def swallow(brief: object) -> object:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return real_plan(brief)  # type: ignore[arg-type]

    monkeypatch.setattr("symbolic_music.planning.plan", swallow)
    assert "interrupted" in one_line(run("create", "pop", "--audio", "none", "-o", "new/song"), 130)
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
def test_control_c_in_a_real_process(tmp_path: Path) -> None:
    code = "from symbolic_music.cli import main; main()"
    command = [sys.executable, "-c", code, "create", "pop song", "--audio", "none", "-o", str(tmp_path / "song")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("Seed"):
                break
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode in (130, 2), rest  # 2: a checkout without weights
    assert "Traceback" not in rest
    assert not (tmp_path / "song").exists()


def test_first_line_comes_within_five_seconds(tmp_path: Path) -> None:
    start = time.monotonic()
    command = [sys.executable, "-c", "from symbolic_music.cli import main; main()", "plan", "pop", "--bars", "16"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() != ""
        assert time.monotonic() - start < 5
        process.stderr.read()


@pytest.mark.parametrize("command", ["", "create", "plan", "compose", "arrange", "perform", "render", "export", "show"])
def test_help_teaches(run: Run, command: str) -> None:
    code, out, _ = run(*command.split(), "--help")
    assert code == 0
    assert "Example" in out


def test_the_package_is_the_command_line_too() -> None:
    command = [sys.executable, "-m", "symbolic_music", "--version"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("symbolic-music ")


def test_shells_complete_commands_and_options() -> None:
    question = {"COMP_WORDS": "symbolic-music cre", "COMP_CWORD": "1", "_SYMBOLIC_MUSIC_COMPLETE": "complete_bash"}
    command = [sys.executable, "-m", "symbolic_music"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | question, check=False)
    assert shown.stdout.split() == ["create"], shown


def test_version(run: Run) -> None:
    import symbolic_music

    assert run("--version")[1].strip() == f"symbolic-music {symbolic_music.__version__}"
    assert f'version = "{symbolic_music.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.usefixtures("small_model")
def test_a_file_of_somebody_else_or_changed_since_stays(run: Run, tmp_path: Path) -> None:
    sheet, score = tmp_path / "lead.musicxml", tmp_path / "band.mid"
    sheet.write_text("mine", encoding="utf-8")
    told = one_line(run("compose", "plan.yaml"))
    assert "lead.musicxml: was not written by symbolic-music, or was changed since" in told and "--force" in told
    assert sheet.read_text(encoding="utf-8") == "mine"
    assert run("compose", "plan.yaml", "--force")[0] == 0
    # What the program wrote itself is replaced without a word, until somebody changes it.
    assert run("compose", "plan.yaml", "--seed", "4")[0] == 0
    assert run("arrange", "lead.musicxml")[0] == run("arrange", "lead.musicxml")[0] == 0
    score.write_bytes(score.read_bytes() + b"changed")
    one_line(run("arrange", "lead.musicxml"))
    assert score.read_bytes().endswith(b"changed")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "lead.abc").write_text("X:1", encoding="utf-8")
    assert run("create", "--plan", "plan.yaml", "--audio", "none", "-q")[0] == 0
    one_line(run("export", "song", "--to", "abc,musicxml", "-o", "out"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["lead.abc"]


@pytest.mark.usefixtures("small_model")
def test_what_may_not_be_written_is_refused_before_the_work(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*given: object, **options: object) -> None:
        raise AssertionError("the work was begun")

    assert run("create", "--plan", "plan.yaml", "--audio", "none", "-q")[0] == 0
    for name in (
        "out/song.mid",
        "game/music.json",
        "vary/variations.json",
        "why.txt",
        "longer.mid",
        "page.html",
        "d.svg",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine", encoding="utf-8")
    for place in (
        "symbolic_music.formats.midi.write_midi",
        "symbolic_music.pipeline.variations.vary_sheet", "symbolic_music.pipeline.explaining.write_explanation",
        "symbolic_music.pipeline.own_music.continue_song", "symbolic_music.evaluation.reading.read_songs",
        "symbolic_music.games.export._write_sound", "symbolic_music.pipeline.songs.differences",
    ):  # fmt: skip
        monkeypatch.setattr(place, work)
    for command in (
        ("export", "song", "--to", "midi", "-o", "out"), ("game", "song", "-o", "game"),
        ("vary", "song", "-n", "2", "-o", "vary"), ("explain", "song", "-o", "why.txt"),
        ("continue", "song", "--bars", "2", "-o", "longer.mid"), ("evaluate", "song", "-o", "page.html"),
        ("diff", "song", "song", "--picture", "d.svg"),
    ):  # fmt: skip
        assert "was not written by symbolic-music" in one_line(run(*command)), command
    assert (tmp_path / "out" / "song.mid").read_text(encoding="utf-8") == "mine"
