"""Nothing depends on one system: text is UTF-8 in any language, names differ by more than case."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from symbolic_music.limits import read_text_file
from symbolic_music.pipeline.creation import CreateOptions, create, load_song
from symbolic_music.pipeline.song_export import SongExportOptions, export_song
from symbolic_music.song.brief import Brief
from symbolic_music.song.document import parse_data

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "symbolic_music").rglob("*.py"))
_TEXT_CALLS = ("read_text", "write_text")


def calls_without_encoding(tree: ast.AST) -> list[int]:
    """Lines that read or write text without saying in which encoding."""
    lines = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or any(word.arg == "encoding" for word in node.keywords):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        modes = [a.value for a in (*node.args, *(w.value for w in node.keywords)) if isinstance(a, ast.Constant)]
        is_binary = any(isinstance(mode, str) and "b" in mode and len(mode) <= 3 for mode in modes)
        if name in _TEXT_CALLS or (isinstance(node.func, ast.Name) and name == "open" and not is_binary):
            lines.append(node.lineno)
    return lines


def test_text_is_read_and_written_in_a_named_encoding() -> None:
    lines = {path: calls_without_encoding(ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES}
    assert {str(path.relative_to(ROOT)): found for path, found in lines.items() if found} == {}


def test_the_check_itself_sees_a_fault() -> None:
    assert calls_without_encoding(
        ast.parse("p.read_text()\nopen('a')\nopen('a', 'rb')\np.write_text('a', encoding='x')")
    ) == [1, 2]


def test_names_of_files_differ_by_more_than_case() -> None:
    known = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    if len(known) < 10:
        pytest.skip("not a git checkout")
    assert len({name.lower() for name in known}) == len(known)
    assert not [name for name in known if set(name) & set('<>:"\\|?*')]


@pytest.mark.skipif(os.name == "nt", reason="the language is set otherwise there")
def test_files_are_utf_8_whatever_the_machine_speaks(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON"))}
    environment |= {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONPATH": str(ROOT)}
    code = "from symbolic_music.cli import main; main()"
    target = tmp_path / "plän.yaml"
    done = subprocess.run(
        [sys.executable, "-c", code, "plan", "pop", "--seed", "1", "-o", str(target)],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(target.read_text(encoding="utf-8"))["seed"] == 1


def test_line_ends_of_every_system_are_read(tmp_path: Path) -> None:
    for name, end in (("unix", "\n"), ("dos", "\r\n"), ("mac", "\r")):
        path = tmp_path / f"{name}.yaml"
        path.write_bytes(b"\xef\xbb\xbf" + f"title: Süß{end}seed: 3{end}".encode())
        assert parse_data(read_text_file(path), name) == {"title": "Süß", "seed": 3}


def test_a_song_is_written_deep_in_folders_with_names_that_no_system_has_trouble_with(
    tmp_path: Path, small_model: None
) -> None:
    """260 letters are the bound of Windows unless a program asks for more, so a song adds few to its folder's."""
    title = 'CON: <Fünf/Sechs> "7" | 8? * nul. '
    folder = tmp_path / ("d" * 60) / ("e" * 60) / "song"
    create(Brief(title=title, n_bars=4, seed=1), folder, CreateOptions("none", candidates=1))
    export_song(folder, ["stems", "rpp", "dawproject", "abc"], folder / "out", SongExportOptions(audio="none"))
    assert load_song(folder).plan.title == title
    names = [path.relative_to(folder) for path in folder.rglob("*")]
    assert len(names) > 10
    for name in names:
        for part in name.parts:
            assert not set(part) & set('<>:"\\|?*') and part == part.strip(" .")
            assert part.split(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}
        assert len(str(name)) < 80
    assert len({str(name).lower() for name in names}) == len(names)


def test_the_matrix_names_three_systems() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))["jobs"]
    systems = jobs["test"]["strategy"]["matrix"]["os"]
    assert [name.split("-")[0] for name in systems] == ["ubuntu", "macos", "windows"]
    commands = " ".join(str(step.get("run", "")) for job in jobs.values() for step in job["steps"])
    targets = set((ROOT / "Makefile").read_text(encoding="utf-8").split())
    assert all(f"{word}:" in targets for word in ("lint", "fuzz") if f"make {word}" in commands)
