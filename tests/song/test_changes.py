"""Meter, tempo and key change inside a song, by section, through all stages and formats."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import mido
import music21
import numpy as np
import pytest

import symbolic_music as sm
from symbolic_music.errors import PlanError
from symbolic_music.filling import FillOptions
from symbolic_music.filling.odd_meters import PIECES, bases_of, fit_figure
from symbolic_music.formats.abc import lead_sheet_to_abc
from symbolic_music.formats.abc_reader import parse_abc
from symbolic_music.formats.fullscore import full_score_to_xml
from symbolic_music.games.sections import list_sections
from symbolic_music.pipeline.sink import finished_bars
from symbolic_music.song.document import dump_document, load_document
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.styles.style import load_style
from symbolic_music.theory.chart import parse_chart, place_chords
from symbolic_music.theory.meter import METER_OF, RARE_METERS, TPQ, Meter

# kind, meter, tempo, key
FORM = [
    ("intro", None, None, "C major"), ("verse", "5/4", None, "C major"), ("chorus", None, 132.0, "D major"),
    ("bridge", "3/4", 90.0, "B minor"), ("verse", "7/8", None, "D major"), ("outro", None, None, "E major"),
]  # fmt: skip


def changing_plan(style: str = "pop") -> SongPlan:
    """Six sections of four bars in 4/4 at 100, but for what ``FORM`` says."""
    sections = tuple(
        PlannedSection(
            name=f"{kind} {number}", kind=kind, n_bars=4, meter=meter, tempo_qpm=qpm, key=key,
            intensity=0.3 + number / 10,
            phrases=(PlannedPhrase(name=f"{kind}.{number}", letter="A", n_bars=4, cadence="authentic"),),
        )
        for number, (kind, meter, qpm, key) in enumerate(FORM)
    )  # fmt: skip
    return SongPlan(title="Changes", style=style, meter="4/4", tempo_qpm=100, n_bars=24, seed=5, sections=sections)


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, sm.Song]:
    """The song, made once, and its folder."""
    folder = tmp_path_factory.mktemp("changes") / "song"
    options = sm.CreateOptions(plan=changing_plan(), audio="none", candidates=1)
    return folder, sm.create(sm.Brief(title="Changes", seed=5), folder, options)


METERS = ["4/4", "5/4", "4/4", "3/4", "7/8", "4/4"]
TEMPOS = [100, 100, 132, 90, 100, 100]
BEATS = [0, 16, 36, 52, 64, 78, 94]  # quarters at the sections' bar lines


def test_a_plan_file_says_meter_and_tempo_of_a_section(tmp_path: Path) -> None:
    plan = changing_plan()
    path = tmp_path / "plan.yaml"
    path.write_text(dump_document(plan), encoding="utf-8")
    assert "meter: 7/8" in path.read_text(encoding="utf-8")
    assert load_document(SongPlan, path, PlanError) == plan
    assert [tick / TPQ for tick in plan.section_ticks] == BEATS[:-1]
    quarters = np.diff(BEATS)
    assert plan.duration_sec == pytest.approx(sum(60 * quarters / TEMPOS))


def test_a_repeat_stays_in_its_meter() -> None:
    data = changing_plan().model_dump()
    phrase = {**data["sections"][2]["phrases"][0], "relation": "repeat", "source": "verse.1"}
    data["sections"][2]["phrases"] = [phrase]
    with pytest.raises(PlanError, match=r"'chorus\.2' repeats 'verse\.1' but is in another meter"):
        sm.SongPlan.model_validate(data)


def test_midi_has_every_change_where_mido_hears_it(song: tuple[Path, sm.Song]) -> None:
    file = mido.MidiFile(song[0] / "song.mid")
    now, found = 0, {"time_signature": {}, "set_tempo": {}, "key_signature": {}}
    for message in file.tracks[0]:
        now += message.time
        if message.type in found:
            found[message.type][now / file.ticks_per_beat] = message
    meters = {beat: f"{m.numerator}/{m.denominator}" for beat, m in found["time_signature"].items()}
    assert meters == dict(zip(BEATS, METERS, strict=False))
    tempos = {beat: round(mido.tempo2bpm(m.tempo)) for beat, m in found["set_tempo"].items()}
    assert {beat: tempos[beat] for beat in (0, 36, 52, 64)} == {0: 100, 36: 132, 52: 90, 64: 100}
    keys = {beat: m.key for beat, m in found["key_signature"].items()}
    assert keys == {0: "C", 36: "D", 52: "Bm", 64: "D", 78: "E"}
    assert song[1].duration_sec == pytest.approx(song[1].plan.duration_sec, rel=0.05)


def test_musicxml_has_full_bars_of_every_meter_where_music21_reads_it(song: tuple[Path, sm.Song]) -> None:
    score = music21.converter.parse(song[0] / "lead.musicxml")
    measures = score.parts[0].getElementsByClass("Measure")
    written = [measure.timeSignature.ratioString if measure.timeSignature else None for measure in measures]
    heard = [next(meter for meter in written[bar::-1] if meter) for bar in range(len(written))]
    assert heard == [meter for meter in METERS for _ in range(4)]
    for measure, meter in zip(measures, heard, strict=True):
        assert measure.duration.quarterLength * TPQ == METER_OF[meter].bar_ticks
    marks = [mark.getQuarterBPM() for mark in score.recurse().getElementsByClass("MetronomeMark")]
    assert marks == [100, 132, 90, 100]


def test_the_lead_sheet_comes_back_from_musicxml_and_abc(song: tuple[Path, sm.Song]) -> None:
    sheet = song[1].lead_sheet
    for back in (sm.load_song(song[0]).lead_sheet, parse_abc(lead_sheet_to_abc(sheet))):
        assert isinstance(back, LeadSheet) and back.lines.changes() == sheet.lines.changes()
        assert back.tempos == sheet.tempos and back.chords == sheet.chords
        assert [span.key for span in back.sections] == [span.key for span in sheet.sections]
        names = ["onset_tick", "pitch"]
        assert back.melody[names].tolist() == sheet.melody[names].tolist()


def test_every_player_keeps_inside_the_song_and_plays_in_every_meter(song: tuple[Path, sm.Song]) -> None:
    score = song[1].score
    assert score.end_tick == BEATS[-1] * 480
    for track in score.tracks:
        assert (track.notes["onset_tick"] + track.notes["duration_tick"]).max() <= score.end_tick
    drums = next(track for track in score.tracks if track.is_drum)
    for start, end in pairwise(BEATS[1:]):
        inside = (drums.notes["onset_tick"] >= start * 480) & (drums.notes["onset_tick"] < end * 480)
        assert inside.sum() >= 8


def test_drummers_strike_the_bar_lines_of_odd_meters(song: tuple[Path, sm.Song]) -> None:
    drums = next(track for track in song[1].score.tracks if track.is_drum)
    for start, bar in ((16, 5), (64, 3.5)):
        lines = [(start + number * bar) * 480 for number in range(4)]
        onsets = drums.notes["onset_tick"].astype(int)
        assert all(abs(onsets - line).min() <= 40 for line in lines)


@pytest.mark.parametrize("meter", RARE_METERS)
def test_a_song_may_be_in_a_rare_meter_throughout(meter: str, tmp_path: Path) -> None:
    brief = sm.Brief(meter=meter, n_bars=4, seed=2, genre="folk")
    song = sm.create(brief, tmp_path / "song", sm.CreateOptions(audio="none", candidates=1))
    file = mido.MidiFile(tmp_path / "song" / "song.mid")
    signatures = [m for m in file.tracks[0] if m.type == "time_signature"]
    assert [f"{m.numerator}/{m.denominator}" for m in signatures] == [meter]
    assert song.score.end_tick == 4 * METER_OF[meter].bar_ticks * 480 // TPQ
    measures = music21.converter.parse(tmp_path / "song" / "lead.musicxml").parts[0].getElementsByClass("Measure")
    assert {measure.duration.quarterLength * TPQ for measure in measures} == {METER_OF[meter].bar_ticks}


@pytest.mark.parametrize("text", ["jazz in 5/4", "a folk tune in 7/8", "lullaby, 9/8"])
def test_rare_meters_are_read_in_a_prompt(text: str) -> None:
    reading = sm.read_prompt(text)
    assert str(reading.fields["meter"]) in text and any("meter" in line for line in reading.understood)


def test_little_music_to_learn_from_is_said(song: tuple[Path, sm.Song]) -> None:
    assert any("5/4, 7/8" in remark for remark in song[1].lead_sheet.remarks)


def test_bars_handed_on_early_follow_every_change(song: tuple[Path, sm.Song]) -> None:
    pieces = list(finished_bars(song[1].score, song[1].plan))
    lines = [beat * song[1].score.tpq for beat in BEATS]
    assert [(bars.start_tick, bars.end_tick) for bars in pieces] == list(pairwise(lines))
    assert [bars.tempo_qpm for bars in pieces] == TEMPOS
    for number, track in enumerate(song[1].score.tracks):
        joined = np.concatenate([bars.tracks[number].notes for bars in pieces])
        assert np.array_equal(joined, track.notes)
    chords = [symbol for bars in pieces for symbol in bars.piece.chord_symbols]
    assert chords == list(song[1].score.chord_symbols)


def test_the_full_score_has_the_same_bars(song: tuple[Path, sm.Song]) -> None:
    root = full_score_to_xml(song[1].score)
    for part in root.iter("part"):
        times = [(time.findtext("beats"), time.findtext("beat-type")) for time in part.iter("time")]
        assert ["/".join(time) for time in times] == METERS


def test_a_chart_gives_chords_to_bars_of_every_meter(song: tuple[Path, sm.Song]) -> None:
    chart = parse_chart("C Am | F G | Dm | G7")
    placed = [place_chords(chart[bar % 4], here.meter) for bar, here in enumerate(song[1].lead_sheet.lines.bars)]
    for bar, here in zip(placed, song[1].lead_sheet.lines.bars, strict=True):
        assert all(0 <= tick < here.meter.bar_ticks for tick, _ in bar)
    plan = changing_plan().model_copy(update={"chords": "C Am | F G | Dm | G7"})
    sheet = sm.compose(plan, sm.ComposeOptions(fill=FillOptions(1)))
    assert [event.onset_tick for event in sheet.chords if event.onset_tick in range(192, 252)] == [192, 228]


def test_the_cue_sheet_of_a_game_has_bars_and_tempos_of_every_section(song: tuple[Path, sm.Song]) -> None:
    sections = list_sections(song[1].score, song[1].plan)
    assert [(section.n_bars, section.start_tick) for section in sections] == [(4, beat * 480) for beat in BEATS[:-1]]
    assert [section.intensity for section in sections] == [section.intensity for section in song[1].plan.sections]


def test_figures_are_cut_to_whole_bars_of_other_meters() -> None:
    for meter, choices in PIECES.items():
        for base, pieces in choices:
            assert sum(end - start for start, end in pieces) == METER_OF[meter].bar_ticks, (meter, base)
            assert all(end <= METER_OF[base].bar_ticks for _, end in pieces)
    drums = load_style("pop").figure_for("drums", 2, "chorus", Meter(4, 4))
    assert drums is not None and bases_of("5/4")[0] == "4/4"
    cut = fit_figure(drums, Meter(5, 4))
    assert len(cut.bars) == len(drums.bars)
    for before, after in zip(drums.bars, cut.bars, strict=True):
        kept = [(note.onset_tick, note.pitch) for note in before if note.onset_tick < 36]
        assert [(n.onset_tick, n.pitch) for n in after if n.onset_tick < 36] == kept
        assert all(note.onset_tick < 60 for note in after)
