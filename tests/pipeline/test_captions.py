"""A caption says a song so that, read as a prompt, it asks for the same song."""

from __future__ import annotations

import pytest

from symbolic_music.importing import read_prompt
from symbolic_music.pipeline.captions import caption, lift_of
from symbolic_music.planning import plan
from symbolic_music.song.brief import Brief

BRIEFS = {
    "pop": {"genre": "pop", "mood": "happy", "n_bars": 40},
    "a fast metal": {"style": "metal", "tempo_qpm": 200, "mood": "angry", "n_bars": 64},
    "waltz": {"genre": "waltz", "mood": "wistful", "key": "D minor", "n_bars": 48},
    "bossa nova": {"style": "bossa nova", "mood": "calm", "band": ("band", "flute lead"), "n_bars": 32},
    "lifted": {"style": "rock", "key_lift": 2, "form": "verse8 chorus8 verse8 chorus8 bridge4 chorus8"},
    "faded": {"style": "soul", "ending": "fade", "leave_out": ("intro",), "n_bars": 40},
    "swung": {"style": "pop", "swing": 0.667, "n_bars": 32, "mood": "playful"},
    "blues": {"style": "blues 12/8", "key": "E major", "tempo_qpm": 90, "n_bars": 36},
    "lullaby": {"genre": "lullaby", "band": ("music box", "harp"), "n_bars": 24},
    "felt": {"style": "rock", "drum_feel": "half-time", "lay_back_ms": 12, "n_bars": 24},
    "named in Spanish": {"title": "Épica Para Tráiler", "style": "cinematic", "form": "verse8 chorus8 solo8 chorus8"},
    "a warm pad": {"style": "ambient", "mood": "dark", "band": ("band", "warm pad"), "n_bars": 16},
    "no tune": {"style": "techno", "band": ("band", "no melody"), "n_bars": 24},
    "drum and bass": {"style": "drum and bass", "mood": "dark", "key": "F# minor", "n_bars": 64},
}


@pytest.mark.parametrize("name", BRIEFS)
def test_a_caption_read_as_a_prompt_gives_the_same_brief(name: str) -> None:
    made = plan(Brief(seed=4, **BRIEFS[name]))
    text = caption(made)
    reading = read_prompt(text)
    asked = Brief(**reading.fields)
    assert not reading.not_understood, (text, reading.not_understood)
    again = plan(asked.model_copy(update={"seed": 4}))
    assert (again.title, again.genre, again.mood, again.tempo_qpm) == (
        made.title, made.genre, made.mood, made.tempo_qpm,
    )  # fmt: skip
    assert (again.style, again.meter, again.band) == (made.style, made.meter, made.band)
    assert (again.swing, again.ending) == (made.swing, made.ending)
    assert (again.drum_feel, again.lay_back_ms) == (made.drum_feel, made.lay_back_ms)
    assert [(one.kind, one.n_bars) for one in again.sections] == [(one.kind, one.n_bars) for one in made.sections]
    assert again.sections[0].key == made.sections[0].key
    assert lift_of(again) == lift_of(made)


def test_a_caption_tells_where_the_key_rises() -> None:
    text = caption(plan(Brief(**BRIEFS["lifted"], key="C major", tempo_qpm=120)))
    assert "key change up a whole step" in text
    assert "1:12 chorus 3 (at its height, now in D major)" in text


def test_a_caption_begins_with_the_right_article() -> None:
    assert ", an electronic song" in caption(plan(Brief(genre="electronic", n_bars=16)))
    assert ", a calm electronic song" in caption(plan(Brief(genre="electronic", mood="calm", n_bars=16)))
