"""The drum part: grooves by level, fills before section boundaries, crashes after them."""

from __future__ import annotations

import numpy as np

from symbolic_music.arranging.bars import BandBar, draw_loop, level_of, section_rng
from symbolic_music.arranging.grooves import (
    DRUM_PITCHES,
    FILLS,
    MAX_FILL_LEVEL,
    OPEN_HAT_GENRES,
    STROKE_VELOCITIES,
    find_groove,
    parse_groove,
)
from symbolic_music.arranging.patterns import CELL_TICKS
from symbolic_music.song.plan import PlannedSection, SongPlan

Row = tuple[int, int, int, int]
# A crash on a section's first downbeat, by level.
CRASH_VELOCITIES = (70, 92, 108)


def write_drums(plan: SongPlan, bars: list[BandBar], final_tick: int, seed: int) -> list[Row]:
    """Write the drum notes of a song; ``final_tick`` is the onset of its held last chord."""
    rows: list[Row] = []
    for section, following in zip(plan.sections, [*plan.sections[1:], None], strict=True):
        if "drums" not in section.roles:
            continue
        rng = section_rng(seed, section.name, "drums")
        mine = [bar for bar in bars if bar.section is section]
        rows.extend(_play_section(plan, mine, final_tick, _fill_level(section, following), rng))
    return rows


def _fill_level(section: PlannedSection, following: PlannedSection | None) -> int:
    """A fill leads over: half-way between the two sections' levels, rounded towards the next."""
    here = level_of(section.intensity)
    there = here if following is None else level_of(following.intensity)
    return (here + there + int(there > here)) // 2


def _play_section(
    plan: SongPlan, bars: list[BandBar], final_tick: int, fill_level: int, rng: np.random.Generator
) -> list[Row]:
    """Play one section: a four-bar loop, fills at its end, a crash at its start."""
    groove = parse_groove(find_groove(plan.genre, plan.meter, bars[0].level))
    loops = {letter: draw_loop(rng, len(rows)) for letter, rows in groove.items()}
    rows: list[Row] = []
    for bar in bars:
        lines = {letter: options[loops[letter][bar.index % 4]] for letter, options in groove.items()}
        if bar.ends_phrase and not bar.ends_section:
            lines = _open_hat(lines, plan.genre)
        # The fill is drawn for every bar so that a section's draws do not depend on its place.
        fill = _draw_fill(plan, fill_level, rng)
        if bar.ends_section and not bar.is_final:
            lines = _lay_fill(lines, fill)
        played = _read_rows(lines, bar.onset_tick)
        if bar.is_final:
            played = [row for row in played if row[0] < final_tick] + _final_hit(final_tick, bar)
        elif bar.starts_section:
            played = _crash(played, bar, plan.genre)
        rows.extend(played)
    return rows


def _draw_fill(plan: SongPlan, level: int, rng: np.random.Generator) -> dict[str, list[str]]:
    """Draw one of the fills of the meter's kind and the level."""
    kind = "compound" if plan.parsed_meter.is_compound else "simple"
    choices = FILLS[kind][min(level, MAX_FILL_LEVEL.get(plan.genre, 2))]
    return parse_groove(choices[int(rng.integers(len(choices)))])


def _lay_fill(lines: dict[str, str], fill: dict[str, list[str]]) -> dict[str, str]:
    """Replace the end of a bar by a fill; only the foot keeps the hat going under it."""
    width = max(len(rows[0]) for rows in fill.values())
    n_cells = max(len(line) for line in lines.values())
    laid = {letter: line if letter == "P" else line[:-width] + "." * width for letter, line in lines.items()}
    for letter, rows in fill.items():
        ground = laid.get(letter, "." * n_cells)
        row = rows[0].rjust(width, ".")
        laid[letter] = ground[:-width] + row if len(ground) > width else row[-n_cells:]
    return laid


def _open_hat(lines: dict[str, str], genre: str) -> dict[str, str]:
    """Open the hat on the last off-beat of an inner phrase."""
    hat = lines.get("H", "")
    if genre not in OPEN_HAT_GENRES or len(hat) < 8 or "O" in lines:
        return lines
    return {**lines, "H": hat[:-2] + "..", "O": "." * (len(hat) - 2) + "x."}


def _read_rows(lines: dict[str, str], onset_tick: int) -> list[Row]:
    """Turn a bar's lines into notes; where the hat is open it is not closed as well."""
    opened = lines.get("O", "")
    return [
        (onset_tick + index * CELL_TICKS, CELL_TICKS, DRUM_PITCHES[letter], STROKE_VELOCITIES[stroke])
        for letter, line in lines.items()
        for index, stroke in enumerate(line)
        if stroke != "." and not (letter == "H" and opened[index : index + 1] not in ("", "."))
    ]


def _crash(rows: list[Row], bar: BandBar, genre: str) -> list[Row]:
    """Put crash and kick on the downbeat, in place of hat and ride."""
    cleared = {DRUM_PITCHES[letter] for letter in "HODK"}
    kept = [row for row in rows if row[0] != bar.onset_tick or row[2] not in cleared]
    level = min(bar.level, MAX_FILL_LEVEL.get(genre, 2))
    return [*kept, *_hit(bar.onset_tick, 2 * CELL_TICKS, CRASH_VELOCITIES[level])]


def _final_hit(tick: int, bar: BandBar) -> list[Row]:
    """The last stroke, left to ring to the last bar line."""
    return _hit(tick, bar.end_tick - tick, CRASH_VELOCITIES[min(bar.level, 1)])


def _hit(tick: int, duration: int, velocity: int) -> list[Row]:
    """Crash and kick together."""
    return [(tick, duration, DRUM_PITCHES["C"], velocity), (tick, duration, DRUM_PITCHES["K"], velocity)]
