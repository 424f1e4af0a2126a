"""Commands over odd files, odd terminals and full disks: one line, never a traceback; what was left out is said."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from symbolic_music.cli import main
from symbolic_music.cli.display import Display
from symbolic_music.errors import BriefError
from symbolic_music.importing.leadsheets import read_foreign_lead_sheet
from symbolic_music.importing.sheet_plan import SheetPlanOptions, plan_lead_sheet
from symbolic_music.remarks import LOGGER_NAME, tell
from symbolic_music.song.brief import Brief

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"


def run_alone(
    *arguments: str | bytes, encoding: str = "utf-8", stdout: object = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own."""
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
    code = "from symbolic_music.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], stdout=stdout, stderr=subprocess.PIPE, env=environment, check=False
    )


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ending:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(ending.value.code or 0), captured.out, captured.err


def test_a_midi_file_without_markers_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "p.png"
    code, out, _ = call(capsys, "show", str(CASES / "show_no_marker.mid"), "-o", str(target), "--no-score")
    assert code == 0 and target.is_file() and str(target) in out


def test_show_when_quiet_prints_nothing_at_all(tmp_path: Path) -> None:
    import mido

    song = mido.MidiFile()
    song.tracks.append(mido.MidiTrack([mido.MetaMessage("track_name", name="歌 \U0001f3b5 \u0e2a")]))
    song.tracks.append(mido.MidiTrack([
        mido.Message("note_on", note=60, velocity=90), mido.Message("note_off", note=60, time=480),
    ]))  # fmt: skip
    song = mido.MidiFile(charset="utf-8", tracks=song.tracks)
    song.save(str(tmp_path / "song.mid"))
    done = run_alone("show", str(tmp_path / "song.mid"), "-o", str(tmp_path / "p.png"), "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_import_says_what_it_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(CASES / "kar.mid")
    code, _, said = call(capsys, "import", file, "-o", str(tmp_path / "a"))
    assert code == 0 and "Note: " in said and "chords heard from the notes" in said
    code, out, said = call(capsys, "import", file, "-o", str(tmp_path / "b"), "--json")
    assert any("chords heard" in remark for remark in json.loads(out)["remarks"]) and said == ""
    assert call(capsys, "import", file, "-o", str(tmp_path / "c"), "-q") == (0, "", "")
    assert '"lo"' not in (tmp_path / "a" / "brief.yaml").read_text(encoding="utf-8")
    assert "<text>Hel</text>" in (tmp_path / "a" / "lead.musicxml").read_text(encoding="utf-8")


def test_notes_are_said_once_and_the_first_of_many(capsys: pytest.CaptureFixture[str]) -> None:
    with Display() as display:
        for number in range(50):
            tell("a.mid", [f"{number % 30} things left out"])
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "Note: a.mid: 0 things left out"
    assert said[-1] == "Note: 10 more such notes; --json gives them all" and len(said) == 21
    assert display._remarks not in logging.getLogger(LOGGER_NAME).handlers


def test_a_tempo_that_no_song_has_is_changed_and_said(tmp_path: Path) -> None:
    path = tmp_path / "slow.abc"
    path.write_text('X:1\nT:t\nM:4/4\nL:1/4\nQ:1/4=12\nK:C\n"C"CDEF|GFED|\n', encoding="utf-8")
    plan, sheet = plan_lead_sheet(read_foreign_lead_sheet(path), SheetPlanOptions())
    assert plan.tempo_qpm == sheet.tempo_qpm == 30
    assert sheet.remarks == ("tempo 12 made 30: a song has 30 to 260 quarters a minute",)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_without_our_letters_is_no_fault(encoding: str) -> None:
    done = run_alone("plan", "pop", "--title", "Süße Жизнь 歌", "--seed", "1", "--json", encoding=encoding)
    assert done.returncode == 0 and b"Traceback" not in done.stderr
    assert json.loads(done.stdout.decode(encoding))["title"] is not None


@pytest.mark.skipif(os.name == "nt", reason="arguments are always text there")
def test_a_title_that_is_no_text_is_refused_in_one_line(tmp_path: Path) -> None:
    done = run_alone("plan", "pop", "--title", b"\xff\xfe", "-o", str(tmp_path / "plan.yaml"))
    assert done.returncode == 2 and b"signs that are no text" in done.stderr and b"Traceback" not in done.stderr
    with pytest.raises(BriefError, match="no text"):
        Brief(title="\ud800")


@pytest.mark.skipif(os.name == "nt", reason="names are always text there")
def test_sound_is_written_where_the_terminal_has_no_such_letters(tmp_path: Path) -> None:
    """In ASCII without a way out: a folder's name still is its bytes, and a prompt in other letters is refused."""
    place = tmp_path / "Süße 歌"
    place.mkdir()
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    code = (
        "import numpy, sys\nfrom pathlib import Path\nfrom symbolic_music.importing import read_prompt\n"
        "from symbolic_music.errors import BriefError\nfrom symbolic_music.rendering.audio import Audio, read_audio\n"
        "from symbolic_music.rendering.audio import write_audio\npath = Path(sys.argv[1]) / 'a.wav'\n"
        "write_audio(Audio(numpy.zeros((2, 800), numpy.float32), 8000), path)\nread_audio(path)\n"
        "try:\n    read_prompt(sys.argv[1])\nexcept BriefError as failure:\n    print(failure)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, place], env=os.environ | plain | {"PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "the prompt: it has signs that are no text; write it in UTF-8", done.stderr
    assert (place / "a.wav").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_the_output_is_one_line() -> None:
    with open("/dev/full", "wb") as full:
        done = run_alone("plan", "pop", "--seed", "1", stdout=full)
    assert done.returncode == 1
    assert done.stderr.decode().strip().splitlines()[-1].startswith("symbolic-music: the output cannot be written")
    assert b"Exception ignored" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="names are always text there")
def test_a_file_whose_name_is_no_text_is_read(tmp_path: Path) -> None:
    source = os.path.join(os.fsencode(tmp_path), b"\xff.mid")
    try:
        Path(os.fsdecode(source)).write_bytes((CASES / "kar.mid").read_bytes().replace(b"@TMy Title", b"@LMy Title"))
    except OSError:
        pytest.skip("this file system has names in UTF-8 alone")
    done = run_alone("import", source, "-o", str(tmp_path / "song"), "--json")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("arguments", "reason"), [
    (("import", "folder.mid"), "folder.mid: is a folder; give the name of a file"),
    (("plan", "--brief", "folder.mid"), "folder.mid: is a folder"),
    (("check", "file"), "file: no such song folder"),
    (("render", "a.mid", "b.mid", "-o", "file"), "file: is a file; give the name of a folder"),
    (("accompany", "a.mid", "--parts", ""), "parts: "),
])  # fmt: skip
def test_files_of_the_wrong_kind_are_named_and_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...], reason: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("folder.mid").mkdir()
    Path("file").write_text("mine", encoding="utf-8")
    for name in ("a.mid", "b.mid"):
        Path(name).write_bytes((CASES / "kar.mid").read_bytes())
    code, _, said = call(capsys, *arguments)
    assert code == 2 and reason in said.splitlines()[-1] and "PosixPath" not in said
    assert Path("file").read_text(encoding="utf-8") == "mine" and list(Path("folder.mid").iterdir()) == []
