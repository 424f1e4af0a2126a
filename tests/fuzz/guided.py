"""One reader driven by atheris: `python -m tests.fuzz.guided abc [libFuzzer's options] folders`."""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["symbolic_music"]):
    import symbolic_music.cli.asking
    import symbolic_music.formats.dawproject_reader
    import symbolic_music.formats.musicxml
    import symbolic_music.formats.soundfont_file
    import symbolic_music.importing.leadsheets
    import symbolic_music.importing.reimport
    import symbolic_music.importing.sheet_plan
    import symbolic_music.pipeline.reimport  # noqa: F401

from tests.fuzz.mutations import mutate
from tests.fuzz.readers import READERS, survives


def main() -> None:
    """Run until the time is over or something breaks."""
    name = sys.argv.pop(1)
    reader = READERS[name]
    folder = Path(tempfile.mkdtemp())

    def one(data: bytes) -> None:
        survives(reader, data, folder)

    def change(data: bytes, most: int, seed: int) -> bytes:
        """Half the time our own mutations, which know the format's words, else libFuzzer's."""
        if seed % 2 and data:
            return mutate(random.Random(seed), [data], reader.words)[:most]
        return bytes(atheris.Mutate(data, most))

    atheris.Setup(sys.argv, one, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
