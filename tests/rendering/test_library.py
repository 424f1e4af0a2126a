"""libfluidsynth is found where the package managers of three systems put it: simulated layouts."""

from __future__ import annotations

import ctypes.util
from pathlib import Path

import pytest

from symbolic_music.errors import RenderError
from symbolic_music.rendering import library, synthesizer
from symbolic_music.rendering.library import ENVIRONMENT_VARIABLE, choose_library, fluidsynth_files, found


def put(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"no library")
    return folder / name


@pytest.mark.parametrize(("folder", "name"), [
    ("opt/homebrew/lib", "libfluidsynth.dylib"),  # Homebrew on Apple silicon
    ("opt/homebrew/opt/fluid-synth/lib", "libfluidsynth.3.dylib"),
    ("usr/local/lib", "libfluidsynth.dylib"),  # Homebrew on Intel
    ("opt/local/lib", "libfluidsynth.3.dylib"),  # MacPorts
])  # fmt: skip
def test_on_a_mac_it_is_found(tmp_path: Path, folder: str, name: str) -> None:
    file = put(tmp_path / folder, name)
    assert fluidsynth_files("darwin", {}, tmp_path, tmp_path / "python") == [file]


def test_on_a_mac_the_homebrew_in_use_goes_first(tmp_path: Path) -> None:
    intel, own = put(tmp_path / "usr/local/lib", "libfluidsynth.dylib"), put(tmp_path / "b/lib", "libfluidsynth.dylib")
    environment = {"HOMEBREW_PREFIX": str(tmp_path / "b")}
    assert fluidsynth_files("darwin", environment, tmp_path, tmp_path / "python") == [own, intel]


@pytest.mark.parametrize(("folder", "name", "variable"), [
    ("tools/fluidsynth/bin", "libfluidsynth-3.dll", None),  # Chocolatey, before
    ("choco/lib/fluidsynth/tools/fluidsynth-2.5.6-win10-x64/bin", "fluidsynth-3.dll", "ChocolateyInstall"),
    ("vc/installed/x64-windows/bin", "fluidsynth-3.dll", "VCPKG_ROOT"),
    ("vcpkg/installed/arm64-windows/bin", "libfluidsynth-3.dll", None),
    ("msys64/ucrt64/bin", "libfluidsynth-3.dll", None),
    ("Program Files/FluidSynth/bin", "libfluidsynth-3.dll", None),
    ("python/Library/bin", "fluidsynth-3.dll", None),  # conda
])  # fmt: skip
def test_on_windows_it_is_found(tmp_path: Path, folder: str, name: str, variable: str | None) -> None:
    file = put(tmp_path / folder, name)
    environment = {"SystemDrive": str(tmp_path), "ProgramData": str(tmp_path / "data"), "PATH": ""}
    if variable is not None:
        environment[variable] = str(tmp_path / Path(folder).parts[0])
    assert fluidsynth_files("win32", environment, Path("/nowhere"), tmp_path / "python") == [file]


def test_on_windows_the_path_goes_first_with_its_quotes(tmp_path: Path) -> None:
    other, file = put(tmp_path / "tools/fluidsynth/bin", "fluidsynth-3.dll"), put(tmp_path / "my bin", "fluidsynth.dll")
    path = f'{tmp_path / "none"};"{tmp_path / "my bin"}";;'
    environment = {"SystemDrive": str(tmp_path), "PATH": path}
    assert fluidsynth_files("win32", environment, Path("/nowhere"), tmp_path / "python") == [file, other]


def test_on_linux_a_conda_or_linuxbrew_library_is_found(tmp_path: Path) -> None:
    conda = put(tmp_path / "conda/lib", "libfluidsynth.so.3")
    brew = put(tmp_path / "home/linuxbrew/.linuxbrew/lib", "libfluidsynth.so")
    assert fluidsynth_files("linux", {}, tmp_path, tmp_path / "conda") == [conda, brew]


def test_what_the_user_names_goes_first_a_file_or_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = library._NAMES.get(library.sys.platform, library._NAMES["linux"])[0]
    file = put(tmp_path / "mine", name)
    for named in (file, file.parent):
        monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(named))
        assert choose_library() == file
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "gone"))
    monkeypatch.delitem(synthesizer.sys.modules, "fluidsynth", raising=False)
    with pytest.raises(RenderError, match=f"{ENVIRONMENT_VARIABLE}=.*no libfluidsynth there"):
        synthesizer.load_fluidsynth()


def test_a_library_for_another_processor_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setattr(library.ctypes.util, "find_library", lambda name: None)
    broken = put(tmp_path, "libfluidsynth.so.3")
    monkeypatch.setattr(library, "fluidsynth_files", lambda: [broken])
    assert choose_library() is None
    monkeypatch.setattr(library, "_loads", lambda file: True)
    assert choose_library() == broken


def test_the_search_of_the_binding_finds_it_and_is_itself_again(tmp_path: Path) -> None:
    search = ctypes.util.find_library
    with found(tmp_path / "libfluidsynth.so.3"):
        assert ctypes.util.find_library("fluidsynth") == str(tmp_path / "libfluidsynth.so.3")
        assert ctypes.util.find_library("no such library") is None
    assert ctypes.util.find_library is search


@pytest.mark.parametrize(("system", "command"), [
    ("linux", "apt-get install"), ("darwin", "brew install"), ("win32", "choco install"),
])  # fmt: skip
def test_each_system_is_told_its_own_command(monkeypatch: pytest.MonkeyPatch, system: str, command: str) -> None:
    def none() -> None:
        raise ImportError

    monkeypatch.setattr(synthesizer, "choose_library", none)
    monkeypatch.delitem(synthesizer.sys.modules, "fluidsynth", raising=False)
    monkeypatch.setattr(synthesizer.sys, "platform", system)
    with pytest.raises(RenderError, match=command):
        synthesizer.load_fluidsynth()
