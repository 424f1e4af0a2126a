"""A game that asks which chord sounds now is told the right one, whatever resolution the song came in."""

from __future__ import annotations

from dataclasses import replace

from symbolic_music.games import GameOptions
from symbolic_music.games.harmony import list_chords
from symbolic_music.games.pieces import make_pieces
from symbolic_music.song.resampling import resample
from symbolic_music.song.score import Marker
from tests.games.game_songs import BAR, CHORDS, make_game_song


def test_chords_of_a_loop_stand_on_the_bars_where_they_sound() -> None:
    at_twelve = tuple(Marker(bar * 48, symbol) for bar, symbol in enumerate(CHORDS))
    written = replace(resample(make_game_song(), 12), chord_symbols=at_twelve)
    loop = make_pieces(written, None, GameOptions()).loop
    starts = [span.start_tick // BAR for span in list_chords(loop) if span.start_tick % BAR == 0]
    assert starts == list(range(6))
    assert [symbol.text for symbol in loop.chord_symbols] == list(CHORDS[1:7])


def test_another_resolution_leaves_every_chord_at_its_beat() -> None:
    song = make_game_song()
    moved = resample(song, 96)
    assert [symbol.tick / moved.tpq for symbol in moved.chord_symbols] == [
        symbol.tick / song.tpq for symbol in song.chord_symbols
    ]
