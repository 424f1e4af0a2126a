"""Song after song in one process: `python -m tests.soak --briefs 2000 --out soak.jsonl`.

Each brief, drawn by chance, is made into a song, checked against what it asked for, exported in every format, imported
from its MIDI file and from one other, edited, the edit undone and done again, and exported once more. What is exported
is loaded by the libraries that read these formats, of every brief one of its two exports, and by our own readers the
other. The memory that is held must not grow. A line for every brief goes to the file of results; the run goes on
where that ends.

Fifteen briefs of sixteen are written by a small network with fixed random weights: well formed music that nobody would
write, in less time. The others are written by the package's own weights.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from symbolic_music.errors import EditError, FileFormatError, SymbolicMusicError
from symbolic_music.formats.abc_reader import read_abc
from symbolic_music.formats.midi import read_midi
from symbolic_music.formats.musicxml import read_lead_sheet
from symbolic_music.model.chosen import using_weights
from symbolic_music.model.network_config import NetworkConfig
from symbolic_music.pipeline.checking import check_song
from symbolic_music.pipeline.creation import CreateOptions, Song, create, load_song
from symbolic_music.pipeline.reimport import import_song
from symbolic_music.pipeline.song_export import FORMATS, SongExportOptions, export_song
from symbolic_music.pipeline.songs import EditOptions, edit_folder, redo, undo
from symbolic_music.song.brief import Brief
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import rows_of
from symbolic_music.song.places import find_spans
from symbolic_music.song.score import Score
from symbolic_music.tokens.vocabulary import TOKENS
from tests.model.networks import write_network
from tests.pipeline import programs
from tests.pipeline.test_editing import CHANGES_FORM, assert_agrees, assert_same_outside, bytes_of
from tests.soak.briefs import broken_promises, draw_brief
from tests.soak.edits import draw_edit
from tests.wild.identity import differences

MOST_GROWTH_MB = 96
# Songs that fill the caches: style files, verovio's fonts, both networks.
WARM_UP = 100
OWN_WEIGHTS_EVERY = 16
# Sound and pages take longest; pages are made of one brief in so many.
COLLECTED_EVERY = 1
PAGES_EVERY, PAGES = 64, ("pdf", "png")
WORDS = ("kar", "lrc")
TUNE_FOUND, NO_TUNE = "tune: ", "it has no melody"
LEFT_OUT, TUNE_CHECK = "below another left out of the lead sheet", "the tune is played as written"
EXPORTED = tuple(name for name in FORMATS if name not in ("wav", "mp3", *PAGES, *WORDS))
OTHERS = ("song.dawproject", "lead.musicxml", "lead.abc")


def soak_one(number: int, seed: int, folder: Path) -> str:
    """Take one brief through everything; say ``"song"`` or why it was refused.

    Raises
    ------
    AssertionError
        If a promise is broken.
    """
    try:
        brief = Brief(**draw_brief(number, seed))  # type: ignore[arg-type]
        song = create(brief, folder / "song", CreateOptions(audio="none", candidates=1))
    except SymbolicMusicError as refusal:
        return _refused(refusal)
    broken = broken_promises(brief, song)
    assert not broken, broken
    wrong = [one for one in check_song(folder / "song") if not one.ok]
    assert not wrong, wrong
    saved = load_song(folder / "song")
    assert saved.plan == song.plan
    names = EXPORTED + WORDS * bool(song.lead_sheet.lyrics) + PAGES * (number % PAGES_EVERY == 0)
    _check_export(folder / "song", names, folder / "out", by_programs=number % 2 == 0)
    holds_tune = _check_imports(saved, folder, OTHERS[number % len(OTHERS)])
    did = _check_edits(folder / "again", holds_tune, random.Random(f"edit {seed} {number}"))
    _check_export(folder / "again", EXPORTED, folder / "later", by_programs=number % 2 == 1)
    return f"song, {did}"


def _refused(refusal: SymbolicMusicError) -> str:
    """A refusal's name; it says in one line what is wrong."""
    assert _said(refusal)
    return type(refusal).__name__


def _said(refusal: SymbolicMusicError) -> str:
    """What a refusal says, in one line."""
    assert str(refusal).strip() and "\n" not in str(refusal), refusal
    return str(refusal)


def _check_export(song: Path, names: tuple[str, ...], out: Path, by_programs: bool) -> None:
    """Export a song in many formats; all hold the same notes."""
    names = tuple(name for name in names if by_programs or name != "svg")
    written = export_song(song, names, out, SongExportOptions(audio="none"))
    assert all(path.stat().st_size for path in written)
    saved = load_song(song)
    if by_programs:
        counts = programs.check_all(song, out)
        # Bars of other formats hold what was written; the MIDI file holds all.
        assert counts["midi"] == counts["stems"] == counts["rpp"] == counts["dawproject"], counts
        assert counts["abc"] == counts["musicxml"] == counts["svg"] == len(saved.lead_sheet.melody), counts
        return
    assert _notes(read_midi(out / "song.mid")) == _notes(saved.score)
    programs.check_stems(saved.score, out)
    programs.check_rpp(saved.score, out / "song.rpp")
    programs.check_dawproject(saved.score, out / "song.dawproject")
    _check_tune(read_lead_sheet(out / "lead.musicxml"), saved.lead_sheet, rows_of(saved.lead_sheet.melody))
    _check_tune(read_abc(out / "lead.abc"), saved.lead_sheet, programs.written_rows(saved.lead_sheet))


def _check_tune(sheet: LeadSheet, own: LeadSheet, rows: Sequence[tuple[int, ...]]) -> None:
    """A lead sheet has these notes (but for how loud they are), and the chords of the song's own."""
    assert [row[:3] for row in rows_of(sheet.melody)] == [row[:3] for row in rows]
    assert list(_changes_of_chord(sheet)) == list(_changes_of_chord(own))


def _changes_of_chord(sheet: LeadSheet) -> Iterator[tuple[int, object]]:
    """Where another chord sounds than before: formats may leave out one that is said again."""
    before: object = None
    for tick in sorted({0, *(event.onset_tick for event in sheet.chords), *sheet.no_chords}):
        if (chord := sheet.chord_at(tick)) != before:
            yield tick, chord
        before = chord


def _notes(score: Score) -> list[list[tuple[int, int, int, int]]]:
    """The notes of every track that sounds: import leaves out players that never play."""
    return [rows_of(track.notes) for track in score.tracks if len(track.notes)]


def _check_imports(saved: Song, folder: Path, other: str) -> bool:
    """What is imported has the same notes, and is the same song when it is exported and imported again.

    Says whether its lead sheet holds the whole tune: notes at one place of the grid are one, and the import says so.
    """
    again = import_song(folder / "out" / "song.mid", folder / "again")
    found = differences(folder / "out" / "song.mid", folder)
    assert not found, found
    if not len(saved.lead_sheet.melody):
        return _check_tune_found(saved, again, folder / "out" / other)
    assert _notes(again.score) == _notes(saved.score)
    song = import_song(folder / "out" / other)
    if other.endswith(".dawproject"):
        assert sorted(_notes(song.score)) == sorted(_notes(saved.score))
    else:
        own = saved.lead_sheet
        _check_tune(song.lead_sheet, own, programs.written_rows(own) if other.endswith(".abc") else rows_of(own.melody))
    n_notes = sum(len(track.notes) for track in again.score.tracks if track.role == "melody")
    holds_tune = n_notes == len(again.lead_sheet.melody)
    assert holds_tune or any(LEFT_OUT in remark for remark in again.lead_sheet.remarks), "notes left out unsaid"
    return holds_tune


def _check_tune_found(saved: Song, again: Song, other: Path) -> bool:
    """Of a song in which nobody sings a note, import takes what is played for the tune, and says so.

    No note is lost or new. A lead sheet without notes is nothing to import, and is refused in a line.
    """
    assert _all_notes(again.score) == _all_notes(saved.score)
    assert any(TUNE_FOUND in remark for remark in again.lead_sheet.remarks), "a tune found unsaid"
    try:
        song = import_song(other)
    except FileFormatError as refusal:
        assert not other.name.endswith(".dawproject") and NO_TUNE in _said(refusal), refusal
    else:
        assert other.name.endswith(".dawproject") and _all_notes(song.score) == _all_notes(saved.score)
    return sum(len(track.notes) for track in again.score.tracks if track.role == "melody") == len(
        again.lead_sheet.melody
    )


def _all_notes(score: Score) -> list[tuple[int, int, int, int]]:
    """The notes of all tracks together: a tune that is found may be taken out of a track's chords."""
    return sorted(row for rows in _notes(score) for row in rows)


def _check_edits(folder: Path, holds_tune: bool, chance: random.Random) -> str:
    """Edit a song's folder: nothing outside the place changes, undo brings back every byte; say what was done."""
    before, files = load_song(folder), bytes_of(folder)
    try:
        edit = draw_edit(before.plan, chance)
        edit_folder(folder, edit, EditOptions(audio="none"))
    except EditError as refusal:
        assert bytes_of(folder) == files
        return f"edit refused: {_refused(refusal)}"
    after, changed = load_song(folder), bytes_of(folder)
    if holds_tune:
        assert_agrees(after)
    operations = edit.operations
    if not any(one.what in (*CHANGES_FORM, "insert") for one in operations):
        spans = tuple(span for one in operations for span in find_spans(before.plan, one))
        assert_same_outside(before, after, spans)
    wrong = [one for one in check_song(folder) if not one.ok and (holds_tune or one.what != TUNE_CHECK)]
    assert not wrong, wrong
    undo(folder)
    assert bytes_of(folder) == files
    redo(folder)
    assert bytes_of(folder) == changed
    return ", ".join(one.what for one in operations)


def held_mb(collect: bool) -> float:
    """The memory that this process holds now, in units of 2**20 bytes; 0 where the system does not say."""
    if collect:
        gc.collect()
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            import resource

            return int(file.read().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return 0.0


@contextmanager
def small_weights() -> Iterator[Path]:
    """Write a small network with fixed random weights; the grammar's masks make its phrases well formed."""
    with TemporaryDirectory() as folder:
        write_network(NetworkConfig(len(TOKENS), 64, 128, 2, 4, 4), Path(folder))
        yield Path(folder)


def one_line(number: int, seed: int, small: Path) -> dict[str, Any]:
    """Take one brief through everything and say what came of it."""
    start = time.process_time()
    broken = ""
    with TemporaryDirectory() as folder, using_weights(None if number % OWN_WEIGHTS_EVERY == 0 else small):
        try:
            outcome = soak_one(number, seed, Path(folder))
        except Exception as failure:
            outcome, frame = "broken", traceback.extract_tb(failure.__traceback__)[-1]
            what = " ".join(str(failure).split())[:600]
            broken = f"{type(failure).__name__} at {Path(frame.filename).name}:{frame.lineno}: {what}"
    spent = round(time.process_time() - start, 2)
    return {"brief": number, "outcome": outcome, "sec": spent, "mb": round(held_mb(number % COLLECTED_EVERY == 0))} | (
        {"broken": broken} if broken else {}
    )


def main() -> int:
    """Soak; the exit code says whether anything broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--briefs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first brief, to see one again")
    parser.add_argument("--out", type=Path, help="results, a line a brief; what is there is not done again")
    options = parser.parse_args()
    results = [] if options.out is None or not options.out.is_file() else [
        json.loads(line) for line in options.out.read_text(encoding="utf-8").splitlines()
    ]  # fmt: skip
    done, memory = {result["brief"] for result in results}, list[float]()
    with small_weights() as small:
        for number in range(options.first, options.first + options.briefs):
            if number in done:
                continue
            result = one_line(number, options.seed, small)
            results.append(result)
            memory.append(result["mb"])
            if options.out is not None:
                with options.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(result) + "\n")
            if "broken" in result:
                print(f"brief {number} {draw_brief(number, options.seed)}: {result['broken']}", flush=True)
            if len(memory) % 50 == 0:
                print(f"{len(results)} briefs, {time.process_time():.0f} s, {memory[-1]:.0f} MB", flush=True)
    return _summary(results, memory)


def _summary(results: list[dict[str, Any]], memory: list[float]) -> int:
    """Print what came of all briefs, and how the memory of this process grew."""
    outcomes = Counter(result["outcome"].split(",")[0] for result in results)
    edits = Counter(
        kind for result in results if "," in result["outcome"] for kind in result["outcome"].split(", ")[1:]
    )
    first, last = (memory[min(WARM_UP, len(memory) - 1)], memory[-1]) if memory else (0.0, 0.0)
    print(f"{len(results)} briefs: {dict(outcomes)}; {sum(result['sec'] for result in results):.0f} s of the processor")
    print(f"edits: {dict(edits.most_common())}")
    print(f"memory {first:.0f} MB after {min(WARM_UP, len(memory))} briefs, {last:.0f} MB after {len(memory)}")
    return int(outcomes["broken"] > 0 or last > first + MOST_GROWTH_MB)


if __name__ == "__main__":
    sys.exit(main())
