"""Atomic writing: all or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from symbolic_music.errors import InputError, OutputError
from symbolic_music.formats.atomic import atomic_folder, atomic_path


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
