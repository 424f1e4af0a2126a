"""Soundfonts: what is read, what is refused, what stands in for missing presets; damaged ones crash nothing."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from symbolic_music.errors import RenderError
from symbolic_music.formats.soundfont_file import Preset, SoundfontProblemError
from symbolic_music.rendering import RenderOptions, read_soundfont
from symbolic_music.rendering.output import check_sound, render
from symbolic_music.rendering.soundfont import find_soundfont
from symbolic_music.rendering.soundfont_licences import find_licence
from symbolic_music.rendering.synthesizer import find_preset, synthesizer_version
from tests.rendering.fonts import make_soundfont, soundfont_bytes
from tests.rendering.test_performance import make_score

PRESETS = ((0, 0, "Piano"), (0, 40, "Violin"), (8, 40, "Slow violin"), (128, 0, "Kit"), (128, 16, "Power"))
PLAYER = """
import json, sys
from pathlib import Path
from symbolic_music.errors import SymbolicMusicError
from symbolic_music.rendering import RenderOptions, check_sound, read_soundfont
from symbolic_music.rendering.output import render
from tests.rendering.test_performance import make_score
done = {}
for path in sorted(Path(sys.argv[1]).glob("*.sf2")):
    try:
        read_soundfont(path)
        render(make_score(), RenderOptions(soundfont=path, sample_rate=22050, tail_sec=0.2))
        done[path.name] = ""
    except SymbolicMusicError as failure:
        done[path.name] = str(failure)
print(json.dumps(done))
"""


def test_what_a_file_says(tmp_path: Path) -> None:
    info = read_soundfont(make_soundfont(tmp_path / "a.sf2", PRESETS, ICOP="(c) me", IENG="Me", ICMT="MIT licence"))
    assert (info.name, info.author, info.copyright) == ("Test font", "Me", "(c) me")
    assert (info.kind, info.version) == ("SF2", "2.01")
    assert (info.n_samples, info.n_instruments) == (1, 1)
    assert [(p.bank, p.program, p.name) for p in info.presets] == list(PRESETS)
    assert find_licence(info) == ("MIT", "its texts")


def test_licences(tmp_path: Path) -> None:
    known = read_soundfont(make_soundfont(tmp_path / "a.sf2", INAM="GeneralUser-GS v2"))
    assert find_licence(known)[1] == "known"
    assert find_licence(read_soundfont(make_soundfont(tmp_path / "b.sf2"))) == ("unknown", "")
    assert find_licence(read_soundfont(find_soundfont("TimGM6mb")))[0] == "GPL 2"


def test_missing_presets_fall_back() -> None:
    presets = {(bank, program): Preset(bank, program, name) for bank, program, name in PRESETS}
    assert find_preset(presets, 40, False).name == "Violin"
    assert find_preset(presets, 40, False, (8, 0)).name == "Slow violin"
    assert find_preset(presets, 40, False, (3, 0)).name == "Violin"
    assert find_preset(presets, 43, False).name == "Violin"  # the contrabass' family
    assert find_preset(presets, 120, False).name == "Piano"
    assert find_preset(presets, 20, True).name == "Power"
    assert find_preset(presets, 48, True).name == "Kit"
    assert find_preset({(128, 0): Preset(128, 0, "Kit")}, 5, False).name == "Kit"


@pytest.mark.render
def test_a_fallback_is_noted_and_sounds(tmp_path: Path) -> None:
    from symbolic_music.rendering import render_file

    font = make_soundfont(tmp_path / "piano.sf2")
    report = render_file(make_score(), tmp_path / "a.wav", RenderOptions(soundfont=font, tail_sec=0.5))
    assert report.notes == ("piano.sf2 has no program 2; Piano (0:1) plays instead",)
    assert report.loudness_lufs == pytest.approx(-14, abs=0.5)


@pytest.mark.render
def test_the_small_font_plays(tmp_path: Path) -> None:
    check_sound(RenderOptions(soundfont=make_soundfont(tmp_path / "a.sf2", PRESETS)))
    assert synthesizer_version().split(".")[0] >= "2"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"pbag", b"pbxx", "the table pbag is missing"),
        (b"sdta", b"sdxx", "the list sdta is missing"),
        (b"pgen\x08", b"pgen\x07", "no whole number of records"),
        (b"smpl\x96", b"smpl\xff", "goes past the end|lies outside|is missing"),
        (b"Sine" + bytes(20) + b"\x9d", b"Sine" + bytes(16) + b"\xff\xff\0\0\x9d", "lies outside"),
    ],
)
def test_broken_tables_are_refused(tmp_path: Path, old: bytes, new: bytes, reason: str) -> None:
    data = soundfont_bytes()
    assert old in data
    path = tmp_path / "a.sf2"
    path.write_bytes(data.replace(old, new))
    with pytest.raises(SoundfontProblemError, match=reason):
        read_soundfont(path)
    with pytest.raises(RenderError, match=f"soundfont '{path}'"):
        find_soundfont(path)


def test_a_file_without_presets(tmp_path: Path) -> None:
    with pytest.raises(SoundfontProblemError, match="no presets"):
        read_soundfont(make_soundfont(tmp_path / "a.sf2", ()))


@pytest.mark.render
def test_damaged_soundfonts_crash_nothing(tmp_path: Path) -> None:
    chance, good = random.Random(5), soundfont_bytes(PRESETS)
    tables = good.index(b"pdta")
    for number in range(60):
        data = bytearray(good)
        for _ in range(chance.choice((1, 2, 8))):
            data[chance.randrange(tables if number % 2 else 0, len(data))] ^= 1 << chance.randrange(8)
        (tmp_path / f"{number}.sf2").write_bytes(data if number % 6 else data[: chance.randrange(len(data))])
    (tmp_path / "good.sf2").write_bytes(good)
    run = subprocess.run(
        [sys.executable, "-c", PLAYER, str(tmp_path)], capture_output=True, text=True, timeout=600, check=False,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    done = json.loads(run.stdout)
    assert len(done) == 61
    assert done["good.sf2"] == ""
    assert sum(problem != "" for problem in done.values()) > 10


@pytest.mark.render
def test_missing_programs_do_not_stop_a_song(tmp_path: Path) -> None:
    audio = render(make_score(5), RenderOptions(soundfont=make_soundfont(tmp_path / "a.sf2", ((0, 90, "Pad"),))))
    assert abs(audio.samples).max() > 0.1
