"""The readers that are fuzzed: how each reads the bytes of a file, as far as a command would take it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from symbolic_music.errors import SymbolicMusicError

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
# No input of the size of the corpus may take longer, in seconds of the processor.
MOST_SEC = 10.0
LONGEST_LINE = 2000


@dataclass(frozen=True)
class Reader:
    """How to read bytes; ``words`` are pieces that its format has, for mutations."""

    read: Callable[[bytes, Path], object]
    words: tuple[bytes, ...]


def survives(reader: Reader, data: bytes, folder: Path) -> bool:
    """Read bytes; tell whether they were accepted.

    Raises
    ------
    Exception
        Whatever is no refusal of ours, and an assertion if a refusal is not one short line.
    """
    try:
        reader.read(data, folder)
    except SymbolicMusicError as refusal:
        line = str(refusal)
        assert line.strip() and "\n" not in line and len(line) <= LONGEST_LINE, f"a refusal of many lines: {line!r}"
        return False
    return True


def _file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _imported(name: str) -> Callable[[bytes, Path], None]:
    def read(data: bytes, folder: Path) -> None:
        from symbolic_music.pipeline.reimport import import_song

        import_song(_file(folder, name, data))

    return read


def _midi_melody(data: bytes, folder: Path) -> None:
    from symbolic_music.importing.leadsheets import LeadSheetOptions, read_foreign_lead_sheet
    from symbolic_music.importing.sheet_plan import plan_lead_sheet

    path = _file(folder, "a.mid", data)
    plan_lead_sheet(read_foreign_lead_sheet(path, LeadSheetOptions("C | F G")))


def _document(name: str) -> Callable[[bytes, Path], None]:
    def read(data: bytes, folder: Path) -> None:
        from symbolic_music.errors import BriefError, PlanError
        from symbolic_music.song.brief import Brief
        from symbolic_music.song.document import load_document
        from symbolic_music.song.plan import SongPlan

        path = _file(folder, "a.yaml", data)
        if name == "plan":
            load_document(SongPlan, path, PlanError)
        else:
            load_document(Brief, path, BriefError)

    return read


def _soundfont(data: bytes, folder: Path) -> None:
    from symbolic_music.formats.soundfont_file import read_soundfont

    read_soundfont(_file(folder, "a.sf2", data))


def _prompt(data: bytes, folder: Path) -> None:
    from symbolic_music.pipeline.creation import brief_of_prompt

    brief_of_prompt(data.decode("utf-8", "surrogateescape"))


_NUMBERS = (b"0", b"-1", b"99999999", b"1e999", b"nan", b"1/0", b"", b"\xc2\xb2", b"\xff")
READERS: dict[str, Reader] = {
    "midi": Reader(_imported("a.mid"),
                   (b"MTrk", b"\xff\x2f\x00", b"\xff\x51\x03\x00\x00\x00", b"\xff\x58", b"\xff\xff\xff\x7f")),
    "melody": Reader(_midi_melody, (b"MTrk", b"\xff\x05\x02la", b"\xff\x59\x02\x07\x00", b"\x90\x3c\x40", b"\x81\x00")),
    "musicxml": Reader(_imported("a.musicxml"),
                       (*_NUMBERS, b"<note>", b"</measure>", b"<backup>", b"<chord/>", b"<grace/>")),
    "mxl": Reader(_imported("a.mxl"), (b"PK\x01\x02", b"META", *_NUMBERS)),
    "abc": Reader(_imported("a.abc"),
                  (*_NUMBERS, b"|:", b":|", b"[1", b"(3", b"V:2", b"\nK:", b"\nM:", b"{", b"\"", b"Z")),
    "chart": Reader(_imported("a.txt"), (*_NUMBERS, b"|:", b":|", b" x9", b"%", b"N.C.", b"[", b"C/")),
    "brief": Reader(_document("brief"), (*_NUMBERS, b"[", b"{", b"&a ", b"*a", b"!!int ", b"\n- ", b": ", b"<<: ")),
    "plan": Reader(_document("plan"), (*_NUMBERS, b"sections:", b"n_bars: ", b"*a", b"!!set ", b"? ")),
    "dawproject": Reader(_imported("a.dawproject"), (b"PK\x05\x06", *_NUMBERS)),
    "soundfont": Reader(_soundfont, (b"LIST", b"phdr", b"\xff\xff\xff\xff", b"\x00\x00\x00\x00")),
    "prompt": Reader(_prompt, (*_NUMBERS, b" in ", b"verse ", b" bars", b"\"", b"chords C ", b":30", b" and a half ")),
}  # fmt: skip


def corpus_of(name: str) -> list[bytes]:
    """List the good files of a reader."""
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]
