"""A folder with what the documents speak of, the tiny network, and a synthesizer that costs nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np
import pytest

from symbolic_music.formats.musicxml import write_lead_sheet
from symbolic_music.pipeline.written import keeping
from symbolic_music.rendering.options import RenderOptions
from symbolic_music.rendering.performance import RELEASE, Event, Performance
from tests.rendering.fonts import make_soundfont

RATE = 44100


class Hum:
    """Stands where FluidSynth stands: a quiet hum until all notes are let go of."""

    n_threads = 1

    def __init__(self, performance: Performance, options: RenderOptions) -> None:
        self.notes: list[str] = []
        self.is_over = False

    def __enter__(self) -> Hum:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def tell(self, event: Event) -> None:
        self.is_over = self.is_over or event.kind == RELEASE

    def write(self, samples: np.ndarray, start: int, end: int) -> None:
        if not self.is_over:
            samples[:, start:end] = 0.1 * np.sin(np.arange(start, end) * (2 * np.pi * 220 / RATE))


@pytest.fixture
def hum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Render without a synthesizer."""
    monkeypatch.setattr("symbolic_music.rendering.synthesizer.Synthesizer", Hum)
    monkeypatch.setattr("symbolic_music.rendering.synthesizer.synthesizer_version", lambda: "none")


@pytest.fixture(scope="session")
def material(small_network: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small song and the files that documents take for given."""
    import symbolic_music as sm

    folder = tmp_path_factory.mktemp("documents") / "here"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("symbolic_music.filling.fill.load_phrase_model", lambda *place: small_network)
        patch.setattr("symbolic_music.rendering.synthesizer.Synthesizer", Hum)
        brief = sm.Brief(form="intro2 verse8 chorus8 outro2", genre="pop", seed=1)
        sm.create(brief, folder / "song", sm.CreateOptions(candidates=1))
        waltz = sm.plan(sm.Brief(form="verse8", genre="waltz", seed=1))
        (folder / "tunes").mkdir()
        write_lead_sheet(sm.compose(waltz), folder / "tunes/tune.musicxml")
    for name in ("1", "2"):
        shutil.copytree(folder / "song", folder / "songs" / name)
    for name in ("song.mid", "edited.mid", "any.mid"):
        shutil.copy(folder / "song/song.mid", folder / name)
    for name in ("lead.musicxml", "plan.yaml", "brief.yaml"):
        shutil.copy(folder / "song" / name, folder / name)
    (folder / "words.txt").write_text("Twinkle, little star\nHow I wonder what you are\n", encoding="utf-8")
    (folder / "cues.csv").write_text("time,what,strength\n3.0,door,0.5\n6.5,crash,1\n", encoding="utf-8")
    make_soundfont(folder / "my.sf2")
    (folder / "soundfonts").mkdir()
    make_soundfont(
        folder / "soundfonts/FluidR3_GM.sf2", [(128, 0, "Kit"), *((0, program, "Sine") for program in range(128))]
    )
    return folder


@pytest.fixture
def place(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_model: None, hum: None
) -> Iterator[Path]:
    """A fresh copy of that folder, to work in."""
    shutil.copytree(material, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    with keeping(force=True) as keeper:
        for path in (tmp_path / "here").rglob("*"):
            keeper.wrote(path)
    yield tmp_path / "here"
