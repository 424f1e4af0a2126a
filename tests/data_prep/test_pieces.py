"""Multi-track pieces: bars, roles, form, and what becomes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from symusic import Note, Score, Tempo, TimeSignature, Track

from data_prep.band_examples import band_examples_of, clean_drums
from data_prep.piece_form import letters_of, phrase_starts, sections_of
from data_prep.piece_roles import doubles
from data_prep.piece_tracks import Tracks, Voice, grid_fit, read_tracks
from data_prep.pieces import arrangement_of, fill_bars, read_piece, style_of
from data_prep.readers import game_music, th_free_music
from data_prep.songs import from_row, to_row
from symbolic_music.analysis.texture import lead_score, part_of_voice, texture_of
from symbolic_music.errors import FileFormatError
from symbolic_music.theory.meter import parse_meter

Rows = list[tuple[float, float, int]]  # onset and length in quarters, pitch
TUNE = (72, 74, 76, 74, 72, 71, 69, 71)
ROOTS = (57, 53, 48, 55)


def tune(first: int, last: int) -> Rows:
    """A tune in eighths and quarters over bars of 4/4, which rests at the end of every bar."""
    at = (0, 1, 1.5, 2, 2.5)
    return [(4 * bar + on, 0.5, TUNE[(bar + i * (1 + bar % 3)) % 8]) for bar in range(first, last)
            for i, on in enumerate(at)]  # fmt: skip


def answers(first: int, last: int) -> Rows:
    """A lower voice that fills the tune's rests."""
    return [
        (4 * bar + on, 0.25, 64 + (bar + i) % 5) for bar in range(first, last) for i, on in enumerate((3, 3.25, 3.5))
    ]


def chords(first: int, last: int) -> Rows:
    """Triads of a bar: A minor, F, C, G."""
    thirds = (3, 4, 4, 4)
    return [(4 * bar, 4, ROOTS[bar % 4] + step) for bar in range(first, last) for step in (0, thirds[bar % 4], 7)]


def bass(first: int, last: int) -> Rows:
    """Eighths on the root."""
    return [(4 * bar + on / 2, 0.5, ROOTS[bar % 4] - 12) for bar in range(first, last) for on in range(8)]


def beat(first: int, last: int) -> Rows:
    """Kick, snare, hi-hat; every eighth bar ends in a fill."""
    rows = []
    for bar in range(first, last):
        rows += [(4 * bar + on / 2, 0.25, 42) for on in range(8)]
        rows += [(4 * bar, 0.25, 36), (4 * bar + 2, 0.25, 36), (4 * bar + 1, 0.25, 38), (4 * bar + 3, 0.25, 38)]
        if bar % 8 == 7:
            rows += [(4 * bar + 2 + i / 4, 0.25, 48 - i // 4 * 3) for i in range(8)]
    return sorted(set(rows))


BAND = (("Lead", 81, tune, 4), ("", 11, answers, 0), ("Pad", 89, chords, 0), ("", 33, bass, 4), ("", -1, beat, 4))


def make_score(
    n_bars: int = 20,
    band: tuple[tuple[str, int, Callable[[int, int], Rows], int], ...] = BAND,
    meter: tuple[int, int] = (4, 4),
    qpm: float = 120.0,
    scale: float = 1.0,
) -> Score:
    """A score of tracks (name, program or -1 for drums, music, first bar)."""
    score = Score(480)
    score.tempos = [Tempo(0, qpm=qpm)]
    score.time_signatures = [TimeSignature(0, *meter)]
    for name, program, music, first in band:
        track = Track(name=name, program=max(program, 0), is_drum=program < 0)
        for on, length, pitch in music(first, n_bars):
            track.notes.append(Note(round(on * 480 * scale), round(length * 480 * scale), pitch, 90))
        score.tracks.append(track)
    return score


@pytest.fixture(scope="module")
def piece() -> dict:
    """The band's piece as a dataset row."""
    song = {"id": "freedoom/x", "source": "freedoom", "split": "train", "title": "", "artist": "", "genre": "rock"}
    return to_row(read_piece(make_score(), Counter()) | song, "BSD-3-Clause")


def part(row: dict, name: str) -> dict:
    """A part of a row."""
    return next(p for p in row["parts"] if p["part"] == name)


def test_every_track_gets_the_role_that_it_plays(piece: dict) -> None:
    programs = {p["part"]: p["program"] for p in piece["parts"]}
    assert programs == {"melody": 81, "line": 11, "pad": 89, "bass": 33, "drums": 0}
    assert max(part(piece, "bass")["pitch"]) < min(part(piece, "melody")["pitch"])


def test_what_leads_before_the_tune_enters_is_a_line(piece: dict) -> None:
    assert part(piece, "line")["onset_tick"][0] < 4 * 48 <= part(piece, "melody")["onset_tick"][0]
    first = piece["phrases"][0]
    assert (first["n_bars"], first["is_sung"], first["section"]) == (4, False, "intro")


def test_phrases_begin_where_players_enter(piece: dict) -> None:
    assert [(p["start_bar"], p["n_bars"]) for p in piece["phrases"]] == [(0, 4), (4, 8), (12, 8)]


def test_the_key_and_the_chords_are_those_that_sound(piece: dict) -> None:
    assert piece["key"] in ("A minor", "C major")
    heard = [(c["onset_tick"] // 48, c["root"]) for c in piece["chords"]]
    assert heard == [(bar, ROOTS[bar % 4] % 12) for bar in range(20)]
    assert {c["version"] for c in piece["chords"]} == {"estimate"} and piece["chords_from"] == "estimate"


def test_a_piece_is_a_song_and_an_arrangement(piece: dict) -> None:
    song, arrangement = from_row(piece), arrangement_of(piece)
    assert len(song["melody"]) == 16 * 5 and song["line"] and song["piano"] == []
    assert set(arrangement["parts"]) == {"pad", "bass", "drums"} == set(arrangement["programs"])
    assert arrangement["fills"] == [] and arrangement["n_bars"] == 20 and arrangement["style"] == "any"
    examples = list(band_examples_of(song, arrangement, np.random.default_rng(0)))
    assert {e.part for e in examples} == {"pad", "bass", "drums"}


def test_fills_are_what_ends_a_phrase_otherwise_than_it_went() -> None:
    drums = [(round(on * 12), 3, pitch, 90) for on, _, pitch in beat(0, 16)]
    phrases = [{"start_bar": 0, "n_bars": 8}, {"start_bar": 8, "n_bars": 4}, {"start_bar": 12, "n_bars": 4}]
    assert fill_bars(drums, phrases, parse_meter("4/4")) == [7, 15]


def test_drums_of_an_arrangement_are_cleaned_when_examples_are_made() -> None:
    drums = [(0, 3, 36, 90), (0, 3, 42, 80), (0, 3, 46, 100), (12, 3, 40, 100), (18, 3, 38, 30)]
    cleaned = clean_drums(drums, {"family": "rock", "programs": {"drums": 0}})
    assert [hit[2] for hit in cleaned] == [36, 46, 38, 40]
    machine = clean_drums([(0, 3, drum, 90) for drum in (36, 38, 39, 42)], {"family": "electronic", "programs": {}})
    assert [hit[2] for hit in machine] == [36, 38, 39, 42]


@pytest.mark.parametrize(
    ("programs", "qpm", "style"),
    [((30, 33), 160, "metal"), ((30, 33), 110, "hard rock"), ((48, 60), 100, "cinematic"), ((80, 80), 120, "chiptune"),
     ((0, 32), 120, "any")],
)  # fmt: skip
def test_the_instruments_tell_the_style(programs: tuple[int, ...], qpm: float, style: str) -> None:
    parts = [{"program": program, "is_drum": False, "pitch": [60] * 10} for program in programs]
    row = {"parts": [*parts, {"program": 0, "is_drum": True, "pitch": [36]}], "tempo_qpm": qpm, "title": "",
           "meter": "4/4"}  # fmt: skip
    assert style_of(row) == style


def test_the_longest_stretch_in_a_meter_of_ours_is_read() -> None:
    score = make_score(30)
    score.time_signatures = [TimeSignature(0, 7, 8), TimeSignature(7 * 240, 4, 4), TimeSignature(27 * 1920, 5, 4)]
    problems: Counter[str] = Counter()
    tracks = read_tracks(score, problems)
    assert str(tracks.meter) == "4/4" and tracks.n_bars == 27
    assert problems["meter changes: longest stretch read"] == 1
    score.time_signatures = [TimeSignature(0, 5, 4)]
    with pytest.raises(FileFormatError, match=r"no bars in one of our meters: 5/4"):
        read_tracks(score, Counter())


def test_a_piece_off_the_grid_or_too_short_is_refused() -> None:
    with pytest.raises(FileFormatError, match="of the onsets lie on sixteenths"):
        read_tracks(make_score(scale=0.937), Counter())
    with pytest.raises(FileFormatError, match=r"8 bars and .* are needed"):
        read_piece(make_score(8), Counter())
    assert grid_fit(np.array([0, 0.25, 1 / 3, 0.5])) == 1 and grid_fit(np.array([0.125])) == 0


def test_a_beat_written_as_an_eighth_is_doubled() -> None:
    score = make_score(40, band=(("", 33, lambda a, b: [(i / 2, 0.25, 40) for i in range(a, b * 8)], 0),), scale=0.25)
    tracks = read_tracks(score, Counter())
    assert tracks.is_doubled and tracks.tempo_qpm == 240 and tracks.voices[0].rows[1][0] == 3


def test_silence_around_the_music_goes() -> None:
    score = make_score(24, band=(("", 33, bass, 6),))
    assert read_tracks(score, Counter()).n_bars == 18


def voice(rows: Rows, program: int = 81, name: str = "") -> Voice:
    """A voice of rows in quarters."""
    return Voice(name, program, False, tuple((round(on * 12), round(length * 12), p, 90) for on, length, p in rows))


def test_a_tune_leads_and_an_arpeggio_does_not() -> None:
    runs = voice([(i / 4, 0.25, 60 + (0, 4, 7, 12)[i % 4]) for i in range(64)])
    sung = voice(tune(0, 4))
    measured = [texture_of(v.rows, 0, 4 * 48, 48) for v in (sung, runs)]
    assert lead_score(sung, measured[0]) > lead_score(runs, measured[1]) + 0.5
    assert part_of_voice(runs, measured[1]) == "arpeggio"
    assert part_of_voice(voice(chords(0, 4), 48), texture_of(voice(chords(0, 4)).rows, 0, 192, 48)) == "pad"
    assert part_of_voice(voice(bass(0, 4), 47), measured[0]) is None  # timpani


def test_an_octave_and_an_echo_are_doublings_but_an_answer_is_not() -> None:
    lead = voice(tune(0, 4)).rows
    assert doubles(voice([(on, length, pitch - 12) for on, length, pitch in tune(0, 4)]).rows, lead)
    assert doubles(voice([(on + 0.5, length, pitch) for on, length, pitch in tune(0, 4)]).rows, lead)
    assert not doubles(voice(answers(0, 4)).rows, lead)


def test_equal_music_has_equal_letters_and_there_are_letters_enough() -> None:
    again = Tracks((voice([*tune(0, 4), *[(on + 16, length, p) for on, length, p in tune(0, 4)]]),),
                   parse_meter("4/4"), 120.0, 8, False, 1.0)  # fmt: skip
    assert letters_of(again, [0, 4, 8]) == ["A", "A"]
    scale = [(4 * bar + i, 1, 30 + bar + 7 * i) for bar in range(30) for i in range(4)]
    never = Tracks((voice(scale),), parse_meter("4/4"), 120.0, 30, False, 1.0)
    letters = letters_of(never, list(range(31)))
    assert len(set(letters)) == 30 and letters[25:28] == ["Z", "AA", "AB"]


def test_a_piece_in_which_nothing_changes_is_cut_into_eights() -> None:
    steady = Tracks((voice([(i, 1, 60) for i in range(96)]),), parse_meter("4/4"), 120.0, 24, False, 1.0)
    assert phrase_starts(steady) == [0, 8, 16, 24]
    assert sections_of([False, False]) == ["any", "any"]


def test_versions_of_one_piece_stay_on_one_side(tmp_path: Path) -> None:
    folder = tmp_path / "th_free_music" / "midi"
    folder.mkdir(parents=True)
    for name in ("Faith.mid", "Faith (love remix).mid", "Remember.mid", "Cyaron's Gate.mid"):
        make_score().dump_midi(folder / name)
    songs = [th_free_music.read_item(tmp_path, item)[0] for item in th_free_music.list_items(tmp_path)]
    groups = {song["title"]: song["split_group"] for song in songs}
    assert groups["Faith"] == groups["Faith (love remix)"] and groups["Remember"] == groups["Cyaron's Gate"]


INDEX = "id\tauthor\tlicence\tkind\tseconds\tbars\ttracks\tnotes\tmetre\ttempo\ttempo_coherence\tdrums\n"


def write_games(root: Path, coherence: float = 0.95) -> None:
    """A loop, a jingle, and a piece in Blasphemer's clock at 100 quarters a minute."""
    rows = (("easyrpg_rtp/Town.mid", "loop", "", ""), ("easyrpg_rtp/JInn.mid", "jingle", "", ""),
            ("blasphemer/e1m1.mid", "loop", "100.2", str(coherence)))  # fmt: skip
    lines = [f"{name}\tA. Author\tCC0\t{kind}\t1\t1\t1\t1\t\t{qpm}\t{fit}\tno\n" for name, kind, qpm, fit in rows]
    for folder in ("easyrpg_rtp", "blasphemer"):
        (root / "game_music" / folder).mkdir(parents=True)
    (root / "game_music" / "index.tsv").write_text(INDEX + "".join(lines))
    make_score().dump_midi(root / "game_music" / rows[0][0])
    make_score(3, tuple((name, program, music, 0) for name, program, music, _ in BAND)).dump_midi(
        root / "game_music" / rows[1][0]
    )
    # 140 ticks a second, 70 to a quarter: a quarter at 100 a minute lasts 84 of them.
    score = make_score(scale=84 / 480).resample(480)
    slow = Score(70)
    for track in score.tracks:
        copy = Track(name="", program=track.program, is_drum=track.is_drum)
        for note in track.notes:
            copy.notes.append(Note(note.time, note.duration, note.pitch, note.velocity))
        slow.tracks.append(copy)
    slow.dump_midi(root / "game_music" / rows[2][0])


def test_game_music_is_loops_jingles_and_a_beat_that_is_found(tmp_path: Path) -> None:
    write_games(tmp_path)
    songs = {item: game_music.read_item(tmp_path, item)[0] for item in game_music.list_items(tmp_path)}
    loop, jingle, found = (songs[f"{name}.mid"] for name in ("easyrpg_rtp/Town", "easyrpg_rtp/JInn", "blasphemer/e1m1"))
    assert (loop["n_bars"], loop["genre"]) == (20, "game") and (jingle["n_bars"], jingle["genre"]) == (3, "jingle")
    assert found["meter"] == "4/4" and found["n_bars"] == 20 and abs(found["tempo_qpm"] - 100) < 0.2
    assert part(found, "bass")["onset_tick"] == part(loop, "bass")["onset_tick"]


def test_a_beat_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    write_games(tmp_path, coherence=0.6)
    with pytest.raises(FileFormatError, match="beat is not known"):
        game_music.read_item(tmp_path, "blasphemer/e1m1.mid")
