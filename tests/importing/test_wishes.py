"""Edits in words: what users say, and the operations that are meant; what is not understood does nothing."""

from __future__ import annotations

import pytest

from symbolic_music.errors import EditError
from symbolic_music.importing.wishes import read_wish

# A wish and its operations: place, then what is done.
SENTENCES: list[tuple[str, list[dict[str, object]]]] = [
    ("make the last chorus bigger and take the drums out of verse 2",
     [{"section": "last chorus", "intensity": 0.2}, {"section": "verse 2", "band": "-drums"}]),
    ("darker", [{"colour": "darker"}]),
    ("the bridge half as long", [{"section": "bridge", "times": 0.5}]),
    ("another melody for the chorus but keep the rhythm",
     [{"section": "chorus", "part": "melody", "take": 2, "keep": ("rhythm",)}]),
    ("a key change before the last chorus", [{"section": "from last chorus", "transpose": 2}]),
    ("swing it", [{"swing": 0.667}]),
    ("Make the second verse a little quieter, please.", [{"section": "second verse", "intensity": -0.1}]),
    ("louder", [{"intensity": 0.2}]),
    ("make it much faster", [{"faster": 1.2}]),
    ("a bit slower", [{"faster": 0.952}]),
    ("slow it down a bit", [{"faster": 0.952}]),
    ("set the tempo to 96", [{"tempo_qpm": 96.0}]),
    ("play it at 120 bpm", [{"tempo_qpm": 120.0}]),
    ("transpose the whole song down a tone", [{"transpose": -2}]),
    ("move the chorus up three semitones", [{"section": "chorus", "transpose": 3}]),
    ("raise the last chorus by a half step", [{"section": "last chorus", "transpose": 1}]),
    ("put it in D minor", [{"key": "D minor"}]),
    ("add a key change up a semitone before the final chorus", [{"section": "from final chorus", "transpose": 1}]),
    ("modulate before chorus 3", [{"section": "from chorus 3", "transpose": 2}]),
    ("remove the intro", [{"section": "intro", "remove": True}]),
    ("cut verse 2", [{"section": "verse 2", "remove": True}]),
    ("repeat the last chorus", [{"section": "last chorus", "duplicate": True}]),
    ("play the chorus 2 twice", [{"section": "chorus 2", "duplicate": True}]),
    ("move the bridge before the second verse", [{"section": "bridge", "move": True, "before": "second verse"}]),
    ("put the solo after chorus 1", [{"section": "solo", "move": True, "after": "chorus 1"}]),
    ("add a bridge before the last chorus", [{"insert": "bridge 8", "before": "last chorus"}]),
    ("insert a 4 bar interlude after chorus 1", [{"insert": "interlude 4", "after": "chorus 1"}]),
    ("add an outro of 8 bars at the end", [{"insert": "outro 8", "after": "end"}]),
    ("end with another chorus", [{"section": "last chorus", "duplicate": True, "after": "end"}]),
    ("make the intro 2 bars long", [{"section": "intro", "length": 2}]),
    ("make the outro twice as long", [{"section": "outro", "times": 2.0}]),
    ("extend the bridge to 16 bars", [{"section": "bridge", "length": 16}]),
    ("continue for 16 bars", [{"continue_bars": 16}]),
    ("reharmonize the bridge", [{"section": "bridge", "reharmonize": True}]),
    ("other chords for verse 1", [{"section": "verse 1", "reharmonize": True}]),
    ("keep the melody but change the chords in the chorus", [{"section": "chorus", "reharmonize": True}]),
    ("a new bass line for verse 2", [{"section": "verse 2", "part": "bass", "take": 2}]),
    ("rewrite the drums in the chorus", [{"section": "chorus", "part": "drums", "take": 2}]),
    ("change the melody of verse 1", [{"section": "verse 1", "part": "melody", "take": 2}]),
    ("try the second verse again", [{"section": "second verse", "take": 2}]),
    ("another version of the bridge", [{"section": "bridge", "take": 2}]),
    ("rewrite bars 9-12", [{"bars": "9-12", "infill": True}]),
    ("vary the second verse a little", [{"section": "second verse", "vary": 0.2}]),
    ("a variation of the chorus", [{"section": "chorus", "vary": 0.5}]),
    ("add a cello", [{"band": "+cello"}]),
    ("bring in strings in the last chorus", [{"section": "last chorus", "band": "+strings"}]),
    ("no drums in the intro", [{"section": "intro", "band": "-drums"}]),
    ("take out the piano and the guitar", [{"band": "-piano -guitar"}]),
    ("verse 1 without bass", [{"section": "verse 1", "band": "-bass"}]),
    ("let the drums rest in the bridge", [{"section": "bridge", "band": "-drums"}]),
    ("replace the piano with an organ", [{"band": "-piano +organ"}]),
    ("give the melody to the trumpet", [{"band": "+trumpet lead"}]),
    ("make it a bossa nova", [{"style": "bossa nova"}]),
    ("in the style of reggae", [{"style": "reggae"}]),
    ("play it in 3/4", [{"meter": "3/4"}]),
    ("make the verses softer and the choruses bigger",
     [{"section": "verses", "intensity": -0.2}, {"section": "choruses", "intensity": 0.2}]),
    ("could you make verse 1 and 2 calmer?", [{"section": "verse 1 and verse 2", "intensity": -0.2}]),
    ("play it straight", [{"swing": 0.5}]),
    ("happier", [{"colour": "brighter"}]),
    ("remove the bridge, then repeat the chorus 2 and make it a bit slower",
     [{"section": "bridge", "remove": True}, {"section": "chorus 2", "duplicate": True}, {"faster": 0.952}]),
    ("lower the whole song by a fourth", [{"transpose": -5}]),
    ("strip back the second verse", [{"section": "second verse", "intensity": -0.2}]),
    ("swap the bridge and the last chorus", [{"section": "bridge", "swap": "last chorus"}]),
    ("make the drums busier in verse 2", [{"section": "verse 2", "part": "drums", "intensity": 0.2}]),
    ("the bass a bit simpler", [{"part": "bass", "intensity": -0.1}]),
    ("extend the chorus by 4 bars", [{"section": "chorus", "longer": 4}]),
    ("make the intro two bars shorter", [{"section": "intro", "longer": -2}]),
    ("a different tune in the bridge with the same chords",
     [{"section": "bridge", "part": "melody", "take": 2, "keep": ("chords",)}]),
    # as people talk
    ("bring the energy up in the second chorus", [{"section": "second chorus", "intensity": 0.2}]),
    ("kick it up a notch in chorus 2", [{"section": "chorus 2", "intensity": 0.1}]),
    ("the ending needs to be bigger", [{"section": "ending", "intensity": 0.2}]),
    ("the bridge should be in a minor key", [{"section": "bridge", "colour": "darker"}]),
    ("make verse two darker and slow the song down a touch",
     [{"section": "verse 2", "colour": "darker"}, {"faster": 0.952}]),
    ("bridge: more intense", [{"section": "bridge", "intensity": 0.2}]),
    ("verse 1: no drums and no bass",
     [{"section": "verse 1", "band": "-drums"}, {"section": "verse 1", "band": "-bass"}]),
    ("in the second verse, take the guitar out", [{"section": "second verse", "band": "-guitar"}]),
    ("drop the drums for the first four bars", [{"bars": "first 4", "band": "-drums"}]),
    ("rewrite the last two bars of the chorus", [{"bars": "last 2 of chorus", "infill": True}]),
    ("make the second half louder", [{"section": "second half", "intensity": 0.2}]),
    ("no drums until the first chorus", [{"section": "until first chorus", "band": "-drums"}]),
    ("drums only come in at the chorus", [{"section": "until chorus", "band": "-drums"}]),
    ("just piano and voice in the first verse", [{"section": "first verse", "band": "only piano, melody"}]),
    ("take everything out except piano and melody in verse 1", [{"section": "verse 1", "band": "only piano, melody"}]),
    ("strip the last verse down to piano", [{"section": "last verse", "band": "only piano"}]),
    ("turn the drums down a bit", [{"part": "drums", "intensity": -0.1}]),
    ("switch the piano for a rhodes", [{"band": "-piano +rhodes"}]),
    ("give it a latin feel", [{"style": "latin pop"}]),
    ("make it sound more like reggae", [{"style": "reggae"}]),
    ("speed it up by 10 percent", [{"faster": 1.1}]),
    ("slow it down to 80", [{"tempo_qpm": 80.0}]),
    ("take it down 5 bpm", [{"tempo_qpm": 115.0}]),
    ("less swing", [{"swing": 0.583}]),
    ("take it up a whole step for the last chorus", [{"section": "last chorus", "transpose": 2}]),
    ("put the melody an octave up in the last chorus", [{"section": "last chorus", "part": "melody", "transpose": 12}]),
    ("change the key to E flat", [{"key": "Eb"}]),
    ("transpose to G", [{"key": "G"}]),
    ("rewrite the chorus melody", [{"section": "chorus", "part": "melody", "take": 2}]),
    ("make the chorus drums louder", [{"section": "chorus", "part": "drums", "intensity": 0.2}]),
    ("a new verse 2 bass line", [{"section": "verse 2", "part": "bass", "take": 2}]),
    ("make verse 2 faster", [{"section": "verse 2", "faster": 1.1}]),
    ("slow down the bridge a bit", [{"section": "bridge", "faster": 0.952}]),
    ("put the bridge in 3/4", [{"section": "bridge", "meter": "3/4"}]),
    ("7/8 in the solo", [{"section": "solo", "meter": "7/8"}]),
    ("make verse 2 like verse 1",
     [{"section": "verse 1", "duplicate": True, "after": "verse 2"}, {"section": "verse 2", "remove": True}]),
    ("the last verse the same as the first",
     [{"section": "first verse", "duplicate": True, "after": "last verse"},
      {"section": "second last verse", "remove": True}]),
    ("leave the melody alone but redo verse 2", [{"section": "verse 2", "part": "band", "take": 2}]),
    ("keep the melody, change everything else", [{"part": "band", "take": 2}]),
    ("keep the chords and rewrite the bridge", [{"section": "bridge", "take": 2, "keep": ("chords",)}]),
    ("repeat the bridge and make it quieter",
     [{"section": "bridge", "duplicate": True}, {"section": "bridge", "intensity": -0.2}]),
    ("add a short intro", [{"insert": "intro 4"}]),
    ("insert a pre-chorus before each chorus", [{"insert": "pre-chorus 8", "before": "each chorus"}]),
    ("end on the chorus", [{"section": "last chorus", "duplicate": True, "after": "end"}]),
]  # fmt: skip


@pytest.mark.parametrize(("words", "meant"), SENTENCES, ids=[words for words, _ in SENTENCES])
def test_words_become_operations(words: str, meant: list[dict[str, object]]) -> None:
    operations = read_wish(words, tempo_qpm=120.0).edit.operations
    assert [operation.model_dump(exclude_defaults=True, exclude_none=True) for operation in operations] == meant


@pytest.mark.parametrize(
    "words",
    ["make the chorus purple", "make the last chorus bigger and paint it blue", "do something nice", "hello",
     "take the theremins apart", "make bars 1-4 faster", "no banjax in verse 1", "", "keep the melody",
     "keep the melody and rewrite the melody", "keep the chords and reharmonize verse 1", "change everything else",
     "rewrite bars 5-6 and make it bigger", "5 bpm faster", "undo that"],
)  # fmt: skip
def test_what_is_not_understood_is_said_and_nothing_is_done(words: str) -> None:
    with pytest.raises(EditError, match="not understood"):
        read_wish(words)


def test_the_message_says_which_words_and_what_was_understood() -> None:
    with pytest.raises(EditError, match=r"'paint it blue' \(understood: last chorus: intensity \+0.2\)"):
        read_wish("make the last chorus bigger and paint it blue")
