"""The words of a MIDI file: lyric events, or the text events of a karaoke file (``.kar``).

By RP-017 a space or a line end after a syllable ends its word. Karaoke files put the sign before: a space,
``\\`` for a new verse and ``/`` for a new line; texts that begin with ``@`` are about the file (``@T`` its
title, ``@L`` its language). Other programs put a hyphen where a word goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from symbolic_music.formats.midi_file import META, MidiEvent, MidiFile
from symbolic_music.song.lyrics import Syllable

TEXT, TRACK_NAME, LYRIC = 0x01, 0x03, 0x05
_ENDS, _STARTS = (" ", "\r", "\n"), (" ", "\r", "\n", "\\", "/")
_LINE_ENDS, _LINE_STARTS = ("\r", "\n"), ("\r", "\n", "\\", "/")
_KARAOKE, _TITLE = "@K", "@T"


def decode_text(text: bytes) -> str:
    """Read a text as UTF-8 if it is that, else as Latin-1, without what a document cannot hold."""
    try:
        return text.decode("utf-8").replace("\0", "")
    except UnicodeDecodeError:
        return text.decode("latin-1").replace("\0", "")


def read_words(song: MidiFile) -> list[Syllable]:
    """List a file's syllables in order, at most one at a tick."""
    lyrics = sorted(
        (event for track in song.tracks for event in track if event.status == META and event.first == LYRIC),
        key=lambda event: event.tick,
    )
    if lyrics:
        return _syllables([(event.tick, decode_text(event.data)) for event in lyrics])
    return _syllables(_karaoke_texts(song))


def karaoke_title(song: MidiFile) -> str | None:
    """Find the title that a karaoke file has among its texts."""
    if not _is_karaoke(song):
        return None
    titles = (decode_text(event.data) for track in song.tracks for event in _texts(track))
    return next((text.removeprefix(_TITLE).strip() for text in titles if text.startswith(_TITLE)), None) or None


def _texts(track: Sequence[MidiEvent]) -> list[MidiEvent]:
    """List a track's text events."""
    return [event for event in track if event.status == META and event.first == TEXT]


def _is_karaoke(song: MidiFile) -> bool:
    """Tell whether a file says of itself that it is a karaoke file."""
    return any(event.data.startswith(_KARAOKE.encode()) for track in song.tracks for event in _texts(track))


def _karaoke_texts(song: MidiFile) -> list[tuple[int, str]]:
    """List the sung texts of a karaoke file: those of the track that has most of them."""
    if not _is_karaoke(song):
        return []
    by_track = [
        [(event.tick, decode_text(event.data)) for event in _texts(track) if not event.data.startswith(b"@")]
        for track in song.tracks
    ]
    return max(by_track, key=len, default=[])


def _syllables(texts: Sequence[tuple[int, str]]) -> list[Syllable]:
    """Make syllables of texts; a word goes on where neither a text's end nor the next one's start breaks it.

    Texts without any break between words are words each, but for those with a hyphen.
    """
    has_breaks = any(text.endswith(_ENDS) or text.startswith(_STARTS) for _, text in texts if text.strip())
    found: dict[int, Syllable] = {}
    for (tick, text), following in zip(texts, [*(text for _, text in texts[1:]), " "], strict=False):
        plain = text.strip(" \r\n\t").lstrip("\\/").strip()
        is_cut = len(plain) > 1 and plain.endswith("-")
        goes_on = is_cut or (has_breaks and not text.endswith(_ENDS) and not following.startswith(_STARTS))
        word = plain.removesuffix("-").strip() if is_cut else plain
        # What stands in braces is about the text's language and display (RP-026).
        if word and not word.startswith("{"):
            ends_line = text.endswith(_LINE_ENDS) or following.startswith(_LINE_STARTS)
            found.setdefault(tick, Syllable(tick, word, goes_on, ends_line=ends_line and not goes_on))
    sung = [found[tick] for tick in sorted(found)]
    return [*sung[:-1], *(replace(last, goes_on=False) for last in sung[-1:])]  # the last has nowhere to go on


def count_doubled(syllables: Iterable[Syllable], song: MidiFile) -> int:
    """Count the lyric events that no syllable was made of though they have a text."""
    given = sum(
        bool(decode_text(event.data).strip()) and not event.data.startswith(b"{")
        for track in song.tracks for event in track if event.status == META and event.first == LYRIC
    )  # fmt: skip
    return max(0, given - len(list(syllables))) if given else 0
