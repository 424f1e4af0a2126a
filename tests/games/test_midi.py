"""Looping MIDI files: every dialect, played 20 times by a player that never rewinds; layers, stingers, transitions."""

from __future__ import annotations

from dataclasses import replace

import mido
import numpy as np
import pytest

from symbolic_music.errors import InputError
from symbolic_music.games.cutting import cut_score, join_scores, list_bars, steady_end
from symbolic_music.games.dialects import CONTROLLERS, DIALECTS, RESERVED_CONTROLLERS, loop_midi
from symbolic_music.games.harmony import list_chords
from symbolic_music.games.layers import LAYERS
from symbolic_music.games.options import GameOptions
from symbolic_music.games.pieces import GameMusic, make_pieces
from symbolic_music.games.sections import choose_loop, key_at, list_sections
from symbolic_music.games.stingers import STINGERS, make_stinger
from symbolic_music.song.score import MeterChange
from symbolic_music.theory.key import Key, parse_key
from symbolic_music.theory.meter import METER_OF, Meter
from tests.games.game_songs import BAR, BREATH, PEDAL, LoopPlayer, find_loop, is_mark, make_game_song, merged

PASSES = 20
SETS = [*((name,) for name in DIALECTS), *(("markers", name) for name in CONTROLLERS)]


@pytest.fixture(scope="module")
def music() -> GameMusic:
    return make_pieces(make_game_song(), None, GameOptions())


@pytest.mark.parametrize("dialects", SETS, ids="+".join)
def test_twenty_passes_are_alike_and_nothing_hangs(music: GameMusic, dialects: tuple[str, ...]) -> None:
    file = loop_midi(music.whole, music.loop_start_tick, dialects)
    for dialect in dialects:
        player = LoopPlayer(dialect).play(file, PASSES)
        assert all(heard == player.passes[1] for heard in player.passes)
        assert not any(player.sounding_at_jumps)
        assert len(player.passes[0]) == sum(len(track.notes) for track in music.loop.tracks)
        # A player that seeks by tick begins with the same events: none of that tick stands before the mark.
        events = list(merged(file))
        start, _ = find_loop(events, dialect)
        assert events[start - 1][0] < events[start][0] or is_mark(events[start - 1][1], ("marker", "loopStart"))


def test_a_player_without_restated_state_would_notice() -> None:
    """The test's player does hear differences: without the restatement, the second pass has another expression."""
    music = make_pieces(make_game_song(), None, GameOptions())
    file = loop_midi(music.whole, music.loop_start_tick, ("markers",))
    for track in file.tracks[1:]:
        now = 0
        for number, message in enumerate(track):
            now += message.time
            if now == BAR and message.type == "control_change":
                track[number] = mido.MetaMessage("text", text="gone", time=message.time)
    passes = LoopPlayer("markers").play(file, 2).passes
    assert passes[0] != passes[1]


def test_state_is_restated_before_the_first_note_of_the_loop(music: GameMusic) -> None:
    file = loop_midi(music.whole, music.loop_start_tick, ("markers",))
    events = list(merged(file))
    start, end = find_loop(events, "markers")
    for channel in {m.channel for _, m in events if m.type == "note_on"}:
        mine = [(tick, m) for tick, m in events[start:end] if not m.is_meta and m.channel == channel]
        first = next(number for number, (_, m) in enumerate(mine) if m.type == "note_on")
        before = [m for _, m in mine[:first]]
        assert {tick for tick, _ in mine[:first]} == {BAR}
        assert {m.control for m in before if m.type == "control_change"} >= {0, 32, 1, 7, 10, 11, 64}
        assert {"program_change", "pitchwheel"} <= {m.type for m in before}
    metas = [m.type for tick, m in events[start:end] if tick == BAR and m.is_meta]
    assert {"set_tempo", "time_signature", "key_signature"} <= set(metas)
    expression = [m.value for tick, m in events[start:] if tick == BAR and is_mark_controller(m, 11, 1)]
    assert 60 in expression  # the bass's expression stands where bar 1 left it


def is_mark_controller(message: mido.Message, controller: int, channel: int) -> bool:
    """Tell whether an event moves a controller of a channel, or of any after it."""
    return message.type == "control_change" and message.control == controller and message.channel >= channel


def test_pedal_is_up_and_notes_end_before_the_loop_does(music: GameMusic) -> None:
    file = loop_midi(music.whole, music.loop_start_tick, ("markers", "cc111"))
    end = music.whole.end_tick
    assert end == 7 * BAR
    for track in file.tracks:
        assert sum(message.time for message in track) == end
    events = list(merged(file))
    assert max(tick for tick, m in events if m.type == "note_off") == end - 1
    pedals = [(tick, m.value) for tick, m in events if is_mark_controller(m, PEDAL, 0)]
    assert pedals[-1][1] == 0
    assert pedals[-1][0] < end
    # Everything at the end itself belongs to the conductor: marks and ends of tracks.
    assert {m.type for tick, m in events if tick == end} <= {"marker", "end_of_track"}


def test_controllers_that_would_be_loop_points_are_left_out(music: GameMusic) -> None:
    file = loop_midi(music.whole, music.loop_start_tick, ("markers", "cc111"))
    moved = [m.control for _, m in merged(file) if m.type == "control_change"]
    assert BREATH not in moved
    assert [number for number in moved if number in RESERVED_CONTROLLERS] == [111]
    plain = loop_midi(music.loop, 0, ())
    assert not [m for _, m in merged(plain) if m.type == "control_change" and m.control in RESERVED_CONTROLLERS]
    assert not [m for _, m in merged(plain) if is_mark(m, ("marker", "loopStart"))]


@pytest.mark.parametrize("pair", [("cc111", "descent"), ("emidi", "touhou"), ("markers", "touhou", "cc111")])
def test_dialects_that_clash_are_refused(pair: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="clash"):
        GameOptions(dialects=pair)
    with pytest.raises(InputError, match="'loopy' is not known; use markers, cc111"):
        GameOptions(dialects=("loopy",))


def test_a_cut_takes_early_downbeats_along_and_leaves_the_next_ones() -> None:
    song = make_game_song()
    verse = cut_score(song, BAR, 4 * BAR, "Verse")
    melody = verse.tracks[0].notes
    assert melody["onset_tick"][0] == 0
    assert len(melody) == 12
    assert melody["onset_tick"].max() < 3 * BAR - 40
    assert [symbol.text for symbol in verse.chord_symbols] == ["Am", "F", "G7"]
    assert (verse.tempos[0].tick, verse.tempos[0].qpm) == (0, 126.7)
    outro = cut_score(song, 7 * BAR, 8 * BAR, "Outro")
    assert len(outro.tracks[0].notes) == 4


def test_pieces_cut_apart_and_joined_have_all_notes() -> None:
    song = make_game_song()
    joined = join_scores([cut_score(song, a * BAR, b * BAR, "") for a, b in ((0, 1), (1, 4), (4, 7), (7, 8))], "Joined")
    for old, new in zip(song.tracks, joined.tracks, strict=True):
        assert np.array_equal(old.notes["pitch"], new.notes["pitch"])
        assert np.abs(old.notes["onset_tick"] - new.notes["onset_tick"]).max() <= 40
    assert joined.end_tick == song.end_tick
    assert joined.markers == song.markers


def test_the_final_slowing_down_is_left_out() -> None:
    song = make_game_song()
    assert len(song.tempos) == 2
    assert steady_end(song).tempos == song.tempos[:1]


def test_loop_is_what_lies_between_intro_and_outro() -> None:
    sections = list_sections(make_game_song())
    assert [section.slug for section in sections] == ["intro-1", "verse-1", "chorus-1", "outro-1"]
    assert choose_loop(sections) == (1, 2)
    assert choose_loop(sections, "Chorus 1", "outro-1") == (2, 3)
    with pytest.raises(InputError, match="'glorp' is not in the song; it has Intro 1, Verse 1"):
        choose_loop(sections, "glorp")
    with pytest.raises(InputError, match="comes before"):
        choose_loop(sections, "chorus 1", "verse 1")


def test_a_file_without_markers_or_key_is_one_section() -> None:
    song = replace(make_game_song(), markers=(), keys=())
    (section,) = list_sections(song)
    assert (section.slug, section.n_bars) == ("song", 8)
    assert key_at(song, 0) == Key("C", "major")
    pieces = make_pieces(song, None, GameOptions())
    assert pieces.intro is None
    assert pieces.transitions == ()


def test_layers_have_the_same_bars_harmony_and_length(music: GameMusic) -> None:
    assert tuple(music.layers) == LAYERS
    spans = list_chords(music.loop)
    for score in music.layers.values():
        assert score.end_tick == music.loop.end_tick
        assert (score.tempos, score.meters, score.chord_symbols) == (
            music.loop.tempos, music.loop.meters, music.loop.chord_symbols)  # fmt: skip
    calm, normal, tense = (music.layers[name] for name in LAYERS)
    assert not [track for track in calm.tracks if track.is_drum or track.role == "melody"]
    levels = [np.mean([track.notes["velocity"].mean() for track in s.tracks]) for s in (calm, normal)]
    assert levels[0] < levels[1]
    added = [track for track in tense.tracks if track.name in ("Tension pulse", "Timpani")]
    assert len(added) == 2
    for onset, _, pitch, _ in (row for track in added for row in track.notes.tolist()):
        chord = next(span.chord for span in spans if span.start_tick <= onset < span.end_tick)
        assert pitch % 12 in chord.pitch_classes
    # Each bar has notes in each layer.
    for score in music.layers.values():
        onsets = np.concatenate([track.notes["onset_tick"] for track in score.tracks])
        assert set((onsets // BAR).tolist()) == set(range(6))


def test_calm_holds_the_chords_where_nobody_plays_them() -> None:
    song = make_game_song()
    song = replace(song, tracks=tuple(track for track in song.tracks if track.role != "chords"))
    calm = make_pieces(song, None, GameOptions()).layers["calm"]
    pad = next(track for track in calm.tracks if track.name == "Calm pad")
    for onset, duration, pitch, _ in pad.notes.tolist():
        chord = next(span.chord for span in list_chords(calm) if span.start_tick <= onset < span.end_tick)
        assert pitch % 12 in chord.pitch_classes
        assert onset + duration < calm.end_tick


@pytest.mark.parametrize("meter", METER_OF.values(), ids=str)
@pytest.mark.parametrize("key", ["C major", "F# minor", "Bb major", "E minor"])
def test_stingers_are_in_the_songs_key_and_tempo(key: str, meter: Meter) -> None:
    song = replace(make_game_song(), meters=(MeterChange(0, meter),))
    for name in STINGERS:
        stinger = make_stinger(song, name, parse_key(key))
        assert stinger.tempos[0].qpm == song.tempos[0].qpm
        assert all(bar.n_ticks == BAR * meter.beats * 4 // meter.unit // 4 for bar in list_bars(stinger))
        pitches = {int(p) for track in stinger.tracks if not track.is_drum for p in track.notes["pitch"]}
        assert {pitch % 12 for pitch in pitches} <= set(parse_key(key).pitch_classes)
        for track in stinger.tracks:
            assert len(track.notes)
            assert (track.notes["onset_tick"] + track.notes["duration_tick"]).max() < stinger.end_tick


def test_win_rises_and_lose_falls() -> None:
    stingers = {name: make_stinger(make_game_song(), name, parse_key("G minor")) for name in STINGERS}
    tunes = {name: stinger.tracks[0].notes["pitch"].astype(int) for name, stinger in stingers.items()}
    assert tunes["win"].argmax() == len(tunes["win"]) - 1
    assert (np.diff(tunes["pickup"]) > 0).all()
    assert (np.diff(tunes["lose"]) < 0).all()
    assert tunes["lose"][-1] % 12 == 7  # the tonic


@pytest.mark.parametrize("n_bars", [1, 2])
def test_transitions_serve_every_pair_and_lead_to_its_first_chord(n_bars: int) -> None:
    song = make_game_song()
    pieces = make_pieces(song, None, GameOptions(transition_bars=n_bars))
    names = [section.slug for section in pieces.sections]
    served = [pair for each in pieces.transitions for pair in each.pairs]
    assert sorted(served) == sorted((a, b) for a in names for b in names if a != b)
    firsts = {section.slug: next(s.chord for s in list_chords(song) if s.start_tick == section.start_tick)
              for section in pieces.sections}  # fmt: skip
    for each in pieces.transitions:
        assert each.score.end_tick == n_bars * BAR
        assert {firsts[target] for _, target in each.pairs} == {each.target}
        dominant = list_chords(each.score)[-1].chord
        assert dominant.root == (each.target.root + 7) % 12  # the chord follows its dominant
        bass = next(track for track in each.score.tracks if track.role == "bass")
        assert (each.target.bass - int(bass.notes["pitch"][-1])) % 12 == 1  # and comes from the semitone below
        assert {track.name for track in each.score.tracks} == {"Piano", "Bass", "Drums"}


@pytest.mark.parametrize("meter", [Meter(3, 4), Meter(2, 4), Meter(6, 8), Meter(12, 8)], ids=str)
def test_transitions_and_tense_layers_follow_the_meter(meter: Meter) -> None:
    song = make_game_song()
    bar = 480 * 4 * meter.beats // meter.unit
    tracks = tuple(replace(t, notes=t.notes[t.notes["onset_tick"] < 4 * bar - 600]) for t in song.tracks)
    markers = (song.markers[0], replace(song.markers[0], tick=2 * bar, text="Verse 1"))
    song = replace(song, meters=(MeterChange(0, meter),), end_tick=4 * bar, tempos=song.tempos[:1], tracks=tracks)
    pieces = make_pieces(replace(song, markers=markers), None, GameOptions())
    beat = bar // meter.n_beats
    for each in pieces.transitions:
        assert each.score.end_tick == bar
        chords = next(track for track in each.score.tracks if track.role == "chords")
        assert set((chords.notes["onset_tick"] % beat).tolist()) == {0}
        assert [symbol.tick % beat for symbol in each.score.chord_symbols] == [0, 0]
    pulse = next(track for track in pieces.layers["tense"].tracks if track.name == "Tension pulse").notes
    loud = pulse["onset_tick"][pulse["velocity"] == pulse["velocity"].max()]
    assert set((loud % beat).tolist()) == {0}
