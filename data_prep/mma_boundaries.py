"""What mma's grooves lack at the seams of a song: drum fills, crashes, and a last bar that ends.

Where the library's fill is no more than the groove (few strokes on snare and toms), half a bar of
the tables below replaces it; a crash marks the first downbeat of a section in loud styles; the
last bar keeps its first beat only, held or cut as the style ends.
"""

from __future__ import annotations

from data_prep.mma_reader import Note, fold_pitch, kit_pitches
from symbolic_music.styles.style import Style
from symbolic_music.theory.instruments import Instrument
from symbolic_music.theory.meter import TPQ, Meter

CRASH, KICK, SNARES, TOMS = 49, 36, (38, 40), (41, 43, 45, 47, 48, 50)
CRASH_FAMILIES = ("pop", "rock", "soul", "electronic", "hip-hop", "country", "caribbean", "cinematic", "african")
# Fills over the last half bar, by how busy the style is: rows of steps per drum (S snare, U V W toms
# from high to low). Textbook fills; the last steps lead into the downbeat.
FILLS: dict[int, tuple[tuple[dict[str, str], ...], ...]] = {
    8: (
        ({"S": "..x.x.xx"}, {"S": "....x.xx"}, {"S": "x...xx.x"}),
        ({"S": "x.xx....", "U": "....x...", "W": "......xx"}, {"S": "x.xxx.xx"},
         {"S": "xx..x...", "V": "......x.", "W": ".......x"}),
        ({"S": "xxxx....", "U": "....xx..", "W": "......xx"}, {"S": "XxxXxxXx"},
         {"U": "xxx.....", "V": "...xxx..", "W": "......xx"}),
    ),
    6: (
        ({"S": "..x.xx"}, {"S": "...xxx"}, {"S": "x..x.x"}),
        ({"S": "x.x...", "U": "...x..", "W": "....xx"}, {"S": "x.xxxx"}, {"S": "xxx...", "V": "...x.x"}),
        ({"S": "xxx...", "U": "...xx.", "W": ".....x"}, {"S": "xxxxxx"}, {"S": "xx....", "V": "..xx..", "W": "....xx"}),
    ),
}  # fmt: skip
FILL_PITCHES = {"S": 38, "U": 50, "V": 47, "W": 43}
STROKES = {"X": 112, "x": 96}


def finish_parts(parts: dict[str, list[Note]], style: Style, meter: Meter, n_bars: int, fills: tuple[int, ...]) -> dict:
    """Add fills and crashes, end the song, and leave out what lies behind its end."""
    end = n_bars * meter.bar_ticks
    parts = {part: [note for note in notes if note[0] < end] for part, notes in parts.items()}
    if parts.get("drums"):
        drums = parts["drums"]
        for number, bar in enumerate(fills):
            drums = add_fill(drums, style, meter, bar, number)
        parts["drums"] = sorted(set(drums + _crashes(drums, style, meter, fills)), key=lambda n: (n[0], n[2]))
    parts = end_song(parts, style.ending, meter, n_bars)
    cut = {part: [(on, min(length, end - on), *rest) for on, length, *rest in notes] for part, notes in parts.items()}
    return {part: notes for part, notes in cut.items() if notes}


def add_fill(drums: list[Note], style: Style, meter: Meter, bar: int, number: int) -> list[Note]:
    """Replace a bar's last two quarters (compound: its half) by a fill, unless it has one or the drums rest."""
    start, end = bar * meter.bar_ticks, (bar + 1) * meter.bar_ticks
    half = end - (meter.bar_ticks // 2 if meter.is_compound else TPQ * 2)
    inside = [note for note in drums if start <= note[0] < end]
    if not inside or sum(note[2] in (*SNARES, *TOMS) for note in inside if note[0] >= half) >= 4:
        return drums
    steps = 6 if style.swing > 0.6 or meter.is_compound else 8
    choice = FILLS[steps][min(2, int(style.levels[3].density * 3.01))]
    rows = choice[number % len(choice)]
    single = _lead_drum(drums)
    new = [
        (half + place * (end - half) // steps, 3, FILL_PITCHES[drum] if single is None else single, STROKES[sign])
        for drum, row in rows.items() for place, sign in enumerate(row) if sign in STROKES
    ]  # fmt: skip
    kept = [note for note in drums if not half <= note[0] < end or note[2] in (35, KICK)]
    return sorted(kept + new, key=lambda n: (n[0], n[2]))


def _lead_drum(drums: list[Note]) -> int | None:
    """The drum that fills in a kit without snare and toms; None if it has them."""
    counts = kit_pitches(drums)
    if any(counts[pitch] for pitch in (*SNARES, *TOMS)):
        return None
    skins = {pitch: count for pitch, count in counts.items() if pitch not in (35, KICK, 42, 44, 46, 49, 51, 57, 59)}
    return max(skins or counts, key=lambda pitch: (counts[pitch], pitch))


def _crashes(drums: list[Note], style: Style, meter: Meter, fills: tuple[int, ...]) -> list[Note]:
    """A crash on the downbeat behind each fill, where the style has crashes and the drums play."""
    if style.family not in CRASH_FAMILIES or not kit_pitches(drums)[KICK]:
        return []
    downbeats = {(bar + 1) * meter.bar_ticks for bar in fills}
    sounding = {note[0] for note in drums}
    present = {note[0] for note in drums if note[2] == CRASH}
    return [(tick, 3, CRASH, 104) for tick in sorted(downbeats & sounding - present)]


def end_song(parts: dict[str, list[Note]], ending: str, meter: Meter, n_bars: int) -> dict:
    """Let the last bar end: if anybody still moves in its second half, only what its first beat begins stays."""
    start, length = (n_bars - 1) * meter.bar_ticks, meter.bar_ticks
    if not any(note[0] >= start + length // 2 for notes in parts.values() for note in notes):
        return parts
    held = TPQ if ending == "cut" else length
    ended = {}
    for part, notes in parts.items():
        last = [note for note in notes if note[0] == start]
        stretched = [(on, 3 if part == "drums" else held, *rest) for on, _, *rest in last]
        ended[part] = [note for note in notes if note[0] < start] + stretched
    return ended


def ground_bass(bass: list[Note], chords: list[list], meter: Meter, instrument: Instrument) -> list[Note]:
    """Put the bass on the chord's bass where a chord begins with the bar; mma's walking lines often miss it."""
    begins = {onset: bass_class for onset, _, _, bass_class in chords if onset % meter.bar_ticks == 0}
    grounded = []
    for onset, duration, pitch, velocity in bass:
        if onset in begins:
            away = (begins[onset] - pitch) % 12
            pitch = fold_pitch(pitch + (away if away <= 6 else away - 12), instrument.low, instrument.high)
        grounded.append((onset, duration, pitch, velocity))
    return grounded
