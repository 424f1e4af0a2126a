"""Compare our readers with the field's: `python -m tests.wild.compare --format abc --folder tunes --files 200`.

Each reader gives the tune that it finds: of the first part with notes the highest note at every onset, as it is played
(repeats written out), from the first note on, on the engine's grid. A list that two readers have alike, more than
any other, is taken to be right; where none is, or two are as many, the file has no judge and is listed to be looked
at. Readers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import multiprocessing
import os
import random
import re
import signal
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Tune = tuple[tuple[int, int], ...]
MOST_SEC = 30
KINDS = ("right", "wrong", "refused", "crashed", "too long", "no judge")
GRID = 12
# What a third of an eighth is moved by, in twelfths of a quarter.
ROUNDING = 2


def tune_of(notes: Iterable[tuple[float, int]]) -> Tune:
    """Take the highest pitch at each onset (in quarters), from the first note on, on the engine's grid."""
    from symbolic_music.theory.meter import snap_to_grid

    highest: dict[int, int] = {}
    for onset, pitch in notes:
        place = snap_to_grid(float(onset) * GRID)
        highest[place] = max(highest.get(place, 0), int(pitch))
    first = min(highest, default=0)
    return tuple((place - first, highest[place]) for place in sorted(highest))


def ours_text(path: Path) -> Tune:
    from symbolic_music.formats.abc_reader import read_abc
    from symbolic_music.formats.musicxml import read_lead_sheet

    melody = (read_abc if path.suffix == ".abc" else read_lead_sheet)(path).melody
    return tune_of((onset / GRID, pitch) for onset, pitch in zip(melody["onset_tick"], melody["pitch"], strict=True))


def ours_midi(path: Path) -> Tune:
    from symbolic_music.formats.midi import read_midi

    score = read_midi(path)
    rows = next((track.notes for track in score.tracks if len(track.notes)), ())
    return tune_of((row["onset_tick"] / score.tpq, row["pitch"]) for row in rows)


def by_mido(path: Path) -> Tune:
    import mido

    song = mido.MidiFile(str(path))
    for track in song.tracks:
        now, found = 0, defaultdict[int, list[tuple[float, int]]](list)
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                found[message.channel].append((now / song.ticks_per_beat, message.note))
        if found:
            return tune_of(found[min(found)])
    return ()


def by_symusic(path: Path) -> Tune:
    import symusic

    score = symusic.Score(str(path))
    tracks = [track for track in score.tracks if len(track.notes)]
    return tune_of((note.start / score.ticks_per_quarter, note.pitch) for note in (tracks[0].notes if tracks else ()))


def apart(read: Callable[[Path], Tune]) -> Callable[[Path], Tune]:
    """Read in a process of its own, for native code may end the process."""

    def read_apart(path: Path) -> Tune:
        receiver, sender = multiprocessing.Pipe(duplex=False)

        def answer() -> None:
            try:
                sender.send(read(path))
            except Exception:
                sender.send(())

        child = multiprocessing.get_context("fork").Process(target=answer)
        child.start()
        sender.close()
        try:
            found: Tune = receiver.recv()
        except EOFError:
            raise CrashError from None
        finally:
            child.kill()
            child.join()
        return found

    return read_apart


class CrashError(Exception):
    """The reader ended its process."""


def by_pretty_midi(path: Path) -> Tune:
    import pretty_midi

    song = pretty_midi.PrettyMIDI(str(path))
    tracks = [track for track in song.instruments if track.notes]
    return tune_of((song.time_to_tick(n.start) / song.resolution, n.pitch) for n in (tracks[0].notes if tracks else ()))


def by_music21(path: Path) -> Tune:
    import music21

    kind = "abc" if path.suffix == ".abc" else None
    score: Any = music21.converter.parse(str(path), format=kind, forceSource=True)
    parts = [part for part in score.parts if len(part.flatten().notes)] or [score]
    part = parts[0]
    if path.suffix != ".mid":
        with contextlib.suppress(music21.repeat.ExpanderException):
            part = part.expandRepeats()
    found = []
    for note in part.flatten().notes:
        is_chord_symbol = "ChordSymbol" in note.classes
        if is_chord_symbol or note.duration.isGrace or (note.tie is not None and note.tie.type != "start"):
            continue
        found += [(float(note.offset), pitch.midi) for pitch in note.pitches]
    return tune_of(found)


def by_partitura(path: Path) -> Tune:
    import partitura

    if path.suffix == ".mid":
        performed = partitura.load_performance_midi(str(path))
        part = next(part for part in performed.performedparts if part.notes)
        return tune_of((note["note_on_tick"] / part.ppq, note["midi_pitch"]) for note in part.notes)
    score = partitura.load_musicxml(str(path))
    part = next(part for part in score.parts if len(part.notes_tied))
    unfolded = partitura.score.unfold_part_maximal(part)
    rows = unfolded.note_array(include_grace_notes=True)
    return tune_of((row["onset_quarter"], row["pitch"]) for row in rows if not row["is_grace"])


def by_verovio(path: Path) -> Tune:
    import base64

    import verovio

    toolkit = verovio.toolkit()
    toolkit.setOptions({"inputFrom": "abc"} if path.suffix == ".abc" else {})
    if not toolkit.loadFile(str(path)):
        raise ValueError("not loaded")
    with tempfile.TemporaryDirectory() as folder:
        midi = Path(folder) / "a.mid"
        midi.write_bytes(base64.b64decode(toolkit.renderToMIDI()))
        return by_mido(midi)


READERS: dict[str, dict[str, Callable[[Path], Tune]]] = {
    "abc": {"ours": ours_text, "music21": by_music21, "symusic": apart(by_symusic), "verovio": apart(by_verovio)},
    "musicxml": {"ours": ours_text, "music21": by_music21, "partitura": by_partitura, "verovio": apart(by_verovio)},
    "midi": {"ours": ours_midi, "mido": by_mido, "symusic": apart(by_symusic), "pretty_midi": by_pretty_midi,
             "music21": by_music21, "partitura": by_partitura},
}  # fmt: skip
SUFFIXES = {"abc": (".abc",), "musicxml": (".mxl", ".musicxml", ".xml"), "midi": (".mid",)}


def main() -> None:
    """Read files drawn by chance with every reader, print the table and what each got wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.wild.compare", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, action="append")
    parser.add_argument("--format", choices=sorted(READERS), required=True)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="results, a line a file; what is there is not read again")
    options = parser.parse_args()
    done = {} if options.out is None or not options.out.is_file() else {
        result["file"]: result for result in map(json.loads, options.out.read_text(encoding="utf-8").splitlines())
    }  # fmt: skip
    warnings.simplefilter("ignore")
    readers = {name: read for name, read in READERS[options.format].items()
               if name == "ours" or importlib.util.find_spec(name) is not None}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        paths = _files(options.folder, SUFFIXES[options.format], Path(folder))
        random.Random(options.seed).shuffle(paths)
        counts: dict[str, Counter[str]] = {name: Counter() for name in readers}
        seconds: dict[str, float] = defaultdict(float)
        for path in paths[: options.files]:
            name_of_file = str(path.relative_to(folder) if path.is_relative_to(folder) else path)
            result = done.get(name_of_file) or {"file": name_of_file} | _result(path, readers)
            if options.out is not None and name_of_file not in done:
                with options.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(result) + "\n")
            for name in readers:
                counts[name][result["kinds"][name]] += 1
                seconds[name] += result["seconds"][name]
    print(f"| {options.format} ({len(paths[: options.files])}) | {' | '.join(KINDS)} | seconds |")
    for name, count in counts.items():
        figures = [str(count[kind]) for kind in KINDS]
        print(f"| {name} | {' | '.join(figures)} | {seconds[name]:.1f} |")


def _result(path: Path, readers: dict[str, Callable[[Path], Tune]]) -> dict[str, Any]:
    """What every reader made of a file, and in how many seconds."""
    found: dict[str, Tune | str] = {}
    seconds = {}
    for name, read in readers.items():
        start = _spent()
        found[name] = _try(read, path)
        seconds[name] = round(_spent() - start, 3)
    return {"kinds": _judge(path, found), "seconds": seconds}


def _spent() -> float:
    """Seconds of the processor, those of finished child processes too."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _files(folders: Iterable[Path], suffixes: tuple[str, ...], scratch: Path) -> list[Path]:
    """List files; a book of ABC tunes is cut, since libraries read the first tune or all as one."""
    paths = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in suffixes)
    if suffixes != (".abc",):
        return paths
    cut = []
    for path in paths:
        text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
        tunes = [tune for tune in re.split(r"(?m)^(?=X:)", text) if tune.startswith("X:") and "K:" in tune]
        for number, tune in enumerate(tunes):
            cut.append(scratch / f"{path.stem}-{number}.abc")
            cut[-1].write_text(tune, encoding="utf-8")
    return cut


def _try(read: Callable[[Path], Tune], path: Path) -> Tune | str:
    """Read within the time; say what happened instead."""

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(MOST_SEC)
    try:
        with open(os.devnull, "w", encoding="utf-8") as nothing, contextlib.redirect_stdout(nothing), \
                contextlib.redirect_stderr(io.StringIO()):  # fmt: skip
            return read(path) or "refused"
    except CrashError:
        return "crashed"
    except Exception as failure:
        if read in (ours_text, ours_midi):
            print(f"{path.name}: ours: {str(failure).replace(str(path), '')[:150]}", flush=True)
        return "too long" if isinstance(failure, TimeoutError) else "refused"
    finally:
        signal.alarm(0)


def _judge(path: Path, found: dict[str, Tune | str]) -> dict[str, str]:
    """Say of each reader whether it agrees with most."""
    groups: list[list[Tune]] = []
    for tune in found.values():
        if isinstance(tune, tuple):
            group = next((group for group in groups if _alike(tune, group[0])), None)
            groups += [[tune]] if group is None else []
            if group is not None:
                group.append(tune)
    groups.sort(key=len, reverse=True)
    has_judge = bool(groups) and len(groups[0]) > 1 and (len(groups) == 1 or len(groups[0]) > len(groups[1]))
    right = groups[0] if has_judge else []
    kinds = {
        name: tune if isinstance(tune, str) else "right" if tune in right else "wrong" if has_judge else "no judge"
        for name, tune in found.items()
    }  # fmt: skip
    ours = found["ours"]
    is_alone = has_judge and isinstance(ours, tuple) and ours not in right
    if is_alone or not has_judge:
        print(f"{path.name}: {'ours is alone' if is_alone else 'no judge'}", flush=True)
        for name, tune in found.items():
            what = tune if isinstance(tune, str) else _first_difference(ours, tune)
            print(f"    {name}: {what}", flush=True)
    return kinds


def _alike(one: Tune, other: Tune) -> bool:
    """Whether two tunes are the same but for how they are brought to the grid."""
    return len(one) == len(other) and all(
        abs(ours[0] - theirs[0]) <= ROUNDING and ours[1] == theirs[1] for ours, theirs in zip(one, other, strict=True)
    )


def _first_difference(ours: Tune | str, theirs: Tune) -> str:
    """Show the first note that differs: its number and, for both, onset in quarters and pitch."""
    if isinstance(ours, str):
        return f"{len(theirs)} notes"
    if _alike(ours, theirs):
        return f"as ours, {len(ours)} notes"
    pairs = list(zip(ours, theirs, strict=False))
    number = next((number for number, (one, other) in enumerate(pairs) if not _alike((one,), (other,))), len(pairs))
    shown = [[(place / GRID, pitch) for place, pitch in tune[number : number + 3]] for tune in (ours, theirs)]
    return f"{len(theirs)} notes; note {number}: ours {shown[0]}, theirs {shown[1]}"


if __name__ == "__main__":
    main()
