"""How bands play together, measured over styles: hi-hats, hands, doubling, drum bars, slash basses, named players.

``python -m data_prep.band_report --only ensemble`` arranges the lead sheets of the songs in ``--out`` again, or made
lead sheets in every style where there is no such folder, without sound, and prints each of ``ENSEMBLE_MEASURES`` with
its bar, the mix (``evaluation.mix``), and who of some named bands is heard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from symbolic_music.evaluation.ensemble import (
    ENSEMBLE_MEASURES,
    drum_velocity_spread,
    drums_are_programmed,
    first_groove_sec,
    section_contrast,
)
from symbolic_music.evaluation.mix import loudness_by_role, tune_masked
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score
from symbolic_music.styles.orchestration import DRIVING_AROUSAL
from symbolic_music.styles.traits import find_mood

# What a drummer's loudness is can only be said of the performance; a machine's is its style's.
PERFORMED, MACHINES = "velocity spread of drummers, performed", "velocity spread of machines, performed"
MASKED = "the tune masked by the band"
FIRST_GROOVE, CONTRAST = "first groove of songs that drive, s", "notes a bar, most to least of intro, verse, chorus"
MIXED = ("drums", "bass", "chords", "pad", "countermelody")
# What must hold over the songs: the bar, and whether values must lie below it.
BARS: dict[str, tuple[float, bool]] = {
    "hi-hat in two states": (0.005, True),
    "strokes for more than two hands": (0.01, True),
    "commonest drum bar": (0.5, True),
    "distinct drum bars": (0.45, False),
    PERFORMED: (27.0, False),
    MASKED: (0.05, True),
    "same pitch in two chord parts": (0.15, True),
    "strikes below the low interval limits": (0.02, True),
    "slash basses played": (0.9, False),
    "chords complete": (0.95, False),
    "lead unlike its neighbours": (1.0, False),
    FIRST_GROOVE: (20.0, True),
    CONTRAST: (0.45, True),
}
# Bars that every song must hold, not their mean.
OF_EVERY_SONG = (FIRST_GROOVE,)
NAMED_STYLES = ("swing", "pop", "rock", "metal", "bossa nova", "country waltz", "house", "cinematic", "reggae")
NAMED_BANDS: tuple[tuple[str, ...], ...] = (
    ("piano", "bass", "drums"), ("violin", "viola", "cello"), ("upright bass", "synth bass", "guitar"),
    ("band", "trumpet lead"), ("band", "strings", "no drums"), ("band", "organ", "flute"),
)  # fmt: skip


Arranged = tuple[dict[str, Score], dict[str, Score], dict[str, SongPlan]]


def measure(
    scores: Mapping[str, Score],
    performed: Mapping[str, Score] | None = None,
    plans: Mapping[str, SongPlan] | None = None,
) -> dict[str, dict[str, float]]:
    """Every measure of every score, by measure and song; the drums' velocities as they are performed too.

    The contrast of sections and the first groove of songs whose mood drives are measured where plans are given.
    """
    found = {name: {song: own(score) for song, score in scores.items()} for name, own in ENSEMBLE_MEASURES.items()}
    known = plans or {}
    found[CONTRAST] = {song: section_contrast(scores[song], plan) for song, plan in known.items()}
    driving = [song for song, plan in known.items() if find_mood(plan.mood).arousal >= DRIVING_AROUSAL]
    found[FIRST_GROOVE] = {song: first_groove_sec(scores[song]) for song in driving}
    for name, of_machines in ((PERFORMED, False), (MACHINES, True)):
        own = {song: score for song, score in (performed or {}).items() if drums_are_programmed(score) == of_machines}
        found[name] = {song: drum_velocity_spread(score) for song, score in own.items()}
    found[MASKED] = {song: tune_masked(score) for song, score in (performed or {}).items()}
    levels = {song: loudness_by_role(score) for song, score in (performed or {}).items()}
    for role in MIXED:
        found[f"{role} beside the tune, dB"] = {song: own.get(role, float("nan")) for song, own in levels.items()}
    return found


def show(found: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Lines of a table: measure, mean, the worst song, bar."""
    for name, values in found.items():
        heard = {song: value for song, value in values.items() if np.isfinite(value)}
        if not heard:
            continue
        mean = float(np.mean(list(heard.values())))
        bar, below = BARS.get(name, (float("nan"), True))
        worst = (max if below else min)(heard, key=lambda song: heard[song])
        value = heard[worst] if name in OF_EVERY_SONG else mean
        holds = (
            ""
            if np.isnan(bar)
            else f"bar {'<' if below else '>='} {bar:g} "
            + ("holds" if (value < bar if below else value >= bar) else "MISSED")
        )
        yield f"{name:40} mean {mean:7.3f}   worst {heard[worst]:7.3f} {worst:20} {holds}"


def show_mix(performed: Mapping[str, Score]) -> Iterator[str]:
    """Lines of a table: decibels beside the tune by style and role, how much of the tune is masked, who sits where."""
    roles = (*MIXED, "line")
    yield f"{'style':18}" + "".join(f"{role:>15}" for role in (*roles, "masked"))
    levels = {style: loudness_by_role(score) for style, score in performed.items()}
    for style, score in performed.items():
        own = [levels[style].get(role, float("nan")) for role in roles]
        yield f"{style:18}" + "".join(f"{value:15.1f}" for value in own) + f"{tune_masked(score):15.3f}"
    for role in roles:
        heard = {style: own[role] for style, own in levels.items() if role in own}
        if heard:
            low, high = min(heard, key=lambda style: heard[style]), max(heard, key=lambda style: heard[style])
            mean = float(np.mean(list(heard.values())))
            yield f"{role:14} mean {mean:6.1f}   softest {heard[low]:6.1f} {low:18} loudest {heard[high]:6.1f} {high}"
    pans: dict[str, set[int]] = {}
    for score in performed.values():
        for track in score.tracks:
            pans.setdefault(track.role, set()).add(track.pan)
    yield "panorama (0 left, 64 middle, 127 right): " + ", ".join(f"{r} {sorted(p)}" for r, p in sorted(pans.items()))


def arrange_planned(styles: Sequence[str] = (), seed: int = 0) -> Arranged:
    """Plan, arrange and perform a song in every style over a made lead sheet; no model plays here."""
    from data_prep.band_idioms import idiom_song
    from symbolic_music.arranging import arrange
    from symbolic_music.performing import perform
    from symbolic_music.styles.style import style_names

    scores, performed, plans = {}, {}, {}
    for style in styles or style_names():
        plans[style], sheet = idiom_song(style, seed)
        scores[style] = arrange(sheet, plans[style])
        performed[style] = perform(scores[style], plans[style])
    return scores, performed, plans


def arrange_folders(folders: Sequence[Path]) -> Arranged:
    """Arrange and perform the lead sheets of song folders anew, by style and folder, with the players of today."""
    from symbolic_music.arranging import arrange
    from symbolic_music.errors import PlanError
    from symbolic_music.formats.musicxml import read_lead_sheet
    from symbolic_music.performing import perform
    from symbolic_music.song.document import load_document
    from symbolic_music.song.folder import LEAD_SHEET, PLAN_FILE

    scores, performed, plans = {}, {}, {}
    for folder in folders:
        plan = load_document(SongPlan, folder / PLAN_FILE, PlanError)
        name = f"{plan.style} {folder.name}"
        sections = tuple(section.model_copy(update={"roles": None}) for section in plan.sections)
        plans[name] = plan = plan.model_copy(update={"sections": sections})
        scores[name] = arrange(read_lead_sheet(folder / LEAD_SHEET), plan)
        performed[name] = perform(scores[name], plan)
    return scores, performed, plans


def count_named(plan: SongPlan, sheet: LeadSheet) -> tuple[int, int, int]:
    """Arrange a song for every named band in every style of its meter: named players, those silent, others heard."""
    from symbolic_music.arranging import arrange
    from symbolic_music.styles.band import read_band
    from symbolic_music.styles.style import load_style

    n_named = silent = others = 0
    for style in (load_style(name) for name in NAMED_STYLES):
        if str(plan.meter) not in style.meters:
            continue
        for band in NAMED_BANDS:
            asked = {"style": style.name, "band": band}
            score = arrange(sheet, plan.model_copy(update=asked))
            heard = {(track.is_drum, track.program) for track in score.tracks if len(track.notes)}
            wanted = read_band(band)
            named = {(player.instrument.is_drum, player.instrument.program) for player in wanted.players}
            own = {(i.is_drum, i.program) for i in style.instruments.values()} if wanted.with_own else set()
            lead = {next((t.is_drum, t.program) for t in score.tracks if t.role == "melody")} if own else set()
            n_named, silent, others = (
                n_named + len(named),
                silent + len(named - heard),
                others + len(heard - named - own - lead),
            )
    return n_named, silent, others
