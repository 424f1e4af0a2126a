"""What a MIDI file of any program says is read, as a second reader reads it; what is not kept is said."""

from __future__ import annotations

from collections import Counter, deque
from pathlib import Path

import mido
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_music.formats.midi import read_midi
from symbolic_music.song.lyrics import Syllable

CASES = Path(__file__).resolve().parents[1] / "cases"
NoteRow = tuple[int, int, int, int, int]


def notes_by_mido(song: mido.MidiFile) -> Counter[NoteRow]:
    """Pair notes first in first out by channel in each track: (channel, onset, duration of a tick or more, …)."""
    found: Counter[NoteRow] = Counter()
    for track in song.tracks:
        open_notes: dict[tuple[int, int], deque[tuple[int, int]]] = {}
        now = 0
        for message in track:
            now += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            waiting = open_notes.setdefault((message.channel, message.note), deque())
            if message.type == "note_on" and message.velocity:
                waiting.append((now, message.velocity))
            elif waiting:
                onset, velocity = waiting.popleft()
                found[message.channel, onset, max(1, now - onset), message.note, velocity] += 1
        for (channel, pitch), waiting in open_notes.items():
            for onset, velocity in waiting:
                found[channel, onset, max(1, now - onset), pitch, velocity] += 1
    return found


def notes_of_ours(path: Path) -> Counter[tuple[int, int, int, int]]:
    score = read_midi(path)
    return Counter(tuple(row) for track in score.tracks for row in track.notes.tolist())


def same_notes(path: Path) -> bool:
    """Whether both readers find the same notes, whatever their channel."""
    theirs: Counter[tuple[int, int, int, int]] = Counter()
    for (_, *row), count in notes_by_mido(mido.MidiFile(str(path))).items():
        theirs[tuple(row)] += count
    return theirs == notes_of_ours(path)


messages = st.builds(
    mido.Message,
    st.sampled_from(["note_on", "note_on", "note_on", "note_off", "note_off"]),
    channel=st.sampled_from([0, 1, 9]), note=st.sampled_from([36, 38, 60, 61, 127]),
    velocity=st.sampled_from([0, 1, 90, 127]), time=st.sampled_from([0, 0, 0, 1, 5, 96]),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(tracks=st.lists(st.lists(messages, max_size=40), min_size=1, max_size=3), tpq=st.sampled_from([1, 24, 96, 480]))
def test_notes_are_those_that_mido_finds(tmp_path_factory: object, tracks: list[list[mido.Message]], tpq: int) -> None:
    song = mido.MidiFile(type=1, ticks_per_beat=tpq)
    song.tracks += [mido.MidiTrack(track) for track in tracks]
    path = tmp_path_factory.mktemp("midi") / "any.mid"  # type: ignore[attr-defined]
    song.save(str(path))
    assert same_notes(path)


def test_strokes_that_end_where_they_begin_are_kept_and_said() -> None:
    score = read_midi(CASES / "zero_length_drums.mid")
    drums = score.tracks[-1]
    assert drums.is_drum
    assert len(drums.notes) == sum(notes_by_mido(mido.MidiFile(str(CASES / "zero_length_drums.mid"))).values()) > 0
    assert (drums.notes["duration_tick"] >= 1).all()
    assert any("without length made a tick long" in remark for remark in score.remarks)


def test_karaoke_words_and_title_are_read() -> None:
    score = read_midi(CASES / "kar.mid")
    assert score.title == "My Title"
    assert score.lyrics == (Syllable(0, "Hel", True), Syllable(480, "lo"), Syllable(960, "world"))


def words_of(tmp_path: Path, texts: list[str], kind: str = "lyrics") -> list[tuple[str, bool]]:
    track = mido.MidiTrack([mido.MetaMessage("text", text="@KMIDI KARAOKE FILE")] if kind == "text" else [])
    for text in texts:
        track.append(mido.MetaMessage(kind, text=text, time=0))
        track.append(mido.Message("note_on", note=60, velocity=90))
        track.append(mido.Message("note_off", note=60, time=96))
    song = mido.MidiFile(ticks_per_beat=96)
    song.tracks.append(track)
    song.save(str(tmp_path / "words.mid"))
    return [(syllable.text, syllable.goes_on) for syllable in read_midi(tmp_path / "words.mid").lyrics]


def test_words_end_where_a_space_or_line_end_stands_before_or_after(tmp_path: Path) -> None:
    expected = [("Hel", True), ("lo", False), ("world", False), ("good", False), ("day", False)]
    assert words_of(tmp_path, ["Hel", "lo ", "world\r", "good ", "day"]) == expected
    assert words_of(tmp_path, ["Hel", "lo", " world", "/good", " day"]) == expected
    assert words_of(tmp_path, ["\\Hel", "lo", " world", "/good", " day"], "text") == expected
    assert words_of(tmp_path, ["Hel-", "lo", "world", "good", "day"]) == expected


def test_what_a_score_does_not_keep_is_said(tmp_path: Path) -> None:
    track = mido.MidiTrack([
        mido.Message("program_change", program=4), mido.Message("note_on", note=60, velocity=90),
        mido.Message("pitchwheel", pitch=100), mido.Message("pitchwheel", pitch=0, time=48),
        mido.Message("program_change", program=5), mido.Message("control_change", control=7, value=90),
        mido.Message("control_change", control=7, value=30), mido.Message("note_on", note=64, velocity=90, time=4),
    ])  # fmt: skip
    song = mido.MidiFile(ticks_per_beat=96)
    song.tracks.append(track)
    song.save(str(tmp_path / "rich.mid"))
    assert set(read_midi(tmp_path / "rich.mid").remarks) == {
        "2 pitch bends left out", "1 changes of instrument left out", "1 changes of volume or pan left out",
        "2 notes without an end held to the end of their track",
    }  # fmt: skip


def test_an_end_hours_after_the_last_note_is_cut_and_said(tmp_path: Path) -> None:
    track = mido.MidiTrack([
        mido.Message("note_on", note=60, velocity=90), mido.Message("note_off", note=60, time=96),
        mido.MetaMessage("end_of_track", time=200_000_000),
    ])  # fmt: skip
    song = mido.MidiFile(ticks_per_beat=96)
    song.tracks.append(track)
    song.save(str(tmp_path / "late.mid"))
    score = read_midi(tmp_path / "late.mid")
    assert score.end_tick == 384
    assert score.remarks == ("the silence after the last note left out",)


def test_keys_and_markers_of_several_tracks_are_in_time_one_key_at_a_tick(tmp_path: Path) -> None:
    song = mido.MidiFile()
    for first, word in (("E", "b"), ("Dm", "c"), ("Dm", "a")):
        note = mido.Message("note_on", note=60, velocity=90), mido.Message("note_off", note=60, time=480)
        later = [mido.MetaMessage("key_signature", key="G", time=0)] if word == "b" else []
        song.tracks.append(mido.MidiTrack([
            mido.MetaMessage("key_signature", key=first), *note, *later, mido.MetaMessage("marker", text=word),
        ]))  # fmt: skip
    song.tracks[2].insert(0, mido.MetaMessage("marker", text="first"))
    song.save(str(tmp_path / "a.mid"))
    score = read_midi(tmp_path / "a.mid")
    assert [(change.tick, str(change.key)) for change in score.keys] == [(0, "D minor"), (480, "G major")]
    assert [marker.text for marker in score.markers] == ["first", "b", "c", "a"]
    assert any("other than most tracks'" in remark for remark in score.remarks)
