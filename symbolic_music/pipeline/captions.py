"""A song in a caption: what it is in words that read back as its brief, and what happens where.

The first sentences use the words of prompts, so that `read_prompt` of a caption gives the same brief. What follows
`STORY` tells and asks for nothing; the reader leaves it alone. Everything comes from the plan and, where there is one,
from the music itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from symbolic_music.importing.prompt import STORY
from symbolic_music.pipeline.describing import section_chords
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import PlannedSection, SongPlan
from symbolic_music.song.score import say_seconds
from symbolic_music.song.spans import section_bars
from symbolic_music.styles.band import OWN_BAND
from symbolic_music.styles.style import style_of
from symbolic_music.theory.pitch import name_pitch

_STEPS = {
    1: "a half step", 2: "a whole step", 3: "a minor third", 4: "a major third", 5: "a fourth", 6: "six semitones",
    7: "seven semitones",
}  # fmt: skip
_STRAIGHT, _LIGHT, _SWUNG = 0.52, 0.62, 0.667
_ENDINGS = {"fade": "ends with a fade", "ritardando": "slows down at the end", "cut": "ends abruptly"}
_LEVELS = ((0.35, "hushed"), (0.55, "at ease"), (0.75, "full"), (1.1, "at its height"))
_SHOWN_CHORDS = 4


def caption(plan: SongPlan, sheet: LeadSheet | None = None) -> str:
    """Say a song in a few sentences.

    Parameters
    ----------
    plan : SongPlan
        The song's plan.
    sheet : LeadSheet, optional
        Its tune and chords; without it the caption tells less of what happens.

    Returns
    -------
    str
        Two paragraphs: what was asked, or could have been; what happens where.
    """
    return f"{_asked(plan)}\n{STORY} {' '.join(_story(plan, sheet))}"


def _asked(plan: SongPlan) -> str:
    """The song in the words of a prompt."""
    kind = plan.genre if plan.mood == "neutral" else f"{plan.mood} {plan.genre}"
    parts = [
        f'"{plan.title}", {"an" if kind[0] in "aeiou" else "a"} {kind} song, played as {style_of(plan).name}',
        f"in {plan.sections[0].key}, {plan.meter} at {plan.tempo_qpm:g} bpm",
        *_manner(plan),
    ]
    return "; ".join(parts) + f". {_form(plan)}.{_players(plan)}"


def _manner(plan: SongPlan) -> Iterator[str]:
    """Swing, drums, where the beat is played, the lift of the key and the ending, where the plan has its own."""
    if plan.swing is not None:
        yield "straight feel" if plan.swing < _STRAIGHT else "light swing feel" if plan.swing < _LIGHT else "swing feel"
    if plan.drum_feel is not None:
        yield f"{plan.drum_feel} drums"
    if plan.lay_back_ms:
        yield f"{abs(plan.lay_back_ms):g} ms {'behind' if plan.lay_back_ms > 0 else 'ahead of'} the beat"
    steps = lift_of(plan)
    if steps in _STEPS:
        yield f"key change up {_STEPS[steps]} in the last chorus"
    if plan.ending is not None:
        yield _ENDINGS[plan.ending]


def lift_of(plan: SongPlan) -> int:
    """How many semitones the song ends above its first key, 0 to 11."""
    first, last = (plan.sections[place].key for place in (0, -1))
    return (last.tonic_pitch_class - first.tonic_pitch_class) % 12


def _form(plan: SongPlan) -> str:
    """The sections with their bars, as a form text."""
    if len(plan.sections) == 1:
        return f"{plan.n_bars} bars"
    return "Form: " + " ".join(f"{section.kind}{section.n_bars}" for section in plan.sections)


def _players(plan: SongPlan) -> str:
    """The band that was asked for."""
    if plan.band is None:
        return ""
    if plan.band[0] in OWN_BAND:
        return f" With {', '.join(plan.band[1:])}." if len(plan.band) > 1 else ""
    return f" Only {', '.join(plan.band)}."


def _story(plan: SongPlan, sheet: LeadSheet | None) -> Iterator[str]:
    """What happens where: time, section, how strong, key, chords, events; then who plays and how far the tune goes."""
    chords = {} if sheet is None else dict(section_chords(plan, sheet))
    bar_sec = plan.meter.bar_ticks / 12 * 60 / plan.tempo_qpm
    key = plan.sections[0].key
    for section, bar in zip(plan.sections, section_bars(plan), strict=True):
        moved = f", now in {section.key}" if section.key != key else ""
        key = section.key
        manner = f"{_level(section)}{moved}{_first_chords(chords, section)}"
        yield f"{say_seconds(bar * bar_sec)} {section.name} ({manner}){_events(section)}."
    if plan.band is None:
        band = ", ".join(instrument.name for instrument in style_of(plan).instruments.values())
        yield f"Played by {band}."
    if sheet is not None and len(sheet.melody):
        low, high = int(sheet.melody["pitch"].min()), int(sheet.melody["pitch"].max())
        yield f"The tune has {len(sheet.melody)} notes from {name_pitch(low)} to {name_pitch(high)}."
    yield f"It lasts {say_seconds(plan.duration_sec)}."


def _first_chords(chords: dict[str, str], section: PlannedSection) -> str:
    """The chords that a section begins with."""
    bars = chords.get(section.name, "").split(" | ")[:_SHOWN_CHORDS]
    return f", {' | '.join(bars)}" if any(bars) else ""


def _events(section: PlannedSection) -> str:
    """What a section has besides."""
    kinds = [event.kind for event in section.events]
    return f": {', '.join(kinds)}" if kinds else ""


def _level(section: PlannedSection) -> str:
    """How strong a section is."""
    return next(word for level, word in _LEVELS if section.intensity < level)
