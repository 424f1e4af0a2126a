"""All 128 programs and the drum kits, by their names in eight languages."""

from __future__ import annotations

import pytest

from symbolic_music.errors import NotationError
from symbolic_music.theory import instruments
from symbolic_music.theory.instruments import (
    INSTRUMENT_NAMES,
    INSTRUMENTS,
    find_instrument,
    load_ambiguous_words,
    load_foreign_names,
    parse_player,
)

LANGUAGES = ["de", "fr", "es", "it", "pt", "zh", "ja"]
KITS = {"drums": 0, "room drums": 8, "power drums": 16, "electronic drums": 24, "808 drums": 25, "jazz drums": 32,
        "brushes": 40, "orchestra drums": 48}  # fmt: skip


def test_every_program_and_kit_has_a_name_in_every_language() -> None:
    table = load_foreign_names()
    assert set(table) == set(INSTRUMENTS)
    assert sorted(i.program for i in INSTRUMENTS.values() if not i.is_drum) == list(range(128))
    assert {name: i.program for name, i in INSTRUMENTS.items() if i.is_drum} == KITS
    for name, row in table.items():
        assert list(row) == LANGUAGES, name
        assert all(spellings for spellings in row.values()), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_a_language_finds_its_instrument(language: str) -> None:
    rulings = {instruments._key(word): name for word, (name, _) in load_ambiguous_words().items()}
    for name, row in load_foreign_names().items():
        for spelling in row[language]:
            expected = rulings.get(instruments._key(spelling), name)
            assert find_instrument(spelling).name == expected, spelling
            assert find_instrument(spelling.upper()).name == expected, spelling


def test_every_english_name_finds_its_instrument() -> None:
    for spelling, name in INSTRUMENT_NAMES.items():
        assert find_instrument(spelling).name == name
        assert find_instrument(f" {spelling.upper()} ").name == name


def test_words_with_two_meanings_are_all_listed_with_a_reason() -> None:
    meanings: dict[str, set[str]] = {}
    for spelling, name in INSTRUMENT_NAMES.items():
        meanings.setdefault(instruments._key(spelling), set()).add(name)
    for name, row in load_foreign_names().items():
        for spellings in row.values():
            for spelling in spellings:
                meanings.setdefault(instruments._key(spelling), set()).add(name)
    listed = {instruments._key(word) for word in load_ambiguous_words()}
    assert {key for key, names in meanings.items() if len(names) > 1} <= listed
    assert all(name in INSTRUMENTS and len(reason) > 5 for name, reason in load_ambiguous_words().values())


@pytest.mark.parametrize(
    ("text", "name", "role"),
    [
        ("trumpet lead", "trumpet", "melody"), ("Lead Trumpet", "trumpet", "melody"),
        ("rhythm guitar", "acoustic guitar", "chords"), ("piano solo", "piano", "melody"),
        ("strings pad", "strings", "pad"), ("synth arpeggio", "saw lead", "arpeggio"),
        ("trumpet section", "brass", None), ("violin section", "strings", None), ("horn section", "brass", None),
        ("Leadgitarre", "acoustic guitar", "melody"), ("Rhythmusgitarre", "acoustic guitar", "chords"),
        ("guitare rythmique", "acoustic guitar", "chords"), ("solo de guitarra", "acoustic guitar", "melody"),
        ("guitarra rítmica", "acoustic guitar", "chords"), ("violino solista", "violin", "melody"),
        ("リズムギター", "acoustic guitar", "chords"), ("主音吉他", "acoustic guitar", "melody"),
        ("小提琴独奏", "violin", "melody"), ("bass lead", "bass lead", None), ("upright bass", "upright bass", None),
    ],
)  # fmt: skip
def test_role_words_say_what_a_player_does(text: str, name: str, role: str | None) -> None:
    player = parse_player(text)
    assert (player.instrument.name, player.role) == (name, role)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Querfloete", "flute"), ("e piano", "electric piano"), ("E-PIANO", "electric piano"),
        ("Gitarren", "acoustic guitar"),
        ("organo", "drawbar organ"), ("tr 808", "808 drums"), ("Ｐｉａｎｏ", "piano"), ("alto", "viola"),
    ],
)  # fmt: skip
def test_accents_hyphens_widths_and_plurals_do_not_matter(text: str, name: str) -> None:
    assert find_instrument(text).name == name


@pytest.mark.parametrize(
    ("text", "offered"),
    [("Klarinete", r"Klarinette \(clarinet\)"), ("pianno", "did you mean piano"), ("trumpett", "trumpet"),
     ("xyzzy", "use a General MIDI name"), ("", "use a General MIDI name"), ("solo", "did you mean|use a General")],
)  # fmt: skip
def test_unknown_names_get_suggestions(text: str, offered: str) -> None:
    with pytest.raises(NotationError, match=offered):
        find_instrument(text)
