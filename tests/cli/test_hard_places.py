"""Commands where nothing can be written, or that are stopped: one line, the right exit code, nothing half written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from symbolic_music.formats.midi import read_midi
from tests.cli.test_robust import CASES, ROOT, call

SHEET, SONG = str(CASES / "bflat.musicxml"), str(CASES / "kar.mid")
# What each command of files writes into a folder.
WRITING = (
    ("import", SONG, "-o", "new"), ("arrange", SHEET, "-o", "band.mid"), ("export", SHEET, "tune.mid"),
    ("vary", SHEET, "-n", "2", "-o", "new"), ("show", SONG, "-o", "p.png", "--no-score"),
    ("plan", "pop", "--seed", "1", "-o", "plan.yaml"),
)  # fmt: skip


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
@pytest.mark.usefixtures("small_model")
@pytest.mark.parametrize("arguments", WRITING, ids=lambda arguments: arguments[0])
def test_a_folder_that_is_read_only_is_named_and_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o555)
    try:
        code, _, said = call(capsys, *arguments)
    finally:
        tmp_path.chmod(0o755)
    assert code == 2 and "cannot be written: permission denied" in said.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("small_model")
@pytest.mark.parametrize("arguments", WRITING, ids=lambda arguments: arguments[0])
def test_control_c_at_the_last_moment_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "replace", interrupt)
    code, _, said = call(capsys, *arguments)
    assert code == 130 and said.splitlines()[-1] == "symbolic-music: interrupted; nothing was written"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="limits differ")
def test_a_file_that_the_disk_has_no_room_for_is_one_line(tmp_path: Path) -> None:
    code = (
        "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))\n"
        "from symbolic_music.cli import main; main()"
    )
    command = [sys.executable, "-B", "-c", code, "import", SONG, "-o", "song"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].endswith("cannot be written: file too large")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="pipes differ")
def test_a_reader_that_goes_away_ends_the_run_without_a_word() -> None:
    """As in `symbolic-music styles | head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", "from symbolic_music.cli import main; main()", "styles"]
    with open(writing, "wb") as pipe:
        done = subprocess.run(command, cwd=ROOT, stdout=pipe, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(os.name == "nt", reason="shells differ")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_a_run_without_output_writes_its_files_all_the_same(tmp_path: Path, closed: str) -> None:
    code = "from symbolic_music.cli import main; main()"
    command = ["sh", "-c", f'"$@" {closed}', "sh", sys.executable, "-c", code, "export", SHEET, str(tmp_path / "a.mid")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0 and b"fault" not in done.stderr
    assert len(read_midi(tmp_path / "a.mid").tracks[0].notes) == 16


def test_a_path_that_no_file_system_takes_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("/".join(["d" * 200] * 25), "y" * 300):
        code, _, said = call(capsys, "import", SONG, "-o", str(tmp_path / name))
        assert code == 2 and "name too long" in said.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_drums_alone_are_no_tune_and_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("import", "arrange"):
        code, _, said = call(capsys, command, str(CASES / "zero_length_drums.mid"), "-o", str(tmp_path / "a.mid"))
        assert code == 2 and said.splitlines()[-1].endswith("only drums sound in it; a song needs a tune")
