"""Atomic writing: all or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from symbolic_music.errors import InputError, OutputError
from symbolic_music.formats.atomic import _temporary_name, atomic_folder, atomic_path

ROOT = Path(__file__).resolve().parents[2]


def test_a_file_is_replaced_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with atomic_path(target) as temporary:
        temporary.write_text("new")
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".txt")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, InputError("bad"), ValueError("bad")])
def test_nothing_is_left_of_a_file(tmp_path: Path, failure: BaseException) -> None:
    with pytest.raises(BaseException), atomic_path(tmp_path / "a.txt") as temporary:  # noqa: B017
        temporary.write_text("half")
        raise failure
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    for bad in (tmp_path / "none" / "a.txt", tmp_path / "file" / "a.txt", tmp_path):
        with pytest.raises(OutputError), atomic_path(bad):
            pass
    with pytest.raises(OutputError, match="is a file"), atomic_folder(tmp_path / "file"):
        pass
    with pytest.raises(OutputError), atomic_folder(tmp_path / "file" / "song"):
        pass

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OutputError, match="permission denied"), atomic_path(tmp_path / "b.txt") as temporary:
        temporary.write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="permission denied"), atomic_folder(tmp_path / "song"):
            pass
        tmp_path.chmod(0o000)
        with pytest.raises(OutputError, match="permission denied"), atomic_folder(tmp_path / "new" / "song"):
            pass
        with pytest.raises(OutputError, match="permission denied"), atomic_path(tmp_path / "new" / "song"):
            pass
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_is_filled_and_refilled(tmp_path: Path) -> None:
    target = tmp_path / "new" / "song"
    with atomic_folder(target) as folder:
        (folder / "song.mid").write_text("1")
        (folder / "stems").mkdir()
        (folder / "stems" / "a.wav").write_text("a")
        assert not (target / "song.mid").exists()
    (target / "mine.txt").write_text("mine")
    with atomic_folder(target) as folder:
        (folder / "song.mid").write_text("2")
    found = {str(path.relative_to(target)): path.read_text() for path in target.rglob("*") if path.is_file()}
    assert found == {"song.mid": "2", "stems/a.wav": "a", "mine.txt": "mine"}


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), InputError("bad")])
def test_nothing_is_left_of_a_folder(tmp_path: Path, failure: BaseException) -> None:
    with pytest.raises(type(failure)), atomic_folder(tmp_path / "new" / "song") as folder:
        (folder / "song.mid").write_text("half")
        raise failure
    assert list(tmp_path.iterdir()) == []
    kept = tmp_path / "song"
    kept.mkdir()
    (kept / "song.mid").write_text("old")
    with pytest.raises(type(failure)), atomic_folder(kept) as folder:
        (folder / "song.mid").write_text("half")
        raise failure
    assert [path.name for path in kept.iterdir()] == ["song.mid"]
    assert (kept / "song.mid").read_text() == "old"


def finished_process() -> int:
    """The number of a process that has ended."""
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    return int(done.stdout)


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom symbolic_music.formats.atomic import atomic_folder\n"
        "with atomic_folder(sys.argv[1]) as unfinished:\n"
        "    (unfinished / 'a.txt').write_text('half')\n    os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=False)
    assert len(list(tmp_path.iterdir())) == 1
    with atomic_folder(tmp_path) as unfinished:
        assert list(tmp_path.iterdir()) == [unfinished]
        (unfinished / "b.txt").write_text("whole", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]


def test_what_others_are_writing_stays(tmp_path: Path) -> None:
    gone, machine = finished_process(), _temporary_name().split("-")[1]
    running = tmp_path / f".unfinished-{machine}-{os.getpid()}-00000000"
    elsewhere = tmp_path / f".unfinished-00000000-{gone}-00000000"
    unknown = tmp_path / ".unfinished-notes"
    left = tmp_path / f".unfinished-{machine}-{gone}-00000000.mid"
    for place in (running, elsewhere, unknown):
        place.mkdir()
    left.write_bytes(b"half")
    with atomic_path(tmp_path / "song.mid") as temporary:
        temporary.write_bytes(b"whole")
    assert {path.name for path in tmp_path.iterdir()} == {running.name, elsewhere.name, unknown.name, "song.mid"}


def test_a_long_name_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 250 + ".txt")
    with atomic_path(path) as temporary:
        temporary.write_text("whole", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "whole"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_devices_and_pipes_are_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.mid"
    os.mkfifo(pipe)
    for place in (pipe, Path("/dev/null"), Path("/dev/stdout")):
        with pytest.raises(OutputError, match="device or a pipe"), atomic_path(place):
            raise AssertionError("nothing may be written")
    assert pipe.is_fifo() and Path("/dev/null").is_char_device()
