"""The vocabulary as a miditok tokenizer."""

from __future__ import annotations

from pathlib import Path

import pytest
from symusic import Note, Score, TimeSignature, Track

from symbolic_music.tokens.tokenizer import PhraseTokenizer
from symbolic_music.tokens.vocabulary import ID_OF, TOKENS
from tests.builders import scale_melody


@pytest.fixture(scope="module")
def tokenizer() -> PhraseTokenizer:
    return PhraseTokenizer()


def melody_score(tpq: int = 12) -> Score:
    """The scale over four bars of 4/4, a rest in the third."""
    score = Score(tpq)
    score.time_signatures.append(TimeSignature(0, 4, 4))
    track = Track(program=0)
    for onset, length, pitch in scale_melody(4):
        if not 96 <= onset < 120:
            track.notes.append(Note(onset * tpq // 12, length * tpq // 12, pitch, 90))
    score.tracks.append(track)
    return score


def notes_of(score: Score) -> list[tuple[int, int, int]]:
    """Onset, duration and pitch of the first track's notes in ticks, 12 to the quarter."""
    return [(n.time * 12 // score.tpq, n.duration * 12 // score.tpq, n.pitch) for n in score.tracks[0].notes]


def test_ids_are_the_vocabularys(tokenizer: PhraseTokenizer) -> None:
    assert tokenizer.vocab == ID_OF
    assert len(tokenizer) == len(TOKENS)


def test_a_saved_tokenizer_is_loaded_from_its_folder(tokenizer: PhraseTokenizer, tmp_path: Path) -> None:
    tokenizer.save_pretrained(tmp_path)
    loaded = PhraseTokenizer.from_pretrained(tmp_path)
    assert loaded.vocab == tokenizer.vocab
    assert [s.ids for s in loaded.encode(melody_score())] == [s.ids for s in tokenizer.encode(melody_score())]


@pytest.mark.parametrize("tpq", [12, 480])
def test_a_melody_comes_back(tokenizer: PhraseTokenizer, tpq: int) -> None:
    sequences = tokenizer.encode(melody_score(tpq))
    assert sequences[0].tokens[:4] == ["Bar_plain", "Position_0", "Pitch_60", "Duration_12"]
    assert notes_of(tokenizer.decode(sequences)) == notes_of(melody_score())
