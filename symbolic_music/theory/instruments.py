"""General MIDI instruments: names, programs, playable ranges, and how people call them.

The GM sound set stands here once, as data: 128 program names with the lowest
and highest pitch that sounds natural, and a table of other names for them.
Ranges are sounding pitches after common orchestration tables.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

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
    "drums": 0, "room drums": 8, "power drums": 16, "electronic drums": 24, "808 drums": 25,
    "jazz drums": 32, "brushes": 40, "orchestra drums": 48,
}  # fmt: skip
_DRUM_LOW, _DRUM_HIGH = 35, 81

_SYNONYMS = {
    "piano": "grand piano, acoustic piano, acoustic grand piano, pianoforte, keys, keyboard, keyboards, upright piano",
    "bright piano": "bright acoustic piano", "electric grand": "electric grand piano",
    "honky-tonk piano": "honky tonk, honky-tonk, honky tonk piano, saloon piano, barrelhouse piano",
    "electric piano": "e-piano, epiano, rhodes, wurlitzer, wurli, electric piano 1, fender rhodes",
    "electric piano 2": "dx7, fm piano", "harpsichord": "cembalo", "clavinet": "clavi, clav",
    "glockenspiel": "bells, glock", "music box": "musical box", "vibraphone": "vibes",
    "tubular bells": "chimes", "dulcimer": "santur, hammered dulcimer",
    "drawbar organ": "organ, hammond, hammond organ, b3", "church organ": "pipe organ", "reed organ": "harmonium",
    "accordion": "squeezebox", "harmonica": "blues harp, mouth organ", "bandoneon": "tango accordion, concertina",
    "nylon guitar": "classical guitar, spanish guitar, nylon string guitar, nylon-string guitar, "
    "acoustic guitar (nylon)",
    "acoustic guitar": "guitar, steel guitar, steel string guitar, steel-string guitar, folk guitar, ukulele, "
    "acoustic guitar (steel), mandolin",
    "jazz guitar": "archtop guitar, electric guitar (jazz)", "electric guitar": "clean guitar, e-guitar",
    "muted guitar": "palm muted guitar, palm-muted guitar", "overdriven guitar": "overdrive guitar, crunch guitar",
    "distorted guitar": "distortion guitar, heavy guitar, metal guitar, distorted electric guitar",
    "upright bass": "acoustic bass, double bass, string bass, standup bass, walking bass",
    "bass": "electric bass, bass guitar, finger bass, fingered bass, electric bass (finger)",
    "picked bass": "pick bass, electric bass (pick)", "synth bass": "synthesizer bass, bass synth, sub bass, 808 bass",
    "cello": "violoncello", "violin": "solo violin",
    "pizzicato strings": "pizzicato", "harp": "orchestral harp", "timpani": "kettledrum, kettledrums",
    "strings": "string section, string ensemble, string orchestra, violins, orchestra",
    "synth strings": "synthesizer strings, string machine", "choir": "choir aahs, aahs, chorus voices, singers",
    "voice": "voice oohs, oohs, vocals, vocal, singer", "french horn": "horn",
    "brass": "brass section, horns, horn section, trumpets", "synth brass": "synthesizer brass",
    "soprano saxophone": "soprano sax", "alto saxophone": "saxophone, sax, alto sax",
    "tenor saxophone": "tenor sax", "baritone saxophone": "baritone sax, bari sax",
    "english horn": "cor anglais", "bassoon": "fagott", "recorder": "blockflute", "pan flute": "panpipes, pan pipes",
    "whistle": "tin whistle, penny whistle, whistling",
    "square lead": "square wave, chiptune lead, square synth",
    "saw lead": "synth lead, lead synth, synth, synthesizer, lead, sawtooth lead",
    "new age pad": "fantasia", "warm pad": "pad, synth pad, pads", "polysynth pad": "polysynth, poly synth",
    "choir pad": "vocal pad", "sitar": "sitars", "kalimba": "thumb piano, mbira", "bagpipe": "bagpipes",
    "fiddle": "folk violin", "steel drums": "steel pan, steelpan, steel drum", "taiko": "taiko drum",
    "drums": "drum kit, drumkit, drum set, drumset, standard kit, standard drums, percussion, drum",
    "power drums": "rock drums, power kit", "electronic drums": "electronic kit, drum machine",
    "808 drums": "808, tr-808, 808 kit", "jazz drums": "jazz kit", "room drums": "room kit",
    "brushes": "brush kit, brush drums, brushed drums", "orchestra drums": "orchestral percussion, orchestra kit",
}  # fmt: skip


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


def find_instrument(name: str) -> Instrument:
    """Find the instrument that a name means.

    Parameters
    ----------
    name : str
        A GM name or a common one (``"rhodes"``, ``"upright bass"``); case,
        plural ``s`` and extra spaces do not matter.

    Raises
    ------
    NotationError
        If no instrument has that name; the message offers near ones.

    Examples
    --------
    >>> find_instrument("Rhodes").name
    'electric piano'
    """
    wanted = " ".join(name.lower().replace("_", " ").split())
    for spelling in (wanted, wanted.removesuffix("s"), wanted + "s", wanted.replace("-", " ")):
        if spelling in INSTRUMENT_NAMES:
            return INSTRUMENTS[INSTRUMENT_NAMES[spelling]]
    raise NotationError(f"{name!r} is not an instrument that is known; {_suggestion(wanted)}")


def instrument_of_program(program: int, is_drum: bool = False) -> Instrument:
    """Find the instrument of a GM program 0 to 127 (drum kits fall back to the standard one)."""
    for instrument in INSTRUMENTS.values():
        if instrument.program == program and instrument.is_drum == is_drum:
            return instrument
    if is_drum:
        return INSTRUMENTS["drums"]
    raise NotationError(f"program {program} is not a GM program; use 0 to 127")


def _suggestion(wanted: str) -> str:
    """Offer names that look like the one wanted, or that share a word with it."""
    near = difflib.get_close_matches(wanted, INSTRUMENT_NAMES, n=3, cutoff=0.6)
    words = set(wanted.split())
    near += [spelling for spelling in INSTRUMENT_NAMES if words & set(spelling.split())]
    unique = list(dict.fromkeys(near))[:4]
    if unique:
        return f"did you mean {', '.join(unique)}?"
    return "use a General MIDI name, e.g. piano, acoustic guitar, strings, bass, drums"
