"""General MIDI instruments: names, programs, playable ranges, and how people call them.

The GM sound set stands here once, as data: 128 program names with the lowest
and highest pitch that sounds natural, and a table of other names for them.
Ranges are sounding pitches after common orchestration tables. What other
languages call them, role words, and words with two meanings stand in
``instrument_names.yaml``.
"""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

from symbolic_music.errors import NotationError


@dataclass(frozen=True)
class Instrument:
    """A GM program 0 to 127 and its range ``low`` to ``high`` in MIDI pitches; drum kits have ``is_drum``."""

    name: str
    program: int
    is_drum: bool
    low: int
    high: int


# One row per program, in GM order: name, lowest pitch, highest pitch.
_GM_ROWS = """
piano 21 108 | bright piano 21 108 | electric grand 21 108 | honky-tonk piano 21 108
electric piano 28 103 | electric piano 2 28 103 | harpsichord 29 89 | clavinet 36 96
celesta 60 108 | glockenspiel 72 108 | music box 60 84 | vibraphone 53 89
marimba 48 84 | xylophone 65 96 | tubular bells 60 77 | dulcimer 60 84
drawbar organ 36 96 | percussive organ 36 96 | rock organ 36 96 | church organ 21 108
reed organ 36 96 | accordion 53 89 | harmonica 60 84 | bandoneon 53 89
nylon guitar 40 84 | acoustic guitar 40 84 | jazz guitar 40 86 | electric guitar 40 86
muted guitar 40 86 | overdriven guitar 40 86 | distorted guitar 40 86 | guitar harmonics 40 86
upright bass 28 55 | bass 28 55 | picked bass 28 55 | fretless bass 28 55
slap bass 28 55 | slap bass 2 28 55 | synth bass 28 55 | synth bass 2 28 55
violin 55 96 | viola 48 84 | cello 36 72 | contrabass 28 55
tremolo strings 28 96 | pizzicato strings 28 96 | harp 23 103 | timpani 36 57
strings 28 96 | slow strings 28 96 | synth strings 36 96 | synth strings 2 36 96
choir 48 79 | voice 48 79 | synth voice 48 84 | orchestra hit 48 72
trumpet 58 94 | trombone 34 75 | tuba 29 55 | muted trumpet 58 82
french horn 41 77 | brass 36 96 | synth brass 36 96 | synth brass 2 36 96
soprano saxophone 54 87 | alto saxophone 49 80 | tenor saxophone 42 75 | baritone saxophone 37 68
oboe 58 91 | english horn 52 81 | bassoon 34 72 | clarinet 50 91
piccolo 74 108 | flute 60 96 | recorder 60 96 | pan flute 60 96
bottle 60 96 | shakuhachi 55 84 | whistle 60 96 | ocarina 60 84
square lead 21 108 | saw lead 21 108 | calliope lead 36 96 | chiff lead 36 96
charang lead 36 96 | voice lead 36 96 | fifths lead 36 96 | bass lead 21 108
new age pad 36 96 | warm pad 36 96 | polysynth pad 36 96 | choir pad 36 96
bowed pad 36 96 | metallic pad 36 96 | halo pad 36 96 | sweep pad 36 96
rain effect 36 96 | soundtrack effect 36 96 | crystal effect 36 96 | atmosphere effect 36 96
brightness effect 36 96 | goblin effect 36 96 | echo effect 36 96 | sci-fi effect 36 96
sitar 48 77 | banjo 48 84 | shamisen 50 79 | koto 55 84
kalimba 48 79 | bagpipe 36 77 | fiddle 55 96 | shanai 48 72
tinkle bell 72 84 | agogo 60 72 | steel drums 52 76 | woodblock 60 72
taiko 60 72 | melodic tom 60 72 | synth drum 60 72 | reverse cymbal 60 72
fret noise 60 72 | breath noise 60 72 | seashore 60 72 | bird tweet 60 72
telephone 60 72 | helicopter 60 72 | applause 60 72 | gunshot 60 72
"""

# GM level 2 and Roland GS kit programs on channel 10.
_DRUM_KITS = {
    "drums": 0,
    "room drums": 8,
    "power drums": 16,
    "electronic drums": 24,
    "808 drums": 25,
    "jazz drums": 32,
    "brushes": 40,
    "orchestra drums": 48,
}
_DRUM_LOW, _DRUM_HIGH = 35, 81

_SYNONYMS = {
    "piano": "grand piano, acoustic piano, acoustic grand piano, pianoforte, keys, keyboard, keyboards, upright piano",
    "bright piano": "bright acoustic piano",
    "electric grand": "electric grand piano",
    "honky-tonk piano": "honky tonk, honky-tonk, honky tonk piano, saloon piano, barrelhouse piano",
    "electric piano": "e-piano, epiano, rhodes, wurlitzer, wurli, electric piano 1, fender rhodes",
    "electric piano 2": "dx7, fm piano",
    "harpsichord": "cembalo, spinet, clavichord",
    "clavinet": "clavi, clav",
    "glockenspiel": "bells, glock, sleigh bells, jingle bells",
    "music box": "musical box",
    "vibraphone": "vibes",
    "tubular bells": "chimes",
    "dulcimer": "santur, hammered dulcimer, zither, cimbalom, autoharp",
    "drawbar organ": "organ, hammond, hammond organ, b3",
    "church organ": "pipe organ",
    "reed organ": "harmonium",
    "accordion": "squeezebox, melodica",
    "harmonica": "blues harp, mouth organ",
    "bandoneon": "tango accordion, concertina",
    "nylon guitar": "classical guitar, spanish guitar, nylon string guitar, nylon-string guitar, "
    "acoustic guitar (nylon), lute, oud",
    "acoustic guitar": "guitar, steel guitar, steel string guitar, steel-string guitar, folk guitar, ukulele, "
    "acoustic guitar (steel), mandolin, slide guitar, dobro, resonator guitar, 12-string guitar, bouzouki, balalaika, "
    "charango",
    "jazz guitar": "archtop guitar, electric guitar (jazz), pedal steel, pedal steel guitar, "
    "lap steel, lap steel guitar, hawaiian guitar",
    "electric guitar": "clean guitar, e-guitar",
    "muted guitar": "palm muted guitar, palm-muted guitar",
    "overdriven guitar": "overdrive guitar, crunch guitar",
    "distorted guitar": "distortion guitar, heavy guitar, metal guitar, distorted electric guitar",
    "upright bass": "acoustic bass, double bass, string bass, standup bass, walking bass",
    "bass": "electric bass, bass guitar, finger bass, fingered bass, electric bass (finger)",
    "picked bass": "pick bass, electric bass (pick)",
    "synth bass": "synthesizer bass, bass synth, sub bass, 808 bass",
    "cello": "violoncello, viola da gamba",
    "violin": "solo violin, erhu",
    "pizzicato strings": "pizzicato",
    "harp": "orchestral harp, lyre",
    "timpani": "kettledrum, kettledrums",
    "strings": "string section, string ensemble, string orchestra, violins, orchestra",
    "synth strings": "synthesizer strings, string machine, mellotron",
    "choir": "choir aahs, aahs, chorus voices, singers",
    "voice": "voice oohs, oohs, vocals, vocal, singer, "
    "male voice, female voice, male vocals, female vocals, soprano, humming, scat",
    "french horn": "horn",
    "brass": "brass section, horns, horn section, trumpets",
    "synth brass": "synthesizer brass",
    "soprano saxophone": "soprano sax",
    "alto saxophone": "saxophone, sax, alto sax",
    "tenor saxophone": "tenor sax",
    "baritone saxophone": "baritone sax, bari sax",
    "english horn": "cor anglais",
    "bassoon": "fagott",
    "recorder": "blockflute",
    "pan flute": "panpipes, pan pipes, panflute, quena",
    "whistle": "tin whistle, penny whistle, whistling, low whistle",
    "square lead": "square wave, chiptune lead, square synth",
    "saw lead": "synth lead, lead synth, synth, synthesizer, sawtooth lead, moog",
    "new age pad": "fantasia",
    "warm pad": "pad, synth pad, pads",
    "polysynth pad": "polysynth, poly synth",
    "choir pad": "vocal pad",
    "sitar": "sitars",
    "kalimba": "thumb piano, mbira",
    "bagpipe": "bagpipes, uilleann pipes",
    "fiddle": "folk violin",
    "steel drums": "steel pan, steelpan, steel drum, handpan, hang drum",
    "taiko": "taiko drum",
    "koto": "guzheng, pipa",
    "flute": "ney",
    "trumpet": "flugelhorn, cornet",
    "trombone": "euphonium",
    "tuba": "sousaphone",
    "celesta": "toy piano",
    "synth voice": "theremin",
    "drums": "drum kit, drumkit, drum set, drumset, standard kit, standard drums, percussion, drum, "
    "hand percussion, hand drum, hand drums, bodhran, djembe, cajon, tabla, bongos, congas, surdo, darbuka, beatbox",
    "power drums": "rock drums, power kit",
    "electronic drums": "electronic kit, drum machine",
    "808 drums": "808, tr-808, 808 kit",
    "jazz drums": "jazz kit",
    "room drums": "room kit",
    "brushes": "brush kit, brush drums, brushed drums",
    "orchestra drums": "orchestral percussion, orchestra kit",
}


def _build_table() -> dict[str, Instrument]:
    """Read the rows above into instruments by their own name."""
    table: dict[str, Instrument] = {}
    rows = [row for line in _GM_ROWS.strip().splitlines() for row in line.split("|")]
    for program, row in enumerate(rows):
        name, low, high = row.strip().rsplit(" ", 2)
        table[name] = Instrument(name, program, False, int(low), int(high))
    for name, program in _DRUM_KITS.items():
        table[name] = Instrument(name, program, True, _DRUM_LOW, _DRUM_HIGH)
    return table


INSTRUMENTS: dict[str, Instrument] = _build_table()
# Every spelling that is understood, in lower case, with the instrument it means.
INSTRUMENT_NAMES: dict[str, str] = {name: name for name in INSTRUMENTS} | {
    spelling.strip(): name for name, spellings in _SYNONYMS.items() for spelling in spellings.split(",")
}
# Endings of plurals in the languages of the table, the empty one first: the name as it stands.
_PLURALS = ("", "s", "n", "en", "es", "e")
_SMALL_WORDS = ("a", "an", "the", "of", "de", "di", "da", "du", "do", "d'", "des", "la", "le", "el", "il", "en", "for")


@dataclass(frozen=True)
class NamedPlayer:
    """An instrument as a band list names it, with the role said beside it (``"trumpet lead"``), if any."""

    instrument: Instrument
    role: str | None = None


@dataclass(frozen=True)
class _Names:
    """Every spelling by its key: the instrument meant, and the spelling as written; role words by key."""

    instruments: dict[str, str]
    written: dict[str, str]
    roles: dict[str, str]
    sections: dict[str, str]


def find_instrument(name: str) -> Instrument:
    """Find the instrument that a name means.

    Parameters
    ----------
    name : str
        A GM name or a common one, English (``"rhodes"``), German, French, Spanish,
        Italian, Portuguese, Chinese or Japanese; case, accents, spaces, hyphens and
        a plural ending do not matter. A role word beside it is read over.

    Raises
    ------
    NotationError
        If no instrument has that name; the message offers near ones.

    Examples
    --------
    >>> find_instrument("Rhodes").name, find_instrument("Querflöte").name
    ('electric piano', 'flute')
    """
    return parse_player(name).instrument


def parse_player(text: str) -> NamedPlayer:
    """Read one entry of a band list: an instrument and perhaps its role.

    Words for a role (lead, solo, rhythm, pad, arpeggio, and what other languages
    say) stand before or after the instrument; ``section`` makes an ensemble of it
    (``"trumpet section"`` is the brass).

    Parameters
    ----------
    text : str
        Such as ``"trumpet lead"``, ``"rhythm guitar"`` or ``"Klavier"``, in any case.

    Returns
    -------
    NamedPlayer
        With role ``melody``, ``chords``, ``pad``, ``arpeggio``, ``countermelody`` or ``None``.

    Raises
    ------
    NotationError
        If no instrument has that name; the message offers near ones.

    Examples
    --------
    >>> player = parse_player("Rhythmusgitarre")
    >>> player.instrument.name, player.role
    ('acoustic guitar', 'chords')
    """
    english = INSTRUMENT_NAMES.get(" ".join(text.lower().split()))
    if english is not None:  # the usual case, without reading the table
        return NamedPlayer(INSTRUMENTS[english])
    names = _load_names()
    for key in (_key(text), _key(" ".join(word for word in text.split() if word.lower() not in _SMALL_WORDS))):
        found = _look_up(key, names)
        if found is not None:
            return NamedPlayer(INSTRUMENTS[found])
        for word, role in names.roles.items():
            rest = key.removeprefix(word) if key.startswith(word) else key.removesuffix(word)
            found = _look_up(rest, names) if rest != key else None
            if found is not None and role == "section":
                return NamedPlayer(INSTRUMENTS[names.sections.get(found, found)])
            if found is not None:
                return NamedPlayer(INSTRUMENTS[found], role)
    raise NotationError(f"{text.strip()!r} is not an instrument that is known", hint=_suggestion(text, names))


def instrument_of_program(program: int, is_drum: bool = False) -> Instrument:
    """Find the instrument of a GM program 0 to 127 (drum kits fall back to the standard one).

    Parameters
    ----------
    program : int
        General MIDI program, 0 to 127.
    is_drum : bool, optional
        Whether it is the program of a drum channel, and so a kit.

    Returns
    -------
    Instrument
        One of ``INSTRUMENTS``.

    Raises
    ------
    NotationError
        If the program is none of General MIDI's.
    """
    for instrument in INSTRUMENTS.values():
        if instrument.program == program and instrument.is_drum == is_drum:
            return instrument
    if is_drum:
        return INSTRUMENTS["drums"]
    raise NotationError(f"program {program} is not a GM program; use 0 to 127")


@cache
def load_foreign_names() -> dict[str, dict[str, tuple[str, ...]]]:
    """Names in other languages: by instrument, then by language (``de fr es it pt zh ja``), the commonest first."""
    rows = _read_table()["names"]
    return {name: {language: _split_names(names) for language, names in row.items()} for name, row in rows.items()}


@cache
def load_ambiguous_words() -> dict[str, tuple[str, str]]:
    """Words with two meanings: the instrument that is taken, and why."""
    return {word: (row[0], row[1]) for word, row in _read_table()["ambiguous"].items()}


@cache
def _read_table() -> dict[str, Any]:
    """Read the table of names once."""
    from symbolic_music.tables import read_table

    return read_table("symbolic_music.theory", "instrument_names.yaml")


@cache
def _load_names() -> _Names:
    """Gather every spelling; English wins over other languages, and the table's rulings over all."""
    table = _read_table()
    instruments: dict[str, str] = {}
    written: dict[str, str] = {}
    rulings = [(word, name) for word, (name, _) in load_ambiguous_words().items()]
    foreign = [
        (spelling, name)
        for name, row in load_foreign_names().items()
        for spellings in row.values()
        for spelling in spellings
    ]
    for spelling, name in (*rulings, *INSTRUMENT_NAMES.items(), *foreign):
        for key in {_key(spelling), _key(_without_umlauts(spelling))}:
            instruments.setdefault(key, name)
            written.setdefault(key, spelling)
    words = [(_key(word), role) for role, text in table["roles"].items() for word in _split_names(text)]
    sections = {player: ensemble for ensemble, players in table["sections"].items() for player in players}
    return _Names(instruments, written, dict(sorted(words, key=lambda row: -len(row[0]))), sections)


def _split_names(text: str) -> tuple[str, ...]:
    """Split a table's cell at its commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _key(text: str) -> str:
    """Bring a name to letters and digits alone, without case and Latin accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    # Marks of Latin letters only: kana carry theirs as part of the sound.
    kept = "".join(sign for sign in parts if not "\u0300" <= sign <= "\u036f")
    return "".join(sign for sign in unicodedata.normalize("NFC", kept) if sign.isalnum())


def _without_umlauts(text: str) -> str:
    """Write umlauts and ligatures as two letters, as on keyboards without them."""
    return text.translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("œ"): "oe", ord("Ö"): "Oe"})


def _look_up(key: str, names: _Names) -> str | None:
    """Find a key, or it without or with an ending of the plural."""
    for ending in _PLURALS:
        found = names.instruments.get(key.removesuffix(ending)) if key.endswith(ending) else None
        if found is not None:
            return found
    return names.instruments.get(key + "s")


def _suggestion(text: str, names: _Names) -> str:
    """Offer names that look like the one wanted, or that share a word with it."""
    wanted = " ".join(text.lower().replace("_", " ").split())
    near = difflib.get_close_matches(wanted, INSTRUMENT_NAMES, n=3, cutoff=0.6)
    words = set(wanted.split())
    near += [spelling for spelling in INSTRUMENT_NAMES if words & set(spelling.split())]
    for key in difflib.get_close_matches(_key(text), names.instruments, n=3, cutoff=0.75):
        spelling, name = names.written[key], names.instruments[key]
        near.append(spelling if spelling in INSTRUMENT_NAMES else f"{spelling} ({name})")
    unique = list(dict.fromkeys(near))[:4]
    if unique:
        return f"did you mean {', '.join(unique)}?"
    return "use a General MIDI name, e.g. piano, acoustic guitar, strings, bass, drums"
