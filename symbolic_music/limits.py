"""How much one request may ask for: one table for every reader, stated in every refusal and in docs/formats.md.

A file of a few bytes can ask for endless work: a repeat played 99 999 999 times, a note at a very late
tick, an archive that unpacks to a thousand times its size. Every reader counts while it reads and stops
at the first limit that it meets, before the work.
"""

from __future__ import annotations

import lzma
import os
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from symbolic_music.errors import FileFormatError, InputError


@dataclass(frozen=True)
class Limit:
    """The most of one thing; ``hint`` says what to do about more."""

    most: int
    unit: str
    hint: str

    def check(self, amount: float, where: str, error: type[InputError] = FileFormatError) -> None:
        """Refuse more than the limit.

        Raises
        ------
        InputError
            Of the given type, in one line: where, how much, the limit, what to do.

        Examples
        --------
        >>> BARS.check(12, "tune.abc")
        """
        if amount > self.most:
            given, most = _figure(amount), _figure(self.most)
            raise error(f"{where}: {given} {self.unit}, at most {most} are allowed", self.hint)


def _figure(number: float) -> str:
    """Write a number so that a person can read it; one too long for that by its length."""
    if abs(number) >= 10**15:
        return "far too many"
    return f"{int(number):,}".replace(",", " ")


ASKED_BARS = Limit(400, "bars", "ask for fewer, or make the song in parts")
BARS = Limit(2000, "bars", "cut the file into songs")
NOTES = Limit(400_000, "notes", "cut the file into songs")
SIGNS = Limit(100_000, "notes and signs", "cut the file into tunes")
EVENTS = Limit(1_000_000, "events", "cut the file into songs")
TRACKS = Limit(1000, "tracks", "leave out those without notes")
SECONDS = Limit(2 * 3600, "seconds of music", "cut the file into songs")
REPEATS = Limit(100, "times the same passage", "correct the repeat, or write the bars out")
NESTING = Limit(64, "levels, one inside another", "no song is nested so deep; correct the file")
ELEMENTS = Limit(1_000_000, "XML elements", "cut the score into songs")
NODES = Limit(200_000, "values", "a plan has a few thousand; correct the file")
FILE_BYTES = Limit(32 * 2**20, "bytes", "cut the file into songs")
TEXT_BYTES = Limit(4 * 2**20, "bytes of text", "cut the file into songs")
UNPACKED_BYTES = Limit(32 * 2**20, "bytes unpacked", "cut the score into songs")
MEMBERS = Limit(10_000, "files in one archive", "pack the song alone")
PROMPT_SIGNS = Limit(200_000, "letters", "say it in a few sentences")
WISH_SIGNS = Limit(2000, "letters", "say it in a few sentences, or in several edits")
LYRIC_SIGNS = Limit(20_000, "letters", "make a song of fewer verses")

# What zipfile raises for archives that are broken, locked or packed in a way that it does not know.
ARCHIVE_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError, ValueError,
    IndexError, OverflowError,
)  # fmt: skip

LIMITS = {
    "bars asked for (`--bars`, a form, a chord chart of a brief)": ASKED_BARS,
    "bars of a file, repeats written out": BARS,
    "notes of a file": NOTES,
    "notes and signs of a lead sheet": SIGNS,
    "events of a MIDI file": EVENTS,
    "tracks of a file": TRACKS,
    "length in time": SECONDS,
    "repeats of one passage": REPEATS,
    "nesting (YAML, XML, clips in clips)": NESTING,
    "elements of an XML file, repeats written out": ELEMENTS,
    "values of a YAML or JSON document, aliases written out": NODES,
    "size of a file": FILE_BYTES,
    "size of a text (ABC, chart, YAML)": TEXT_BYTES,
    "what one part of an archive unpacks to (.mxl, .dawproject)": UNPACKED_BYTES,
    "files in an archive": MEMBERS,
    "a prompt": PROMPT_SIGNS,
    "an edit in words": WISH_SIGNS,
    "lyrics": LYRIC_SIGNS,
}


def first_line(failure: BaseException) -> str:
    """Say a library's error in one short line: some print the whole file."""
    return " ".join(str(failure)[:600].split())[:200]


def read_file(path: str | Path, limit: Limit = FILE_BYTES) -> bytes:
    """Read a file's bytes, no more than a limit.

    Raises
    ------
    FileFormatError
        If it is missing, no plain file (a folder, a device, a pipe), too large, or cannot be read.
    """
    try:
        # Asked first, for a pipe that nobody writes to would be waited for without end.
        state = os.stat(path)
        if stat.S_ISDIR(state.st_mode):
            raise FileFormatError(f"{path}: is a folder; give the name of a file")
        if not stat.S_ISREG(state.st_mode):
            raise FileFormatError(f"{path}: is no plain file")
        limit.check(state.st_size, str(path))
        with open(path, "rb") as file:
            data = file.read(limit.most + 1)
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file") from None
    except OSError as failure:
        raise FileFormatError(f"{path}: cannot be read: {failure.strerror or failure}") from None
    except FileFormatError:
        raise
    except ValueError as failure:  # a name with a null in it
        raise FileFormatError(f"{path!r}: cannot be read: {failure}") from None
    limit.check(len(data), str(path))
    return data


def name_of(path: str | Path) -> str:
    """Take a title from a file's name; bytes that are no text become question marks.

    Examples
    --------
    >>> name_of("songs/tune.abc")
    'tune'
    """
    return Path(path).stem.encode("utf-8", "replace").decode("utf-8")


NO_TEXT = "it has signs that are no text; write it in UTF-8"


def is_text(text: str) -> bool:
    """Whether a text has no halves of letters, as a command line or JSON of another encoding may bring.

    Examples
    --------
    >>> is_text("Süße 歌"), is_text(chr(0xDCFC))
    (True, False)
    """
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def read_text_file(path: str | Path, limit: Limit = TEXT_BYTES, errors: str = "strict") -> str:
    """Read a text file in UTF-8 (a byte order mark is dropped, line ends are made ``\\n``), no more than a limit.

    Raises
    ------
    FileFormatError
        As `read_file`, and if it is not UTF-8 while ``errors`` is ``"strict"``.
    """
    try:
        text = read_file(path, limit).decode("utf-8-sig", errors)
    except UnicodeDecodeError as failure:
        raise FileFormatError(f"{path}: cannot be read as text: {failure}; save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_member(archive: zipfile.ZipFile, name: str, where: str) -> bytes:
    """Unpack one file of an archive, no more than `UNPACKED_BYTES`, whatever the archive says of its size.

    Raises
    ------
    FileFormatError
        If it is larger, or broken.
    KeyError
        If there is no such file.
    """
    MEMBERS.check(len(archive.infolist()), where)
    member = archive.getinfo(name)
    UNPACKED_BYTES.check(member.file_size, f"{where}: {name}")
    try:
        with archive.open(member) as file:
            data = file.read(UNPACKED_BYTES.most + 1)
    except ARCHIVE_ERRORS as failure:
        raise FileFormatError(f"{where}: {name[:80]} cannot be unpacked: {first_line(failure)}") from None
    UNPACKED_BYTES.check(len(data), f"{where}: {name}")
    return data
