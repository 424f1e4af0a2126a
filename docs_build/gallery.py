"""The gallery: `make gallery` writes a small OGG, a picture, MIDI and lead sheet of every song outside git.

``python -m docs_build.gallery [--only NAME]`` makes those that are missing; `make docs` shows what is there.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

import symbolic_music as sm
from symbolic_music.drawing.picture import draw_score

ROOT = Path(__file__).resolve().parents[1]
SONGS, FOLDER = Path(__file__).with_name("gallery.yaml"), ROOT / "build/gallery"
ENDINGS = (".ogg", ".png", ".mid", ".musicxml")
# Every second sample is kept: half the size, and what is above 11 kHz is not missed in small loudspeakers.
KEPT = 2


@dataclass(frozen=True)
class GallerySong:
    """A song of the gallery."""

    name: str
    prompt: str
    seed: int

    @property
    def slug(self) -> str:
        """Its name in file names."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower())

    @property
    def command(self) -> str:
        """What makes it."""
        return f'symbolic-music create "{self.prompt}" --seed {self.seed} -o {self.slug}/'


def read_songs() -> list[GallerySong]:
    """Read the list."""
    return [GallerySong(**row) for row in yaml.safe_load(SONGS.read_text(encoding="utf-8"))["songs"]]


def make(song: GallerySong, folder: Path = FOLDER) -> None:
    """Make one song's files."""
    folder.mkdir(parents=True, exist_ok=True)
    reading = sm.read_prompt(song.prompt)
    brief = sm.Brief(prompt=song.prompt, seed=song.seed, **reading.fields)
    made = sm.create(brief, options=sm.CreateOptions(audio="none"))
    sm.write_midi(made.score, folder / f"{song.slug}.mid")
    sm.write_lead_sheet(made.lead_sheet, folder / f"{song.slug}.musicxml")
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        draw_score(made.score, Path(unfinished) / "song.png", made.plan)
        Path(unfinished, "song.png").replace(folder / f"{song.slug}.png")
    sm.write_audio(smaller(sm.render(made.score)), folder / f"{song.slug}.ogg")


def smaller(audio: sm.Audio) -> sm.Audio:
    """Halve the sample rate; neighbouring samples are averaged first, so that little folds back."""
    samples = audio.samples[:, : audio.samples.shape[1] // KEPT * KEPT]
    halved = samples.reshape(len(samples), -1, KEPT).mean(axis=2)
    return sm.Audio(np.ascontiguousarray(halved, dtype=np.float32), audio.sample_rate // KEPT)


def main() -> None:
    """Make what is missing."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--only", default="", help="the name of one song")
    options.add_argument("--out", type=Path, default=FOLDER, help="where to")
    asked = options.parse_args()
    for song in read_songs():
        is_there = all((asked.out / f"{song.slug}{ending}").exists() for ending in ENDINGS)
        if is_there or asked.only not in ("", song.name):
            continue
        print(f"{song.name}: {song.prompt}", flush=True)
        make(song, asked.out)


if __name__ == "__main__":
    main()
