"""Runs of notes that a melody shares with training melodies.

A *run* is a row of notes with the same intervals and the same ratios of onset distances, so it is found at any
pitch and at double or half speed. Every ``GRAM_NOTES`` neighbouring notes of a training melody are kept as a
32-bit hash, in the melody's order (an n-gram index after Downie, "Evaluating a simple approach to music
information retrieval", 1999); a run is a row of hashes that stand one after another in one tune. The index
holds no notes. Onset distances over a whole note count as one.
"""

from __future__ import annotations

import functools
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolic_music.errors import FileFormatError
from symbolic_music.model.chosen import PACKAGE_WEIGHTS, weights_folder
from symbolic_music.song.leadsheet import LeadSheet

GRAM_NOTES = 6
LONGEST_DISTANCE = 48
INDEX_FILE = "originality.npz"
_MIXER = np.uint64(0x9E3779B97F4A7C15)


class SharedRun(NamedTuple):
    """A run: its notes, where it begins (note and bar, from 0), how many bars it spans, the tune, and its note there.

    ``n_notes`` is 0 and ``tune`` empty where fewer than ``GRAM_NOTES`` notes in a row are shared.
    """

    n_notes: int
    n_bars: float
    first_note: int
    start_bar: int
    tune: str
    tune_note: int = 0


@dataclass(frozen=True, eq=False)
class OriginalityIndex:
    """Hashes of all tunes end to end, sorted, with the place of each; a place without a hash parts two tunes.

    ``tune_starts`` has each tune's first place and, last, the end of all places.
    """

    hashes: np.ndarray
    places: np.ndarray
    tune_starts: np.ndarray
    tunes: tuple[str, ...]

    def note_at(self, place: int) -> int:
        """Count the notes of its tune before a place.

        Parameters
        ----------
        place : int
            Position in the index's row of all figures, 0 or more.
        """
        return place - int(self.tune_starts[int(np.searchsorted(self.tune_starts, place, side="right")) - 1])

    def tune_at(self, place: int) -> str:
        """Name the tune that a place is in.

        Parameters
        ----------
        place : int
            Position in the index's row of all figures, 0 or more.

        Returns
        -------
        str
            The source and number of the tune.
        """
        return self.tunes[int(np.searchsorted(self.tune_starts, place, side="right")) - 1]


def hash_grams(melody: np.ndarray) -> np.ndarray:
    """Hash every ``GRAM_NOTES`` neighbouring notes, at any pitch and speed alike.

    Parameters
    ----------
    melody : NOTE_DTYPE array, shape (n_notes,)
        One voice, ascending.

    Returns
    -------
    uint32 array, shape (max(n_notes - GRAM_NOTES + 1, 0),)
    """
    n_grams = len(melody) - GRAM_NOTES + 1
    if n_grams < 1:
        return np.zeros(0, dtype=np.uint32)
    moves = np.diff(melody["pitch"].astype(np.int64)) + 128
    distances = np.clip(np.diff(melody["onset_tick"].astype(np.int64)), 1, LONGEST_DISTANCE)
    divisor = np.gcd(distances[1:], distances[:-1])
    ratios = distances[1:] // divisor * 64 + distances[:-1] // divisor
    parts: list[np.ndarray] = [moves[i : i + n_grams] for i in range(GRAM_NOTES - 1)]
    parts += [ratios[i : i + n_grams] for i in range(GRAM_NOTES - 2)]
    state = np.zeros(n_grams, dtype=np.uint64)
    for part in parts:
        state = (state ^ part.astype(np.uint64)) * _MIXER
        state ^= state >> np.uint64(29)
    return (state >> np.uint64(32)).astype(np.uint32)


def build_index(songs: Iterable[tuple[str, np.ndarray]]) -> OriginalityIndex:
    """Index melodies.

    Parameters
    ----------
    songs : iterable of (name, NOTE_DTYPE array)

    Returns
    -------
    OriginalityIndex
    """
    named = [(name, hash_grams(melody)) for name, melody in songs]
    return _index_of([name for name, _ in named], [grams for _, grams in named])


def save_index(index: OriginalityIndex, path: Path) -> None:
    """Write an index as a compressed ``.npz``.

    Parameters
    ----------
    index : OriginalityIndex
        As ``build_index`` made it.
    path : Path
        Ends in ``.npz``.
    """
    in_order = index.hashes[np.argsort(index.places)]
    lengths = (np.diff(index.tune_starts) - 1).astype(np.uint32)
    with path.open("wb") as file:
        np.savez_compressed(file, hashes=in_order, lengths=lengths, tunes=np.array(index.tunes))


def read_index(path: Path) -> OriginalityIndex:
    """Read an index.

    Parameters
    ----------
    path : Path
        As ``save_index`` wrote it.

    Raises
    ------
    FileFormatError
        If the file is missing or no such index.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            hashes, lengths, tunes = data["hashes"], data["lengths"].astype(int), data["tunes"].tolist()
            return _index_of(tunes, np.split(hashes, np.cumsum(lengths)[:-1]))
    except FileNotFoundError:
        raise FileFormatError(f"{path}: no such file; make it with python -m data_prep.originality_index") from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as failure:
        raise FileFormatError(f"{path}: not an index of melodies: {failure}") from None


@functools.cache
def shipped_index() -> OriginalityIndex:
    """Read the index of the training melodies that is in the package."""
    return read_index(Path(str(resources.files("symbolic_music").joinpath("weights", INDEX_FILE))))


def own_index() -> OriginalityIndex | None:
    """Read the index of the tunes that the chosen weights were tuned on; none for the package's weights."""
    folder = weights_folder()
    return None if folder == PACKAGE_WEIGHTS else _index_of_weights(folder)


@functools.cache
def _index_of_weights(folder: Path) -> OriginalityIndex | None:
    """Read the index beside weights once, if there is one."""
    return read_index(folder / INDEX_FILE) if (folder / INDEX_FILE).is_file() else None


@functools.cache
def _with_shipped(folder: Path) -> OriginalityIndex:
    """Join the tunes beside weights and the package's once."""
    own = _index_of_weights(folder)
    return shipped_index() if own is None else join_indexes([own, shipped_index()])


def known_index() -> OriginalityIndex:
    """All tunes that the weights in use have learnt from: those of the package, and those of weights of one's own."""
    folder = weights_folder()
    return shipped_index() if folder == PACKAGE_WEIGHTS else _with_shipped(folder)


def join_indexes(indexes: Sequence[OriginalityIndex]) -> OriginalityIndex:
    """Make one index of several.

    Parameters
    ----------
    indexes : sequence of OriginalityIndex
        Not empty; of equally long runs those of the first count.
    """
    tunes = [tune for index in indexes for tune in index.tunes]
    grams: list[np.ndarray] = []
    for index in indexes:
        in_order = index.hashes[np.argsort(index.places)]
        grams += np.split(in_order, np.cumsum(np.diff(index.tune_starts) - 1)[:-1]) if index.tunes else []
    return _index_of(tunes, grams)


def longest_shared_run(
    sheet: LeadSheet, index: OriginalityIndex | None = None, except_tune: str | None = None
) -> SharedRun:
    """Find the longest run of notes that a melody shares with any one tune.

    Parameters
    ----------
    sheet : LeadSheet
    index : OriginalityIndex, optional
        The tunes that the weights in use have learnt from, if not given.
    except_tune : str, optional
        A tune that is not looked at: the song itself.

    Returns
    -------
    SharedRun
        Of equally long runs the first.
    """
    index = known_index() if index is None else index
    best = max(_runs(sheet, index, except_tune), default=(0, 0, 0))
    return _describe(sheet, best, index) if best[0] else SharedRun(0, 0.0, 0, 0, "")


def shared_runs(
    sheet: LeadSheet, index: OriginalityIndex | None = None, most: int = 3, except_tune: str | None = None
) -> list[SharedRun]:
    """Find the longest run that a melody shares with each of the nearest tunes.

    Parameters
    ----------
    sheet : LeadSheet
    index : OriginalityIndex, optional
        The tunes that the weights in use have learnt from, if not given.
    most : int
        Of how many tunes.
    except_tune : str, optional
        A tune that is not looked at: the song itself.

    Returns
    -------
    list of SharedRun
        Longest first, one a tune.
    """
    index = known_index() if index is None else index
    best: dict[str, tuple[int, int, int]] = {}
    for run in _runs(sheet, index, except_tune):
        tune = index.tune_at(-run[2])
        best[tune] = max(best.get(tune, run), run)
    return [_describe(sheet, run, index) for run in sorted(best.values(), reverse=True)[:most]]


def _runs(sheet: LeadSheet, index: OriginalityIndex, except_tune: str | None) -> Iterator[tuple[int, int, int]]:
    """Give runs as they grow: how many figures, and of the last one minus its number and minus its place."""
    grams = hash_grams(sheet.melody)
    before: dict[int, int] = {}
    lows = np.searchsorted(index.hashes, grams, side="left")
    highs = np.searchsorted(index.hashes, grams, side="right")
    own = _places_of(index, except_tune)
    for number, (low, high) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
        places = [place for place in index.places[low:high].tolist() if place not in own]
        here = {place: before.get(place - 1, 0) + 1 for place in places}
        yield from ((length, -number, -place) for place, length in here.items())
        before = here


def _describe(sheet: LeadSheet, run: tuple[int, int, int], index: OriginalityIndex) -> SharedRun:
    """Say where a run lies in the song, and where in its tune."""
    n_grams, last_gram, place = run[0], -run[1], -run[2]
    first, n_notes = last_gram - n_grams + 1, n_grams + GRAM_NOTES - 1
    start = int(sheet.melody["onset_tick"][first])
    last = sheet.melody[first + n_notes - 1]
    end = int(last["onset_tick"]) + int(last["duration_tick"])
    bar = sheet.lines.bar_at(start)
    return SharedRun(n_notes, round((end - start) / sheet.lines.bars[bar].meter.bar_ticks, 2), first, bar,
                     index.tune_at(place), index.note_at(place) - n_grams + 1)  # fmt: skip


def _index_of(tunes: list[str], grams: list[np.ndarray]) -> OriginalityIndex:
    """Sort the hashes of tunes; each tune takes one place more than it has hashes."""
    lengths = np.array([len(part) + 1 for part in grams], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    places = np.delete(np.arange(starts[-1]), starts[1:] - 1)
    hashes = np.concatenate([*grams, np.zeros(0, dtype=np.uint32)])
    order = np.argsort(hashes, kind="stable")
    return OriginalityIndex(hashes[order].astype(np.uint32), places[order], starts, tuple(tunes))


def _places_of(index: OriginalityIndex, tune: str | None) -> range:
    """Give the places of a tune."""
    if tune not in index.tunes:
        return range(0)
    number = index.tunes.index(str(tune))
    return range(int(index.tune_starts[number]), int(index.tune_starts[number + 1]))
