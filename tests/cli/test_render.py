"""The `render` and `soundfonts` commands: names of outputs, several files, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symbolic_music.cli import main
from symbolic_music.errors import InputError
from symbolic_music.formats.midi import write_midi
from symbolic_music.rendering.apart import render_apart
from symbolic_music.rendering.soundfont import is_installed
from tests.rendering.fonts import make_soundfont
from tests.rendering.test_performance import make_score


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ending:
        main(list(arguments))
    shown = capsys.readouterr()
    return int(ending.value.code or 0), shown.out, shown.err


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    make_soundfont(tmp_path / "font.sf2", ((0, 0, "Piano"), (0, 1, "Piano 2")))
    write_midi(make_score(), tmp_path / "a.mid")
    return tmp_path


@pytest.mark.render
def test_one_file(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    code, out, err = run(
        capsys, "render", "a.mid", "-o", "b.flac", "--soundfont", "font.sf2", "--bits", "24", "--reverb", "hall",
        "--tail", "0.5", "--loudness", "-16", "--stems", "--json",
    )  # fmt: skip
    assert code == 0, err
    data = json.loads(out)
    assert data["loudness_lufs"] == pytest.approx(-16, abs=0.5)
    assert data["true_peak_dbtp"] <= -1
    assert [Path(stem).name for stem in data["stems"]] == ["01 T0.flac", "02 T1.flac"]
    assert {path.name for path in place.iterdir()} == {"a.mid", "font.sf2", "b.flac", "b-stems"}


@pytest.mark.render
def test_a_soundfont_from_elsewhere_is_played_in_a_process_of_its_own(
    capsys: pytest.CaptureFixture[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "soundfonts").mkdir()
    installed = place / "soundfonts" / "font.sf2"
    installed.write_bytes((place / "font.sf2").read_bytes())
    assert is_installed(None) and is_installed("font") and is_installed(installed) and not is_installed("font.sf2")
    apart: list[object] = []
    play = lambda *given, **named: apart.append(given) or render_apart(*given, **named)  # noqa: E731
    monkeypatch.setattr("symbolic_music.cli.render.render_apart", play)
    for name, n_apart in (("font.sf2", 1), ("soundfonts/font.sf2", 1)):
        code, _, err = run(capsys, "render", "a.mid", "-o", f"{len(name)}.wav", "--soundfont", name, "--tail", "0.5")
        assert code == 0 and len(apart) == n_apart, err
    first, second = (place / f"{len(name)}.wav" for name in ("font.sf2", "soundfonts/font.sf2"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.render
def test_a_song_folder_is_rendered_under_its_name(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    (place / "waltz").mkdir()
    (place / "a.mid").rename(place / "waltz/song.mid")
    code, _, err = run(capsys, "render", "waltz", "--soundfont", "font.sf2", "--tail", "0.5")
    assert code == 0, err
    assert (place / "waltz.wav").stat().st_size > 10_000


@pytest.mark.render
def test_several_files_side_by_side(capsys: pytest.CaptureFixture[str], place: Path) -> None:
    (place / "b.mid").write_bytes((place / "a.mid").read_bytes())
    (place / "bad.mid").write_bytes(b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk\0\0\0\x09\0")
    code, _, err = run(
        capsys, "render", "a.mid", "bad.mid", "b.mid", "-o", "out", "--soundfont", "font.sf2", "--tail", "0.5",
        "--jobs", "2",
    )  # fmt: skip
    assert code == 2
    assert "1 of 3 files could not be rendered: bad.mid: broken MIDI file: cut short in track 1" in err
    assert {path.name for path in (place / "out").iterdir()} == {"a.wav", "b.wav"}
    assert (place / "out/a.wav").read_bytes() == (place / "out/b.wav").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("a.mid -o a.xyz", "must end in .wav or .flac or .ogg or .mp3"),
        ("a.mid -o a.wav --format mp3", "leave one out"),
        ("a.mid --format aac", "--format: 'aac' is not known; use one of wav, flac, ogg, mp3"),
        ("a.mid --preset polka", "--preset: 'polka' is not known"),
        ("a.mid --reverb cave", "--reverb: 'cave' is not known; use off, room"),
        ("a.mid --loudness loud", "--loudness: 'loud' is not a number"),
        ("a.mid --rate 44000", "sample rate 44000 is not possible"),
        ("a.mid --soundfont a.mid", "is not a soundfont"),
        ("a.mid sub/a.mid -o .", "two inputs would both become a.wav"),
        ("none.mid", "none.mid: no such file"),
        ("none.mid -o new/folder", "none.mid: no such file"),
    ],
)
def test_mistakes_are_one_line(capsys: pytest.CaptureFixture[str], place: Path, arguments: str, reason: str) -> None:
    before = sorted(place.rglob("*"))
    code, _, err = run(capsys, "render", *arguments.split(), "-q")
    assert code == 2
    assert reason in err
    assert err.count("\n") == 1
    assert sorted(place.rglob("*")) == before


def test_soundfonts_are_listed_and_described(
    capsys: pytest.CaptureFixture[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "broken.sf2").write_bytes(b"RIFF")
    monkeypatch.setattr("symbolic_music.rendering.soundfont._folders", lambda: [place])
    code, out, _ = run(capsys, "soundfonts", "list", "--json")
    rows = {Path(row["file"]).name: row for row in json.loads(out)["soundfonts"]}
    assert code == 0
    assert rows["font.sf2"]["default"]
    assert rows["font.sf2"]["presets"] == 2
    assert "not a soundfont" in rows["broken.sf2"]["problem"]
    assert run(capsys, "soundfonts")[:2] == run(capsys, "soundfonts", "list")[:2]
    code, out, _ = run(capsys, "soundfonts", "info", "font.sf2", "--presets")
    assert "Piano 2" in out
    assert "no drum kit; missing" in out
    code, _, err = run(capsys, "soundfonts", "check", "broken.sf2")
    assert (code, "not a soundfont" in err) == (2, True)


def test_a_file_is_an_input_error() -> None:
    from symbolic_music.cli.render import _targets

    with pytest.raises(InputError, match="two inputs"):
        _targets([Path("x/a.mid"), Path("y/a.mid")], Path(), None)
