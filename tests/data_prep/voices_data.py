"""Made-up miniatures of the sources of voices, in their own formats."""

from __future__ import annotations

import json
from pathlib import Path

from symusic import KeySignature, Note, Score, Tempo, TextMeta, TimeSignature, Track

QUARTER = 384
Row = tuple[int, int, int]  # onset, duration, pitch in quarters, quarters and semitones

# Four bars of I, IV, V, I after an upbeat, for soprano, alto, tenor and bass; quarters from the upbeat.
UPBEAT = [(67, 64, 60, 48)]
CHORALE = [*[(72, 67, 64, 48)] * 4, *[(69, 65, 60, 53)] * 4, *[(71, 67, 62, 43)] * 4, *[(72, 67, 64, 48)] * 3]
VOICES = ("sopranos", "altos", "tenors", "basses")
WORDS = ["Oh", "hap-", "py", "day"]


def write_voices(root: Path) -> None:
    """Write one or two pieces of every such source into a data folder."""
    write_pd_songs(root / "pd_songs")
    write_open_hymnal(root / "open_hymnal")
    write_mutopia(root / "mutopia_free")
    write_rs200(root / "rs200", [rock_song()])
    write_table(root / "progressions" / "progressions.tsv", [
        {"id": "minor_001", "mode": "minor", "chords": "0:min 8:maj 3:maj 10:7", "moods": "Dark Hopeful"},
        {"id": "modal_001", "mode": "modal", "chords": "0:maj 10:maj 5:maj 0:maj", "moods": "Triumphant"},
    ])  # fmt: skip
    write_table(root / "same_melody.tsv", [
        {"source_a": "pd_songs", "id_a": "ly/Tune", "source_b": "open_hymnal", "id_b": "001_tune"},
        {"source_a": "pd_songs", "id_a": "ly/Tune", "source_b": "elsewhere", "id_b": "9"},
    ])  # fmt: skip


def chorale(transpose: int = 0) -> dict[str, list[Row]]:
    """The four voices' notes: an upbeat of a quarter, then quarters."""
    beats = [*UPBEAT, *CHORALE]
    return {name: [(at, 1, chord[number] + transpose) for at, chord in enumerate(beats)]
            for number, name in enumerate(VOICES)}  # fmt: skip


def write_score(path: Path, voices: dict[str, list[Row]], verses: dict[str, list[str]], fifths: int = 0,
                meter: tuple[int, int] = (4, 4), tpq: int = QUARTER) -> None:  # fmt: skip
    """Write voices, and verses whose syllables stand on the first voice's notes."""
    score = Score(tpq)
    score.time_signatures.append(TimeSignature(0, *meter))
    score.key_signatures.append(KeySignature(0, fifths, 0))
    score.tempos.append(Tempo(0, 100))
    for name, rows in voices.items():
        track = Track(name=name)
        for onset, duration, pitch in rows:
            track.notes.append(Note(round(onset * tpq), round(duration * tpq), pitch, 80))
        score.tracks.append(track)
    onsets = [row[0] for row in next(iter(voices.values()))]
    for name, words in verses.items():
        track = Track(name=name)
        for onset, word in zip(onsets, words, strict=False):
            track.lyrics.append(TextMeta(round(onset * tpq), word))
        score.tracks.append(track)
    path.parent.mkdir(parents=True, exist_ok=True)
    score.dump_midi(path)


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    """Write rows of one shape as tab-separated values."""
    lines = ["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_pd_songs(folder: Path) -> None:
    """A song in C with two verses, and a minor one that is written as major."""
    rows = [{"id": name, "midi": f"midi/{name}.mid", "title": name[3:], "composer": "Someone", "other": "",
             "pickup_ticks": str(QUARTER)} for name in ("ly/Tune", "ly/Dark")]  # fmt: skip
    write_table(folder / "index.tsv", rows)
    verses = {"lyrics sopranos 1": WORDS, "lyrics sopranos 2": ["Ah", "me"]}
    write_score(folder / "midi" / "ly" / "Tune.mid", chorale(), verses)
    minor = {name: [(at, n, 69 - (72 - pitch) if pitch != 64 else 60) for at, n, pitch in rows]
             for name, rows in chorale().items()}  # fmt: skip
    minor["basses"] = [(at, n, {48: 45, 53: 50, 43: 52}[pitch]) for at, n, pitch in chorale()["basses"]]
    write_score(folder / "midi" / "ly" / "Dark.mid", minor, {})


def write_open_hymnal(folder: Path) -> None:
    """One hymn that is read, and two that are not: words not matched, no meter."""
    names = {"001_tune": ("yes", "4/4"), "002_other": ("no", "4/4"), "003_chant": ("yes", "none")}
    write_table(folder / "index.tsv", [
        {"id": name, "title": "Tune", "composer": "Someone", "metre": meter, "aligned": aligned}
        for name, (aligned, meter) in names.items()
    ])  # fmt: skip
    renamed = dict(zip(("S1V1", "S1V2", "S2V1", "S2V2"), chorale(5).values(), strict=True))
    write_score(folder / "midi" / "001_tune.mid", renamed, {"lyrics S1V1 1": WORDS}, fifths=-1, tpq=480)
    (folder / "abc").mkdir()
    (folder / "abc" / "001_tune.abc").write_text("M: 4/4\nL: 1/4 % default\nK: F\n[V: S1V1] [Q:1/4=100] c | f4 |\n")


def write_mutopia(folder: Path) -> None:
    """A song with its words and piano, a dance in 3/8 whose right hand has chords, and a hymn with written chords."""
    rows = [("A/song", "Song", "Voice and Piano", "no"), ("A/dance", "Popular / Dance", "Piano", "no"),
            ("A/hymn", "Hymn", "Voice (SATB)", "yes")]  # fmt: skip
    write_table(folder / "index.tsv", [
        {"id": name, "midi": f"midi/{name}.mid", "title": name[2:], "composer": "A", "style": style,
         "instrument": instrument, "pickup_ticks": "0", "has_chords": chords,
         "licence": "Creative Commons Attribution 2.5" if "dance" in name else "Public Domain"}
        for name, style, instrument, chords in rows
    ])  # fmt: skip
    sung = [(at, 1, 60 + at % 5) for at in range(20)]
    left = [(bar * 4 + beat, 1, pitch) for bar in range(5) for beat, pitch in ((0, 48), (1, 52), (1, 55), (2, 52))]
    write_score(folder / "midi" / "A" / "song.mid", {"mel": sung, "upper": sung, "lower": left},
                {"": ["hap", "py", "day"]})  # fmt: skip
    right = [(at / 2, 0.5, pitch) for at in range(24) for pitch in (72 + at % 3, 64)]
    bass = [(bar * 1.5, 1.5, 48) for bar in range(8)]
    write_score(folder / "midi" / "A" / "dance.mid", {"upper": right, "lower": bass}, {}, meter=(3, 8))
    blocks = [(bar * 4, 4, pitch) for bar in range(5) for pitch in ((43, 47, 50) if bar == 3 else (48, 52, 55))]
    write_score(folder / "midi" / "A" / "hymn.mid", {"": blocks, "top": sung, "bottom": left}, {})
    for name, words in (("song", "\\addlyrics { hap -- py day }"), ("dance", "\\tempo 4 = 100"), ("hymn", "")):
        path = folder / "lilypond" / "A" / f"{name}.ly"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words)


def rock_song() -> dict:
    """Nine bars of E, of which the fifth is in 2/4: verse and chorus by one analyst, letters by the other."""
    roots = ["E:maj", "A:maj", "B:7", "E:maj", "E:maj", "A:maj", "N", "B:7", "E:maj"]
    lowest = [{"E": 52, "A": 57, "B": 59, "N": 57}[label[0]] for label in roots]
    notes = [[bar, at, 4, lowest[bar] + step, 0] for bar in range(9) for at, step in ((0, 0), (1, 4), (2, 7))]
    chords = [[bar, 0, 1, "", label] for bar, label in enumerate(roots)]
    meters = [[0, "4/4"], [4, "2/4"], [5, "4/4"]]
    beats = [2.0 * bar - (bar > 4) for bar in range(10)]
    return {
        "id": "hill", "title": "The Hill", "bars": 9, "metre": meters, "key": [[0, "E"]], "notes": notes,
        "downbeats_s": beats, "chords_dt": chords, "chords_tdc": [[0, 0, 1, "", "E:maj"]], "metre_dt": meters,
        "key_dt": [[0, "E"]], "sections_dt": [[0, "Vr", "verse", 0, 5], [1, "A", "", 0, 2], [0, "Ch", "chorus", 5, 9]],
        "sections_tdc": [[0, "A", "", 0, 9]],
    }  # fmt: skip


def write_rs200(folder: Path, songs: list[dict]) -> None:
    """Write songs, one a line."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "songs.jsonl").write_text("".join(json.dumps(song) + "\n" for song in songs), encoding="utf-8")
