"""People's figures for ``symbolic_music.evaluation.listening``, from POP909's validation songs, and its chords' order.

``python -m data_prep.listening_reference --songs shards/songs.jsonl``
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from symbolic_music.evaluation.listening import REFERENCE, HeardPhrase, HeardSong, chords_in_c, measure_all
from symbolic_music.evaluation.successions import COUNTS, count_successions, symbols_of
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.meter import TPQ, parse_meter


def heard(song: dict) -> HeardSong:
    """A song of songs.jsonl as a listener has it."""
    meter = parse_meter(song["meter"])
    phrases = tuple(
        HeardPhrase(letter, start, n_bars, sung, section, parse_key(key))
        for letter, start, n_bars, sung, section, key in song["phrases"]
    )
    rows = {part: tuple((row[0], row[1], row[2]) for row in song.get(part) or ()) for part in ("melody", "line")}
    chords = tuple((row[0], row[1], row[2], row[3]) for row in song["chords"])
    seconds = song["n_bars"] * meter.bar_ticks / TPQ * 60 / song["tempo_qpm"]
    return HeardSong(meter, song["n_bars"], seconds, phrases, rows["melody"], rows["line"], chords)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--songs", type=Path, default=Path("shards/songs.jsonl"))
    parser.add_argument("--out", type=Path, default=REFERENCE)
    parser.add_argument("--split", choices=("validation", "train"), default="validation")
    arguments = parser.parse_args()
    rows = [row for row in map(json.loads, arguments.songs.open()) if row["source"] == "pop909"]
    taught = [symbols_of(chords_in_c(heard(row))) for row in rows if row["split"] == "train"]
    COUNTS.write_text(json.dumps(count_successions(taught), separators=(",", ":")) + "\n", encoding="utf-8")
    songs = [heard(row) for row in rows if row["split"] == arguments.split]
    figures = {name: [round(figure.mean, 4), figure.n] for name, figure in measure_all(songs).items()}
    arguments.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"{arguments.out}: {len(songs)} songs")
    print("\n".join(f"  {name}: {mean} ({n})" for name, (mean, n) in figures.items()))


if __name__ == "__main__":
    main()
