"""Mutopia's free part: hymns, folk songs, dances, marches, rags and songs, engraved by volunteers.

Rules
-----
- *Melody.* Where words are sung, the track they lie on; else of three staves the first if it has one voice; else the
  highest line of the higher staff, if it is one (``_is_line``): no more than ``MOST_LEAPS`` of its steps wider than
  an octave.
- *Piano*: all staves' notes that are not the melody's, in pieces that are for a keyboard; singers' staves
  stand as parts of their own.
- *Chords*: those written (``\\chordmode``, block chords of a track of their own), else estimated from all notes; by the
  voices' rule where there is no piano.
- *Words.* The files do not say where words end; the source's `` -- `` does.
- *Tempo.* 60 is what the converter writes where the source says nothing, and counts as unknown there.
- Repeats are as written; meters, keys and the upbeat as ``data_prep.voices`` says.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

from data_prep.harmony import VOICES_CHANGES
from data_prep.songs import ChordRow, NoteRow, chord_from_pitches, merge_chords, read_index, split_of
from data_prep.voices import (
    ON_NOTES,
    Voice,
    VoicePiece,
    harmonise,
    note_rows,
    read_verses,
    read_voices,
    top_line,
    voice_part,
)
from symbolic_music.analysis.chords import BAND_CHANGES
from symbolic_music.errors import FileFormatError
from symbolic_music.theory.meter import snap_to_grid
from symbolic_music.training.phrases import cut_phrases, whole_song

FOLDERS = ("mutopia_free",)
MIN_NOTES = 16
MOST_LEAPS = 0.08
OCTAVE = 12
KEYBOARDS = re.compile(r"piano|harmonium|harpsichord", re.IGNORECASE)
GENRES = {"Jazz": "ragtime", "March": "march", "Folk": "folk", "Hymn": "hymn", "Song": "art song",
          "Popular / Dance": "dance"}  # fmt: skip
UNKNOWN_TEMPO = 60.0


def list_items(data: Path) -> list[str]:
    """List the pieces' ids."""
    return list(read_index(data / "mutopia_free" / "index.tsv"))


def read_item(data: Path, item: str) -> tuple[dict, Counter[str]]:
    """Read one piece.

    Raises
    ------
    FileFormatError
        If it has no stretch in one of our meters, or no line that is a melody.
    """
    row = read_index(data / "mutopia_free" / "index.tsv")[item]
    source = (data / "mutopia_free" / "lilypond" / f"{item}.ly").read_text(encoding="utf-8", errors="replace")
    problems: Counter[str] = Counter()
    piece = read_voices(data / "mutopia_free" / row["midi"], int(row["pickup_ticks"]), problems)
    written, staves = _chord_track(piece) if row["has_chords"] == "yes" else (None, list(piece.voices))
    singer = _singer(piece, staves)
    melody = top_line((singer or max(staves, key=lambda voice: voice.mean_pitch)).notes)
    if len(melody) < MIN_NOTES or not (singer or _is_line(melody)):
        raise FileFormatError(f"no melody: {len(melody)} notes in the highest line, {_leaps(melody):.2f} of them leap")
    phrases = cut_phrases(melody, whole_song(piece.n_bars, piece.upbeat_bars), piece.meter.bar_ticks, list(piece.keys))
    notes = note_rows([note for voice in staves for note in voice.notes], piece.end_tick)
    has_piano = _has_piano(row, staves)
    changes = BAND_CHANGES if has_piano else VOICES_CHANGES
    chords = _written_chords(written) if written else harmonise(piece, notes, phrases, changes)
    problems["no chords: too few voices"] += int(not chords)
    tempo = piece.tempo_qpm if piece.tempo_qpm != UNKNOWN_TEMPO * piece.factor or "\\tempo" in source else 0.0
    ident = f"mutopia_free/{item}"
    return {
        "id": ident, "source": "mutopia_free", "split": split_of(ident), "split_group": ident,
        "meter": str(piece.meter), "tempo_qpm": tempo, "key": piece.keys[0][1], "n_bars": piece.n_bars,
        "melody": melody, "piano": _without(notes, melody) if has_piano else [], "chords": chords,
        "chords_from": "source" if written else "estimate" if chords else "", "phrases": phrases,
        "doubled": piece.factor > 1, "lyrics": read_verses(piece, melody, _joined(source)),
        "parts": [] if has_piano else _voice_parts(staves, piece.end_tick),
        "title": row["title"], "artist": row["composer"], "genre": GENRES.get(row["style"], "folk"),
        "licence": "CC-BY-2.5" if "Attribution" in row["licence"] else "public domain",
    }, problems  # fmt: skip


def _chord_track(piece: VoicePiece) -> tuple[Voice | None, list[Voice]]:
    """Tell the track of written chords (nothing but blocks of three and more) from the staves."""
    for voice in piece.voices:
        sizes = Counter(onset for onset, _, _ in voice.notes).values()
        if min(sizes) >= 3 and len(piece.voices) > 1:
            return voice, [other for other in piece.voices if other is not voice]
    return None, list(piece.voices)


def _written_chords(track: Voice) -> list[ChordRow]:
    """Name the blocks."""
    blocks: dict[int, list[int]] = {}
    for onset, _, pitch in track.notes:
        blocks.setdefault(snap_to_grid(onset), []).append(pitch)
    return merge_chords([(tick, *chord_from_pitches(pitches)) for tick, pitches in sorted(blocks.items())])


def _singer(piece: VoicePiece, staves: list[Voice]) -> Voice | None:
    """The voice that sings: the one with the words, or the first of three staves if it has one voice."""
    syllables = [snap_to_grid(tick) for verse in piece.verses for tick, _ in verse]
    if syllables:

        def share(voice: Voice) -> float:
            onsets = {snap_to_grid(note[0]) for note in voice.notes}
            return round(sum(tick in onsets for tick in syllables) / len(syllables), 2)

        best = max(staves, key=lambda voice: (share(voice), -len(voice.notes), voice.mean_pitch))
        if share(best) >= ON_NOTES:
            return best
    alone = len(staves) >= 3 and len({note[0] for note in staves[0].notes}) == len(staves[0].notes)
    return staves[0] if alone else None


def _leaps(melody: list[NoteRow]) -> float:
    """Share of a line's steps that are wider than an octave."""
    return sum(abs(b[2] - a[2]) > OCTAVE for a, b in pairwise(melody)) / max(1, len(melody) - 1)


def _is_line(melody: list[NoteRow]) -> bool:
    """Whether a highest line may be a melody."""
    return _leaps(melody) <= MOST_LEAPS


def _has_piano(row: dict[str, str], staves: list[Voice]) -> bool:
    """Whether staves are a keyboard's: by the instrument, or a song's whose instruments are not named."""
    if "SATB" in row["instrument"]:
        return False
    return bool(KEYBOARDS.search(row["instrument"])) or (row["style"] == "Song" and len(staves) >= 3)


def _without(notes: list[NoteRow], melody: list[NoteRow]) -> list[NoteRow]:
    """Notes that are not the melody's own."""
    own = {(onset, pitch) for onset, _, pitch in melody}
    return [note for note in notes if (note[0], note[2]) not in own]


def _voice_parts(staves: list[Voice], end_tick: int) -> list[dict]:
    """Staves that are no keyboard's, named by their tracks."""
    return [voice_part(f"{number} {voice.name}".strip(), note_rows(voice.notes, end_tick))
            for number, voice in enumerate(staves, start=1)]  # fmt: skip


def _joined(source: str) -> frozenset[tuple[str, str]]:
    """Neighbouring syllables that a hyphen joins in the source."""
    return frozenset(re.findall(r'"?([^\s"{}]+)"?(?=\s+--\s+"?([^\s"{}]+))', source))
