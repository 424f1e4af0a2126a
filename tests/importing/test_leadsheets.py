"""Lead sheets that we did not write: files from MuseScore, ABC text, MIDI melodies with chord charts."""

from __future__ import annotations

from pathlib import Path

import pytest

from symbolic_music.analysis.key import find_key
from symbolic_music.errors import FileFormatError
from symbolic_music.formats.abc_reader import parse_abc, read_abc
from symbolic_music.formats.midi import write_midi
from symbolic_music.importing.leadsheets import LeadSheetOptions, has_pickup, read_foreign_lead_sheet
from symbolic_music.importing.sheet_plan import SheetPlanOptions, kind_of, plan_lead_sheet
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.notes import make_notes
from symbolic_music.song.score import MeterChange, Score, TempoChange, Track
from symbolic_music.theory.chart import parse_chart, place_chords
from symbolic_music.theory.meter import Meter, parse_meter
from symbolic_music.theory.repeats import RepeatMarks, order_bars

FILES = Path(__file__).parent / "files"
TUNE = """X:7
T:Pickup Tune
M:4/4
L:1/8
Q:1/4=132
K:G
D2|:"G"G2B2 "C"c2e2|"G"d4 "D7"A4|"Em"B2G2 "Am"A2c2|1 "D7"A4 D2D2:|2 "D7"A4 "G"G4|]
P:B
|:"C"e2g2 e2c2|"G"d2B2 G4|"A7"^c2e2 "D7"d2A2|"G"G8:|
"""


def chords_of(sheet: LeadSheet) -> list[tuple[float, str]]:
    """Chord symbols with their places in bars."""
    return [(event.onset_tick / sheet.meter.bar_ticks, event.chord.symbol()) for event in sheet.chords]


def abc(music: str, key: str = "C", meter: str = "4/4") -> LeadSheet:
    return parse_abc(f"X:1\nM:{meter}\nL:1/4\nK:{key}\n{music}\n")


@pytest.mark.parametrize("name", ["musescore_tune.mxl", "musescore_tune.musicxml"])
def test_a_file_from_musescore(name: str) -> None:
    sheet = read_foreign_lead_sheet(FILES / name)
    # A pickup, three bars twice (first and second ending), four bars.
    assert (sheet.title, str(sheet.meter), sheet.n_bars, sheet.tempo_qpm) == ("Foreign Tune", "4/4", 11, 96)
    assert str(sheet.sections[0].key) == "A minor"
    assert has_pickup(sheet) and sheet.melody["onset_tick"][0] == 36
    assert chords_of(sheet) == [
        (1, "Am"), (2, "Dm7"), (2.5, "G7"), (3, "E7/G"), (4, "Am"), (5, "Dm7"), (5.5, "G7"), (6, "Am"), (7, "Fmaj7"),
        (8, "Gsus4"), (8.5, "Em7b5"), (9, "A#dim7"), (10, "Am"),
    ]  # fmt: skip
    plan, named = plan_lead_sheet(sheet, SheetPlanOptions("jazz", seed=4))
    assert [(s.kind, s.n_bars) for s in plan.sections] == [("intro", 1), ("verse", 3), ("verse", 3), ("chorus", 4)]
    assert plan.genre == "jazz" and plan.n_bars == named.n_bars == 11
    assert [span.name for span in named.sections] == [section.name for section in plan.sections]


def test_a_chord_that_is_not_known_is_named_with_its_bar(tmp_path: Path) -> None:
    text = (FILES / "musescore_tune.musicxml").read_text(encoding="utf-8")
    for kind in ('<kind text="sus4">other</kind>', '<kind text="mystery">other</kind>'):
        broken = text.replace('<kind text="sus4">suspended-fourth</kind>', kind)
        assert broken != text
        path = tmp_path / "tune.musicxml"
        path.write_text(broken, encoding="utf-8")
        if "mystery" in kind:
            with pytest.raises(FileFormatError, match=r"bar \d+: chord 'mystery' is not known"):
                read_foreign_lead_sheet(path)
        else:
            assert "Gsus4" in dict(chords_of(read_foreign_lead_sheet(path))).values()


def test_abc_with_pickup_endings_and_parts(tmp_path: Path) -> None:
    path = tmp_path / "tunes.abc"
    path.write_text('X:1\nT:Other\nM:3/4\nK:C\n"C"C6|\n\n' + TUNE, encoding="utf-8")
    sheet = read_abc(path, 7)
    assert (sheet.title, sheet.n_bars, sheet.tempo_qpm) == ("Pickup Tune", 17, 132)
    assert str(sheet.sections[0].key) == "G major"
    assert sheet.melody[0].item() == (36, 12, 62, 90)
    # The second time through, the first ending's two pickup notes stand in its bar.
    assert [tuple(n)[:3] for n in sheet.melody.tolist() if 4 * 48 <= n[0] < 5 * 48] == [
        (192, 24, 69), (216, 12, 62), (228, 12, 62)]  # fmt: skip
    assert chords_of(sheet)[:4] == [(1, "G"), (1.5, "C"), (2, "G"), (2.5, "D7")]
    # The sharp lasts to the bar's end, and no longer.
    assert {n[2] for n in sheet.melody.tolist() if 11 * 48 <= n[0] < 11.5 * 48} == {73, 76}
    assert read_abc(path).title == "Other"
    with pytest.raises(FileFormatError, match=r"no tune 3; the file has 1, 7"):
        read_abc(path, 3)


@pytest.mark.parametrize(
    ("music", "expected"),
    [
        ("C D E F|", [(0, 12, 60), (12, 12, 62), (24, 12, 64), (36, 12, 65)]),
        ("(3CDE F2|", [(0, 8, 60), (8, 8, 62), (16, 8, 64), (24, 24, 65)]),
        ("C>D E<F|", [(0, 18, 60), (18, 6, 62), (24, 6, 64), (30, 18, 65)]),
        ("C/2D/2 E2-E|", [(0, 6, 60), (6, 6, 62), (12, 36, 64)]),
        ("C4-|C4|", [(0, 96, 60)]),
        ("[CEG]2 {ag}c'2|", [(0, 24, 67), (24, 24, 84)]),
        ("^F _B =F C,|", [(0, 12, 66), (12, 12, 70), (24, 12, 65), (36, 12, 48)]),
        ("!trill!C2 ~D (EF)|", [(0, 24, 60), (24, 12, 62), (36, 6, 64), (42, 6, 65)]),
    ],
)  # fmt: skip
def test_abc_rhythms_and_pitches(music: str, expected: list[tuple[int, int, int]]) -> None:
    music = music.replace("(EF)", "(E/2F/2)")
    assert [tuple(n)[:3] for n in abc(music).melody.tolist()] == expected


@pytest.mark.parametrize(
    ("key", "pitches", "name"),
    [("D", [62, 66], "D major"), ("Ador", [69, 66], "A minor"), ("Bb", [70, 75], "Bb major"),
     ("F#m", [66, 73], "F# minor"), ("Gmix", [67, 65], "G major"), ("none", [60, 65], "C major")],
)  # fmt: skip
def test_abc_keys_and_modes(key: str, pitches: list[int], name: str) -> None:
    letters = {"D": "D F", "Ador": "A F", "Bb": "B e", "F#m": "F c", "Gmix": "G F", "none": "C F"}[key]
    sheet = abc(f"{letters} z2|", key)
    assert [p % 12 for p in sheet.melody["pitch"].tolist()] == [p % 12 for p in pitches]
    assert str(sheet.sections[0].key) == name


@pytest.mark.parametrize(
    ("music", "reason"),
    [('"C"C4|"Jm"D4|', "bar 2: 'Jm' is not a chord symbol"), ("C4|D5|", r"bar 2 \(as played\) lasts 5 quarters"),
     ("C4|[M:7/4]D4|", ""), ("C4|D2 ; E2|", "bar 2: sign ';'"), ("|", "no notes")],
)  # fmt: skip
def test_abc_that_cannot_be_read_says_where(music: str, reason: str) -> None:
    with pytest.raises(FileFormatError, match=reason or "meter"):
        abc(music)


def test_nottinghams_own_chord_spellings() -> None:
    sheet = abc('"Cd"C "Ca"C "C/e"C "(E7)"C|"D/F+"D4|')
    assert [symbol for _, symbol in chords_of(sheet)] == ["Cdim", "Caug", "C/E", "E7", "D/F#"]


def test_repeats_in_every_shape() -> None:
    def marks(text: str) -> list[RepeatMarks]:
        def one(word: str) -> RepeatMarks:
            return RepeatMarks("(" in word, ")" in word, frozenset(int(sign) for sign in word if sign.isdigit()))

        return [one(word) for word in text.split()]

    assert order_bars(marks("a b c")) == [0, 1, 2]
    assert order_bars(marks("a b) c")) == [0, 1, 0, 1, 2]
    assert order_bars(marks("a (b c) d")) == [0, 1, 2, 1, 2, 3]
    assert order_bars(marks("(a 1) 2 b")) == [0, 1, 0, 2, 3]
    assert order_bars(marks("(a 1 1) 2 2 (b 1) 2")) == [0, 1, 2, 0, 3, 4, 5, 6, 5, 7]
    assert order_bars(marks("(a 12) 3 b")) == [0, 1, 0, 1, 0, 2, 3]
    assert order_bars(marks("(a) (b)")) == [0, 0, 1, 1]
    assert order_bars([RepeatMarks(ends=True, times=3)]) == [0, 0, 0]


def test_chord_charts() -> None:
    bars = parse_chart("# a comment\n[Verse]\n| C | Am F | % |\nG7 . . C |\n\nChorus: |: F | G :|\nC | x2")
    assert [bar.section for bar in bars] == ["Verse", None, None, None, "Chorus", None, None, None, None, None]
    four = Meter(4, 4)
    assert [(t, c.symbol()) for t, c in place_chords(bars[1], four)] == [(0, "Am"), (24, "F")]
    assert [(t, c.symbol()) for t, c in place_chords(bars[3], four)] == [(0, "G7"), (36, "C")]
    assert [c.symbol() for c in bars[2].chords if c] == ["Am", "F"]
    assert [bar.chords[0].symbol() for bar in bars[4:8]] == ["F", "G", "F", "G"]
    assert len(parse_chart("C G Am F")) == 4
    assert [t for t, _ in place_chords(parse_chart("| C F |")[0], parse_meter("3/4"))] == [0, 24]
    assert [t for t, _ in place_chords(parse_chart("| C F G |")[0], four)] == [0, 24, 36]


@pytest.mark.parametrize(
    ("chart", "reason"),
    [("C | Xm7 | G", "bar 2: 'Xm7'"), ("C | Gxyz", "bar 2: chord 'Gxyz'"), ("%", "bar 1: %"), ("# no", "no chord")],
)
def test_charts_with_faults_say_the_bar(chart: str, reason: str) -> None:
    with pytest.raises(FileFormatError, match=reason):
        parse_chart(chart)


@pytest.fixture
def melody_file(tmp_path: Path) -> Path:
    """A MIDI file with a tune of eight bars in F, a drum track and no chords."""
    pitches = (65, 67, 69, 70, 72, 74, 72, 69)
    tune = make_notes((480 * i, 470, pitches[i % 8], 80) for i in range(32))
    drums = make_notes((480 * i, 100, 36, 90) for i in range(32))
    tracks = (Track("Bumps", "drums", 0, drums, is_drum=True), Track("Flute", "melody", 73, tune))
    path = tmp_path / "tune.mid"
    write_midi(Score("Tune", 480, 32 * 480, tracks, (TempoChange(0, 90.0),), (MeterChange(0, Meter(4, 4)),)), path)
    return path


def test_a_midi_melody_with_a_chart(melody_file: Path) -> None:
    sheet = read_foreign_lead_sheet(melody_file, LeadSheetOptions(chords="F | Dm Bb | C7 | F"))
    assert (sheet.n_bars, sheet.tempo_qpm, str(sheet.sections[0].key)) == (8, 90, "F major")
    assert len(sheet.melody) == 32 and sheet.melody["pitch"][0] == 65
    # The chart of four bars repeats; a chord that goes on is not struck again.
    assert chords_of(sheet) == [
        (0, "F"), (1, "Dm"), (1.5, "A#"), (2, "C7"), (3, "F"), (5, "Dm"), (5.5, "A#"), (6, "C7"), (7, "F"),
    ]  # fmt: skip


def test_a_chart_beside_the_melody_names_the_sections(melody_file: Path) -> None:
    melody_file.with_suffix(".txt").write_text("[Verse]\nF | Dm | Bb | C\n[Chorus]\nBb | C | F | F\n[Outro]\nF | F\n")
    sheet = read_foreign_lead_sheet(melody_file)
    assert [(s.name, s.n_bars) for s in sheet.sections] == [("Verse", 4), ("Chorus", 4), ("Outro", 2)]
    plan, _ = plan_lead_sheet(sheet)
    assert [s.kind for s in plan.sections] == ["verse", "chorus", "outro"]
    assert plan.sections[1].intensity > plan.sections[0].intensity
    assert [s.phrases[0].sung for s in plan.sections] == [True, True, False]


def test_files_without_what_is_needed_are_refused(melody_file: Path, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no chord symbols; give them as --chords"):
        read_foreign_lead_sheet(melody_file)
    with pytest.raises(FileFormatError, match=r"use one of \.musicxml"):
        read_foreign_lead_sheet(tmp_path / "tune.pdf")
    with pytest.raises(FileFormatError, match="no such file"):
        read_foreign_lead_sheet(tmp_path / "none.abc")
    with pytest.raises(FileFormatError, match="chords: bar 2"):
        read_foreign_lead_sheet(melody_file, LeadSheetOptions(chords="C | J"))
    (tmp_path / "fake.abc").write_text("nothing")
    with pytest.raises(FileFormatError, match="not ABC"):
        read_foreign_lead_sheet(tmp_path / "fake.abc")


def test_sections_are_inferred_from_what_returns() -> None:
    a, b = "C D E F|G A G E|" * 4, "c B A G|F G A B|" * 4
    sheet = abc('"C"' + a + a + b + a)
    plan, _ = plan_lead_sheet(sheet)
    assert [(s.kind, s.n_bars) for s in plan.sections] == [("verse", 8), ("verse", 8), ("bridge", 8), ("verse", 8)]
    assert [s.phrases[0].letter for s in plan.sections] == ["A", "A", "B", "A"]
    assert plan.sections[1].phrases[0].source == plan.sections[0].phrases[0].name
    plan, _ = plan_lead_sheet(abc('"C"' + a + b + a + b))
    assert [s.kind for s in plan.sections] == ["verse", "chorus", "verse", "chorus"]


def test_bars_without_melody_are_intro_and_outro() -> None:
    sheet = abc('"C"z4|"F"z4|"C"' + "C D E F|G A G E|" * 4 + '"F"z4|"G"z4|"C"z4|')
    plan, _ = plan_lead_sheet(sheet)
    assert [(s.kind, s.n_bars) for s in plan.sections] == [("intro", 2), ("verse", 8), ("outro", 3)]


def test_names_of_sections_in_several_languages() -> None:
    assert [kind_of(name) for name in ("Refrain 2", "Strophe", "Pre-Chorus", "Coda", "Middle 8", "A")] == [
        "chorus", "verse", "pre-chorus", "outro", "bridge", None]  # fmt: skip


def test_the_key_is_found_by_ear() -> None:
    minor = abc('"Am"A c e a|"Dm"d f a2|"E7"^g e B e|"Am"a4|')
    assert str(find_key(minor.melody, minor.chords)) == "A minor"
    # The signature alone leaves it open; most programs write it as major.
    major = abc('"C"C E G c|"F"f a c\'2|"G"g d B d|"C"c4|')
    assert str(find_key(major.melody, major.chords)) == "C major"
