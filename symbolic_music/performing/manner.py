"""The manner of a performance: options, and what they come to for one song.

How loose, how swung, whose habits, how it ends: everything that does not depend on the
single note.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symbolic_music.errors import InputError
from symbolic_music.performing.drummers import Drummers, load_drummers
from symbolic_music.performing.moments import Timeline
from symbolic_music.song.plan import SongPlan
from symbolic_music.styles.style import Style, style_of

# Where the second eighth of a swung quarter lies: halfway (straight) to three quarters (dotted).
STRAIGHT_SHARE, DOTTED_SHARE = 0.5, 0.75
# Jazz eighths even out as the tempo rises (Friberg and Sundström 2002, Music Perception 19); shuffles do not.
EVENING_FROM_QPM, EVENING_PER_QPM, LEAST_JAZZ_SHARE = 130.0, 1 / 1440, 0.567
# From this share on, drummers are those who play triplets.
TRIPLET_FEEL = 0.6


@dataclass(frozen=True)
class PerformOptions:
    """How to perform.

    ``humanize`` is 0 (even) to 1 (as loose as people). ``straight`` plays exactly
    what is written: every onset on the grid, the written velocities, one tempo.
    ``seed`` and ``style`` default to the plan's. The style says how it swings, how it
    ends and whose habits its drummer has, unless the last three fields say otherwise:
    ``swing`` is the share of a quarter that its first eighth takes, 0.5 (straight) to
    0.75, 0.667 being a triplet; ``ritardando`` whether the song ends slower;
    ``family`` the drummer's (``rock``, ``latin`` …).
    """

    humanize: float = 1.0
    straight: bool = False
    seed: int | None = None
    style: Style | None = None
    swing: float | None = None
    ritardando: bool | None = None
    family: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.humanize <= 1:
            raise InputError(f"humanize is {self.humanize}; it must be from 0 (even) to 1 (as loose as people)")
        if self.swing is not None and not STRAIGHT_SHARE <= self.swing <= DOTTED_SHARE:
            raise InputError(f"swing is {self.swing}; it must be from 0.5 (straight) over 0.667 (triplets) to 0.75")


@dataclass(frozen=True, eq=False)
class Manner:
    """What the options come to for one song.

    ``evens``: the band's triplets are the off-beats of a style that swings, and the song is to be played straight.
    """

    humanize: float
    seed: int
    swing: float
    slows_down: bool
    drummers: Drummers
    timeline: Timeline
    qpm: float
    family: str
    lay_back_ms: float = 0.0
    evens: bool = False

    def ms_to_ticks(self, milliseconds: np.ndarray | float) -> np.ndarray | float:
        """Turn milliseconds into ticks, 480 to the quarter, at the song's tempo."""
        return milliseconds * self.qpm * 480 / 60_000

    @property
    def swings(self) -> bool:
        """Whether the off-beats come late enough to be felt as triplets."""
        return self.swing >= TRIPLET_FEEL


def choose_manner(plan: SongPlan, options: PerformOptions) -> Manner:
    """Decide how a song is performed: as its style says, where the options leave that open."""
    style = options.style or style_of(plan)
    family = options.family or style.family
    swing = choose_swing(plan, _asked_swing(plan, style, options), family)
    # The band is written in the plan's style, whatever style it is performed in.
    in_triplets = style_of(plan).swing >= TRIPLET_FEEL and not plan.meter.is_compound
    return Manner(
        humanize=options.humanize,
        seed=plan.chance_seed if options.seed is None else options.seed,
        swing=swing,
        slows_down=_slows_down(plan, style, options),
        drummers=load_drummers(family),
        timeline=Timeline(plan),
        qpm=plan.tempo_qpm,
        family=family,
        lay_back_ms=plan.lay_back_ms or 0.0,
        evens=in_triplets and swing == STRAIGHT_SHARE,
    )


def _slows_down(plan: SongPlan, style: Style, options: PerformOptions) -> bool:
    """Whether the song ends in a ritardando: as the options, the plan, the style say."""
    if options.ritardando is not None:
        return options.ritardando
    return style.slows_down if plan.ending is None else plan.ending == "ritardando"


def _asked_swing(plan: SongPlan, style: Style, options: PerformOptions) -> float:
    """The swing asked for nearest: by the options, the plan, the style."""
    asked = plan.swing if options.swing is None else options.swing
    return style.swing if asked is None else asked


def swing_of(plan: SongPlan) -> float:
    """Where a song's off-beat eighths lie, as a share of the quarter: as the plan or its style, and its tempo, say."""
    style = style_of(plan)
    return choose_swing(plan, style.swing if plan.swing is None else plan.swing, style.family)


def choose_swing(plan: SongPlan, share: float, family: str) -> float:
    """Where the off-beat eighth lies in this song, given the style's share of the quarter.

    Parameters
    ----------
    plan : SongPlan
        Its meter and tempo bend the share: compound meters swing by themselves.
    share : float
        The style's, 0.5 (straight) to 0.75.
    family : str
        The style's family; jazz evens out as the tempo rises.

    Returns
    -------
    float
        0.5 to 0.75 of the quarter.
    """
    if plan.meter.is_compound or share == STRAIGHT_SHARE:
        return STRAIGHT_SHARE
    if "jazz" in family:
        evened = share - max(0.0, plan.tempo_qpm - EVENING_FROM_QPM) * EVENING_PER_QPM
        return min(share, max(LEAST_JAZZ_SHARE, evened))
    return share
