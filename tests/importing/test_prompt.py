"""The prompt reader: what words mean, and that nothing is guessed."""

from __future__ import annotations

import pytest

from symbolic_music.importing import read_prompt
from symbolic_music.importing.prompt_lexicon import LEXICON_FIELDS, spellings_of
from symbolic_music.planning import plan
from symbolic_music.song.brief import GENRES, MOODS, Brief

PROMPTS = {
    "happy pop song about summer": {"genre": "pop", "mood": "happy", "title": "Summer"},
    "slow sad waltz in D minor, two minutes": {
        "genre": "waltz", "meter": "3/4", "mood": "sad", "tempo_qpm": 72.0, "key": "D minor", "duration_sec": 120.0,
    },
    "jazz waltz with piano, upright bass and brushes in Bb": {
        "genre": "jazz", "style": "jazz waltz", "meter": "3/4", "key": "Bb major",
        "band": ("piano", "upright bass", "brushes"),
    },
    "rock at 140 bpm in 6/8, verse chorus verse chorus bridge chorus, chords C G Am F": {
        "genre": "rock", "tempo_qpm": 140.0, "meter": "6/8", "chords": "C G Am F",
        "form": "verse chorus verse chorus bridge chorus",
    },
    "a folk jig of 32 bars": {"genre": "folk", "style": "jig", "meter": "6/8", "n_bars": 32},
    'a sad song in Eb, 90 seconds, called "Rain On Me"': {
        "mood": "sad", "key": "Eb major", "duration_sec": 90.0, "title": "Rain On Me",
    },
    "drum and bass in F# minor": {"genre": "electronic", "style": "drum and bass", "key": "F# minor"},
    "AABA jazz ballad in C": {
        "genre": "jazz", "style": "jazz ballad", "mood": "romantic", "tempo_qpm": 72.0, "form": "A8 A8 B8 A8",
        "key": "C major",
    },
    "piano ballad in c sharp minor, very slow, 3 and a half minutes": {
        "style": "piano ballad", "key": "C# minor", "tempo_qpm": 54.0, "mood": "romantic", "duration_sec": 210.0,
    },
    "calm ambient music about the sea at night, 2:30": {
        "mood": "calm", "genre": "electronic", "style": "ambient", "title": "The sea at night", "duration_sec": 150.0,
    },
    "lullaby in a minor key": {"genre": "lullaby", "key": "A minor"},
    "slow disco": {"genre": "soul", "style": "disco", "tempo_qpm": 108.0},
    "reggae with trumpet and organ": {"style": "reggae", "band": ("band", "trumpet", "percussive organ")},
    "disco at 70 bpm": {"genre": "soul", "style": "disco", "tempo_qpm": 70.0},
    "swing, 32 bar AABA, B flat, 180": {
        "genre": "jazz", "style": "swing", "n_bars": 32, "form": "A8 A8 B8 A8", "key": "Bb major", "tempo_qpm": 180.0,
    },
    "funk in E9": {"genre": "soul", "style": "funk", "key": "E major"},
    "a song that starts in C major and ends in D major": {"key": "C major", "key_lift": 2},
    "12 bar blues in E, swing, with harmonica": {
        "genre": "blues", "style": "swing", "key": "E major", "form": "verse12 verse12 solo12 verse12 verse12",
        "band": ("band", "harmonica"),
    },
    "twelve-bar blues, 24 bars": {"genre": "blues", "n_bars": 24, "form": "verse12 verse12"},
    "rock, guitar solo after the second chorus": {
        "genre": "rock", "include": ("solo",), "band": ("band", "distorted guitar lead"),
    },
    "very fast punk": {"genre": "rock", "style": "punk", "tempo_qpm": 210.0},
    "boss fight in 7/8": {"meter": "7/8", "style": "cinematic", "mood": "tense", "tempo_qpm": 140.0},
    "boss fight in 9/8": {"meter": "9/8", "mood": "tense", "tempo_qpm": 150.0},
    "a birthday song": {"style": "acoustic pop", "mood": "happy"},
    "a horror piece, orchestral": {"style": "cinematic", "mood": "spooky"},
    "": {},
}  # fmt: skip


@pytest.mark.parametrize("prompt", PROMPTS)
def test_prompt_says(prompt: str) -> None:
    reading = read_prompt(prompt)
    assert dict(reading.fields) == PROMPTS[prompt]
    assert reading.not_understood == ()
    Brief(prompt=prompt, **reading.fields)


SAID = ("mid-tempo drum and bass", "slow disco", "fast bossa nova waltz", "very slow ska in D",
        *(prompt for prompt in PROMPTS if "70 bpm" not in prompt))  # fmt: skip


@pytest.mark.parametrize("prompt", SAID)
def test_what_is_said_to_be_understood_is_what_the_plan_has(prompt: str) -> None:
    reading = read_prompt(prompt)
    made = plan(Brief(prompt=prompt, **reading.fields, seed=1))
    has = {
        "genre": made.genre, "mood": made.mood, "style": made.style, "key": made.sections[0].key, "meter": made.meter,
        "tempo_qpm": f"{made.tempo_qpm:g} quarters", "n_bars": f"{made.n_bars} bars", "title": made.title,
        "chords": made.chords, "band": ", ".join(made.band or ()),
    }  # fmt: skip
    assert len(reading.understood) == len(reading.understood_as)
    for line, field in zip(reading.understood, reading.understood_as, strict=True):
        if field == "duration_sec":
            assert made.duration_sec == pytest.approx(reading.fields["duration_sec"], rel=0.05)
        elif field == "include":
            assert "solo" in [section.kind for section in made.sections]
        elif field == "key_lift":
            assert "D major" in [str(section.key) for section in made.sections]
        elif field != "form":
            assert str(has[field]) in line, (field, line)


def test_unknown_words_are_listed() -> None:
    reading = read_prompt("happy glorp song for a dishwasher")
    assert reading.not_understood == ("glorp", "dishwasher")
    assert reading.understood == ("'happy' -> mood happy",)


def test_second_value_for_a_field_is_reported() -> None:
    reading = read_prompt("a rock and a jazz song")
    assert reading.fields["genre"] == "rock"
    assert reading.not_understood == ("jazz (the genre is already rock)",)


def test_players_can_be_refused_and_other_refusals_are_reported() -> None:
    assert read_prompt("pop song without drums").fields["band"] == ("band", "no drums")
    reading = read_prompt("a sad song without hope")
    assert "band" not in reading.fields
    assert "without hope" in reading.not_understood[0]


def test_case_does_not_matter() -> None:
    assert dict(read_prompt("HAPPY POP SONG").fields) == {"genre": "pop", "mood": "happy"}


@pytest.mark.parametrize("text", ["a major hit", "a minor flaw", "C", "G G", "::", "12", "((", "\\", "|", "é", "\x00"])
def test_odd_texts_are_survived(text: str) -> None:
    assert "key" not in read_prompt(text).fields


def test_lexicon_values_are_allowed_in_a_brief() -> None:
    assert set(spellings_of("genre").values()) == set(GENRES)
    assert set(spellings_of("mood").values()) == set(MOODS)
    for name in LEXICON_FIELDS:
        for value in set(spellings_of(name).values()):
            Brief(**{name: value})


@pytest.mark.parametrize(
    ("prompt", "field", "value"),
    [
        ("Lied «Die traurige Nacht», Walzer", "title", "Die traurige Nacht"),
        ("ein Walzer „Abendlicht“ in D-Dur", "title", "Abendlicht"),
        ("a song called 'Paper Boats', folk", "title", "Paper Boats"),
        ("sad violin solo, lasting 1 minute 30 seconds", "duration_sec", 90.0),
        ("rock, two minutes and a half", "duration_sec", 150.0),
        ("cumbia alegre, 2 minutos y medio", "duration_sec", 150.0),
        ("2m30s of rock", "duration_sec", 150.0),
        ("canción de los años 70", "style", "disco"),
        ("80er Synthpop", "style", "synthwave"),
        ("Drum'n'bass, 172bpm", "style", "drum and bass"),
        ("vrolijke polka, xylofoon en blokfluit", "band", ("band", "xylophone", "recorder")),
    ],
)
def test_names_in_quotes_lengths_in_two_units_decades_and_players_abroad(
    prompt: str, field: str, value: object
) -> None:
    assert read_prompt(prompt).fields.get(field) == value


def test_a_church_mode_is_the_nearer_of_major_and_minor_and_that_is_said() -> None:
    reading = read_prompt("folk tune in A dorian")
    assert reading.fields["key"] == "A minor" and "dorian" in reading.not_understood[0]


@pytest.mark.parametrize("prompt", [
    "ragtime like Scott Joplin", "John Coltrane style jazz", "country with pedal steel and fiddle",
    "fingerpicking on the acoustic guitar, no vocals", "rock, guitar solo after the second chorus",
])  # fmt: skip
def test_names_players_and_places_in_the_song_give_no_mood(prompt: str) -> None:
    assert "mood" not in read_prompt(prompt).fields


def test_forms_that_are_not_made_are_said() -> None:
    assert read_prompt("canon for two violins").not_understood == ("canon",)
