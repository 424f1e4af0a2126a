"""Arrangements made with mma: tables, layout of a song, reading its MIDI, and a real run where mma is installed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import mido
import pytest

from data_prep import mma as mma_module
from data_prep.mma import arrange_song, build, choose_styles, find_mma
from data_prep.mma_boundaries import add_fill, end_song, finish_parts, ground_bass
from data_prep.mma_grooves import grooves_of, own_grooves, styles_with_grooves
from data_prep.mma_input import bar_chords, chord_name, layout_song, mma_text, song_sections
from data_prep.mma_reader import fold_pitch, part_of, read_parts
from symbolic_music.styles.style import load_style, style_names
from symbolic_music.theory.chord import QUALITIES
from symbolic_music.theory.instruments import find_instrument
from symbolic_music.theory.meter import GRID_TICKS, TPQ, parse_meter

needs_mma = pytest.mark.skipif(shutil.which("mma") is None, reason="mma is not installed (apt-get install mma)")
FOUR = parse_meter("4/4")


def song(meter: str = "4/4", phrases: list[list] | None = None) -> dict:
    """A song of verse, chorus and outro, two chords a bar."""
    phrases = phrases or [["A", 0, 4, True, "verse", "C major"], ["B", 4, 4, True, "chorus", "C major"],
                          ["o", 8, 4, False, "outro", "C major"]]  # fmt: skip
    n_bars = phrases[-1][1] + phrases[-1][2]
    bar = parse_meter(meter).bar_ticks
    loop = [(0, "maj", 0), (9, "min7", 9), (5, "maj", 9), (7, "7", 7)]
    chords = [[i * bar // 2, *loop[i % 4]] for i in range(2 * n_bars)]
    return {"id": f"test/{meter}", "source": "nottingham", "meter": meter, "tempo_qpm": 0.0, "key": "C major",
            "n_bars": n_bars, "melody": [[0, 12, 60]], "chords": chords, "phrases": phrases,
            "split": "train"}  # fmt: skip


def test_every_style_has_grooves_in_each_of_its_meters() -> None:
    assert set(styles_with_grooves()) == set(style_names())
    for name in style_names():
        for meter in load_style(name).meters:
            grooves = grooves_of(name, meter)
            assert grooves.verse != grooves.chorus, f"{name}: verse and chorus must differ"


def test_own_grooves_are_mma_text() -> None:
    grooves = own_grooves("house")
    assert "DefGroove OwnHouseVerse" in grooves.own_text and "Tone KickDrum1" in grooves.own_text
    assert "{1 0 92; 2 0 92; 3 0 92; 4 0 92}" in grooves.own_text, "four on the floor"
    intro = grooves.own_text[grooves.own_text.index("DefGroove OwnHouseBridge") :]
    assert "Drum-" not in intro, "the intro is the verse without drums"


@pytest.mark.parametrize(
    ("name", "program", "part"),
    [
        ("Bass", 26, "bass"), ("Walk", 32, "bass"), ("Walk-Main", 32, "bass"), ("Bass-9", 38, "bass"),
        ("Bass-Sax", 65, "countermelody"), ("Bass-Piano", 0, "piano"), ("Chord", 0, "piano"), ("Chord", 24, "guitar"),
        ("Chord-Guitar", 0, "guitar"), ("Chord-Sus", 48, "pad"), ("Chord-Sus", 71, "pad"),
        ("Chord", 61, "countermelody"),
        ("Chord-8", 50, "pad"), ("Plectrum-1", 27, "guitar"), ("Arpeggio", 0, "arpeggio"),
        ("Arpeggio-Sax", 65, "countermelody"), ("Scale", 71, "countermelody"), ("Solo", 0, "countermelody"),
        ("Bass-guitar5", 0, "guitar"), ("Drum-Kick", 0, "drums"),
    ],
)  # fmt: skip
def test_tracks_go_to_parts(name: str, program: int, part: str) -> None:
    assert part_of(name, program) == part


def test_all_chords_have_a_name_for_mma() -> None:
    names = {quality: chord_name(10, quality, 10) for quality in QUALITIES}
    assert len(set(names.values())) == len(QUALITIES)
    assert names["maj7"] == "BbM7"
    assert chord_name(9, "min7", 7) == "Am7/G"


def test_chords_stand_where_they_change() -> None:
    assert bar_chords(song(), 2, 4) == ["C Am7@3", "F/A G7@3"]
    late = song() | {"chords": [[60, 0, "maj", 0]]}
    assert bar_chords(late, 3, 4) == ["z", "z C@2", "C"], "drums alone before the first chord, then it goes on"
    assert bar_chords(song("6/8"), 1, 6) == ["C Am7@4"]


def test_layout_has_fills_before_sections_and_an_ending() -> None:
    grooves = grooves_of("swing", "4/4")
    layout = layout_song(song(), grooves)
    assert [(kind, start, n_bars) for kind, start, n_bars, _ in layout.sections] == [
        ("verse", 0, 4), ("chorus", 4, 4), ("outro", 8, 4)
    ]  # fmt: skip
    assert layout.fills == (3, 7)
    played = [groove for groove, _ in layout.bar_grooves]
    assert played[3] == played[7] == grooves.fill
    assert played[4:7] == [grooves.chorus] * 3 and played[0] == grooves.verse
    assert played[-grooves.ending_bars :] == [grooves.ending] * grooves.ending_bars
    assert layout.bar_grooves[4][1] == "f", "the chorus is louder"


def test_tunes_without_labels_get_sections_and_short_ones_join() -> None:
    tune = song(phrases=[["A", 0, 8, True, "any", "C"], ["A", 8, 8, True, "any", "C"], ["B", 16, 8, True, "any", "C"],
                         ["C", 24, 1, True, "any", "C"]])  # fmt: skip
    assert song_sections(tune) == [("verse", 0, 16), ("chorus", 16, 9)]
    assert song_sections(tune, max_bars=16) == [("verse", 0, 16)]


def test_two_bars_of_two_four_are_one_of_mma() -> None:
    layout = layout_song(song("2/4"), grooves_of("polka", "2/4"))
    assert layout.n_bars == 12 and len(layout.bar_grooves) == 6


def test_mma_text_is_repeatable_and_on_the_grid() -> None:
    grooves = grooves_of("bossa nova", "4/4")
    text = mma_text(song(), layout_song(song(), grooves), grooves, 7)
    assert text.startswith("RndSeed 7\n")
    assert text.count("AllTracks RTime 0") == text.count("\nGroove ")
    assert "\n1 C Am7@3\n" in text and "\n12 F/A G7@3\n" in text


def midi(path: Path, events: list[tuple[int, str, int, int]], name: str = "Plectrum-1", program: int = 25) -> Path:
    """A file with one track; events are (tick, type, pitch, velocity)."""
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name), mido.Message("program_change", program=program)])
    before = 0
    for tick, kind, pitch, velocity in events:
        track.append(mido.Message(kind, note=pitch, velocity=velocity, time=tick - before))
        before = tick
    mido.MidiFile(ticks_per_beat=192, tracks=[track]).save(str(path))
    return path


def test_reader_quantises_and_ends_a_string_plucked_again(tmp_path: Path) -> None:
    path = midi(tmp_path / "a.mid", [(5, "note_on", 64, 90), (200, "note_on", 64, 80), (380, "note_off", 64, 0)])
    parts = read_parts(path, FOUR, 4, {}, load_style("folk").instruments)
    assert parts == {"guitar": [(0, 12, 64, 90), (12, 12, 64, 80)]}


def test_reader_keeps_ranges_and_leaves_out_parts_that_the_band_lacks(tmp_path: Path) -> None:
    path = midi(tmp_path / "a.mid", [(0, "note_on", 20, 90), (192, "note_off", 20, 0)])
    assert read_parts(path, FOUR, 4, {}, load_style("folk").instruments) == {"guitar": [(0, 12, 44, 90)]}
    assert read_parts(path, FOUR, 4, {"Plectrum-1": "bass"}, load_style("folk").instruments)["bass"][0][2] == 32
    pad = midi(tmp_path / "b.mid", [(0, "note_on", 60, 90), (192, "note_off", 60, 0)], "Chord-Sus", 48)
    assert read_parts(pad, FOUR, 4, {}, load_style("punk").instruments) == {}
    assert fold_pitch(100, 28, 55) == 52 and fold_pitch(26, 28, 55) == 38


def test_reader_scales_the_bar_in_six_eight(tmp_path: Path) -> None:
    path = midi(tmp_path / "a.mid", [(576, "note_on", 60, 90), (768, "note_off", 60, 0)], "Chord", 0)
    parts = read_parts(path, parse_meter("6/8"), 6, {}, load_style("jig").instruments)
    assert parts == {"piano": [(18, 6, 60, 90)]}, "mma's fourth beat is the fourth eighth"


def test_bass_stands_on_the_chord_where_the_bar_begins() -> None:
    bass = [(0, 12, 36, 90), (12, 12, 38, 90), (48, 12, 40, 90), (96, 12, 55, 90)]
    chords = [[0, 0, "maj", 0], [48, 7, "maj", 11], [96, 8, "maj", 8]]
    assert [note[2] for note in ground_bass(bass, chords, FOUR, find_instrument("bass"))] == [36, 38, 35, 44]


def test_a_bar_without_a_fill_gets_one_and_the_ending_ends() -> None:
    rock = load_style("rock")
    beat = [(tick, 3, pitch, 90) for tick in range(0, 192, 12) for pitch in ([36, 42] if tick % 24 == 0 else [38, 42])]
    filled = add_fill(beat, rock, FOUR, 1, 0)
    late = [note for note in filled if 72 <= note[0] < 96]
    assert sum(note[2] in (38, 43, 47, 50) for note in late) >= 4
    assert [note for note in filled if not 72 <= note[0] < 96] == [note for note in beat if not 72 <= note[0] < 96]
    parts = finish_parts({"drums": beat, "bass": [(168, 6, 40, 90), (144, 6, 36, 90)]}, rock, FOUR, 4, (1,))
    assert (96, 3, 49, 104) in parts["drums"], "a crash where the section begins"
    assert [note for note in parts["bass"] if note[0] >= 144] == [(144, 48, 36, 90)], "the last bar is held"
    cut = end_song({"bass": [(144, 6, 36, 90), (168, 6, 40, 90)]}, "cut", FOUR, 4)
    assert cut == {"bass": [(144, TPQ, 36, 90)]}


def test_choice_of_styles_is_balanced_seeded_and_fits() -> None:
    names = [(meter, i) for meter in ("4/4", "3/4") for i in range(40)]
    songs = [song(meter) | {"id": f"{meter} {i}", "tempo_qpm": 120.0 * (i % 2)} for meter, i in names]
    jobs = choose_styles(songs)
    assert jobs == choose_styles(songs)
    assert jobs != choose_styles(songs, seed=1)
    assert len({(index, name) for index, name, _ in jobs}) == len(jobs) == 3 * len(songs)
    for index, name, tempo in jobs:
        assert load_style(name).fits(songs[index]["meter"], tempo)
    waltzes = [sum(name == waltz for _, name, _ in jobs) for waltz in ("waltz", "musette", "jazz waltz")]
    assert max(waltzes) - min(waltzes) <= 3


def test_without_mma_the_way_to_get_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mma_module.shutil, "which", lambda name: None)
    with pytest.raises(FileNotFoundError, match="apt-get install mma"):
        find_mma()


@needs_mma
@pytest.mark.parametrize(
    ("name", "meter"),
    [("swing", "4/4"), ("hard rock", "4/4"), ("polka", "2/4"), ("jig", "6/8"), ("blues 12/8", "12/8")],
)
def test_mma_plays_a_song(tmp_path: Path, name: str, meter: str) -> None:
    style, tune = load_style(name), song(meter)
    row = arrange_song(tune, style, 150.0, tmp_path)
    bar = parse_meter(meter).bar_ticks
    assert row == arrange_song(tune, style, 150.0, tmp_path), "the same song gives the same notes"
    assert {"drums", "bass"} <= set(row["parts"]) <= set(style.band)
    for part, notes in row["parts"].items():
        instrument = style.instruments[part]
        assert row["programs"][part] == instrument.program
        for onset, duration, pitch, velocity in notes:
            assert onset % TPQ in GRID_TICKS and duration > 0 and onset + duration <= 12 * bar
            assert instrument.low <= pitch <= instrument.high and 1 <= velocity <= 127
    begins = {onset: bass for onset, _, _, bass in tune["chords"] if onset % bar == 0}
    downbeats = [note for note in row["parts"]["bass"] if note[0] in begins]
    assert len(downbeats) >= 8 and all(note[2] % 12 == begins[note[0]] for note in downbeats)
    last = [note[0] for notes in row["parts"].values() for note in notes if note[0] >= 11 * bar]
    assert all(onset < 11 * bar + bar // 2 for onset in last), "the last bar ends"


@needs_mma
def test_a_build_goes_on_where_it_stopped_and_a_bad_song_costs_itself(tmp_path: Path) -> None:
    songs = [song(), song() | {"id": "bad", "chords": [[0, 0, "maj", 0]]}]
    songs[1]["chords"] = [[0, 0, "no such chord", 0]]
    out = tmp_path / "a.jsonl"
    jobs = [(0, "punk", 160.0), (1, "punk", 160.0), (0, "folk", 100.0)]
    program = find_mma()
    report = build(out, jobs[:2], songs, program)
    assert report["written"] == 1 and any("bad in punk" in line for line in report)
    with out.open("a", encoding="utf-8") as file:
        file.write('{"song": "test/4/4", "sty')
    report = build(out, jobs, songs, program)
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["style"] for row in rows] == ["punk", "folk"]
    assert report["already there"] == 1 and report["written"] == 1
