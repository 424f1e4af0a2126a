"""A style of one's own: one file with two bars of exemplar a player, and the band plays it over any chords."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

import symbolic_music as sm
from symbolic_music.song.score import Score
from symbolic_music.song.style_names import STYLES_VARIABLE
from symbolic_music.theory.meter import TPQ

# Nobody plays like this: kick and snare in threes, a bass that walks in fifths on odd sixteenths, off-beat guitars.
UNHEARD_OF = """
name: lighthouse stomp
aliases: [lighthouse]
family: pop
genre: pop
meters: [4/4]
tempo_qpm: [90, 140]
ending: cut
band: {drums: drums, bass: electric bass, guitar: electric guitar}
levels:
  - {parts: [drums, bass, guitar], density: 0.5}
  - {parts: [drums, bass, guitar], density: 0.5}
  - {parts: [drums, bass, guitar], density: 0.5}
  - {parts: [drums, bass, guitar], density: 0.5}
figures:
  - levels: [0, 1, 2, 3]
    drums:
      HH: "x..x..x..x..x..x x..x..x..x..x..x"
      SN: "...X.....X.....X ...X.....X......"
      KK: "X.....X.....X... X.....X.....X..."
    bass: "R@0:3 5@3:3 R@7:2 5@11:3 | R@0:3 5@5:3 R@9:2 5@13:3"
    guitar: "[R 3 5]@1:1 [R 3 5]@6:1 [R 3 5]@11:2 | [R 3 5]@2:1 [R 3 5]@7:1 [R 3 5]@14:1"
"""
# Sixteenths of the exemplar's two bars on which each player begins a note.
EXEMPLAR = {
    "drums": ({0, 3, 6, 9, 12, 15}, {0, 3, 6, 9, 12, 15}),
    "bass": ({0, 3, 7, 11}, {0, 5, 9, 13}),
    "chords": ({1, 6, 11}, {2, 7, 14}),
}


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> tuple[sm.SongPlan, sm.LeadSheet, Score]:
    """A song in the unheard-of style, over chords that change in the middle of bars too."""
    folder = tmp_path_factory.mktemp("styles")
    (folder / "lighthouse_stomp.yaml").write_text(UNHEARD_OF, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STYLES_VARIABLE, str(folder))
        brief = sm.Brief(style="Lighthouse", n_bars=24, key="D major", chords="D | Bm G | Em7 | A", seed=5)
        plan = sm.plan(brief)
        sheet = sm.compose(plan)
        return plan, sheet, sm.arrange(sheet, plan)


def onsets(score: Score, role: str) -> dict[int, set[int]]:
    """The sixteenths of each bar on which a player begins a note."""
    bars: dict[int, set[int]] = defaultdict(set)
    for track in score.tracks:
        if track.role == role:
            for onset in track.notes["onset_tick"]:
                sixteenth = int(onset) * 4 // score.tpq
                bars[sixteenth // 16].add(sixteenth % 16)
    return bars


@pytest.mark.parametrize("role", EXEMPLAR)
def test_each_player_plays_the_exemplar(song, role) -> None:
    plan, _, score = song
    assert plan.style == "lighthouse stomp"
    bars = onsets(score, role)
    assert len(bars) > 16, f"{role} hardly plays"
    likeness = [max(len(own & wanted) / len(own | wanted) for wanted in EXEMPLAR[role]) for own in bars.values()]
    assert sum(likeness) / len(likeness) >= 0.8


def test_the_chords_are_right_under_every_stroke(song) -> None:
    _, sheet, score = song
    right = total = 0
    for track in score.tracks:
        if track.role in ("bass", "chords"):
            for onset, pitch in zip(track.notes["onset_tick"], track.notes["pitch"], strict=True):
                chord = sheet.chord_at(int(onset) * TPQ // score.tpq)
                right += int(pitch) % 12 in chord.pitch_classes
                total += 1
    assert total > 100
    assert right / total >= 0.95


def test_a_folder_of_styles_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(STYLES_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(sm.SymbolicMusicError, match="nowhere is no folder"):
        sm.Brief(style="bossa nova")
