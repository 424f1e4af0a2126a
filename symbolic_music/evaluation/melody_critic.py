"""A learned critic of melodies: how much more likely people are to write a phrase than the model is.

A linear classifier of people's *training* songs against the phrase model's own uncriticised songs,
fitted by ``python -m data_prep.melody_critic`` on the numbers of ``features``. Its log odds
estimate log(p_people / p_model); drawing one of several candidates with probability in proportion to
the odds (sampling importance resampling, Rubin 1987; discriminator rejection sampling, Azadi et al.,
ICLR 2019) brings what is drawn nearer to people's melodies, where taking the best one would overshoot.
It knows only these two kinds: of noise, or of a child's tune, it says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from symbolic_music.errors import CheckpointError
from symbolic_music.evaluation.features import feature_names, window_features
from symbolic_music.evaluation.windows import BAR_TICKS, MIN_BARS, WINDOW_BARS, Window, centred

CRITIC_FILE = Path(__file__).parent.parent / "weights" / "melody_critic.npz"
# Odds beyond these say more about the classifier than about the music, as do features beyond so many deviations.
LIMIT = 4.0
FEATURE_LIMIT = 3.0

Row = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class MelodyCritic:
    """A linear classifier: mean, scale and weight of each feature, shape (n_features,)."""

    mean: np.ndarray
    scale: np.ndarray
    weight: np.ndarray
    intercept: float

    def log_odds(self, window: Window) -> float:
        """Log odds that people wrote a window, within ``LIMIT``.

        Parameters
        ----------
        window : Window
            Eight bars of 4/4.

        Returns
        -------
        float
            Natural logarithm; above 0 people are the likelier authors.
        """
        value = float(scaled(window_features(window), self.mean, self.scale) @ self.weight + self.intercept)
        return max(-LIMIT, min(LIMIT, value))


def scaled(features: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Features (..., n_features) in deviations from the mean, within ``FEATURE_LIMIT``.

    Parameters
    ----------
    features : np.ndarray
        Shape (..., n_features).
    mean : np.ndarray
        Shape (n_features,).
    scale : np.ndarray
        Shape (n_features,), standard deviations.
    """
    limited: np.ndarray = np.clip((features - mean) / scale, -FEATURE_LIMIT, FEATURE_LIMIT)
    return limited


@cache
def load_critic(path: Path = CRITIC_FILE) -> MelodyCritic:
    """Read the critic in the package.

    Parameters
    ----------
    path : Path, optional
        As ``save_critic`` wrote it.

    Raises
    ------
    CheckpointError
        If it is missing, broken or made for other features.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            critic = MelodyCritic(file["mean"], file["scale"], file["weight"], float(file["intercept"]))
            names = tuple(file["names"].tolist())
    except (OSError, KeyError, ValueError) as failure:
        raise CheckpointError(f"{path}: not a melody critic ({failure}); install the package again") from None
    if names != feature_names():
        raise CheckpointError(f"{path}: made for other features; fit it again with python -m data_prep.melody_critic")
    return critic


def save_critic(critic: MelodyCritic, path: Path) -> None:
    """Write a critic with the names of its features.

    Parameters
    ----------
    critic : MelodyCritic
        Made for today's features.
    path : Path
        Ends in ``.npz``.
    """
    columns = {name: getattr(critic, name).astype(np.float32) for name in ("mean", "scale", "weight")}
    np.savez_compressed(path, intercept=np.float32(critic.intercept), names=np.array(feature_names()), **columns)


def phrase_windows(notes: list[Row], n_bars: int, bar_ticks: int) -> list[Window]:
    """Cut a phrase in C major / A minor into windows of eight bars; none where the critic cannot judge it.

    Parameters
    ----------
    notes : list[Row]
        (onset, duration, pitch) in ticks from the phrase's first bar line.
    n_bars : int
        Length of the phrase.
    bar_ticks : int
        Length of a bar; only 4/4 (48) is judged.
    """
    if bar_ticks != BAR_TICKS or n_bars < WINDOW_BARS:
        return []
    windows = []
    for start in range(0, n_bars - WINDOW_BARS + 1, WINDOW_BARS):
        first, last = start * BAR_TICKS, (start + WINDOW_BARS) * BAR_TICKS
        inside = np.array([(on - first, length, pitch) for on, length, pitch in notes if first <= on < last], dtype=int)
        if len(inside) and len(np.unique(inside[:, 0] // BAR_TICKS)) >= MIN_BARS:
            windows.append(Window(inside[:, 0], inside[:, 1], centred(inside[:, 2])))
    return windows


def melody_odds(notes: list[Row], n_bars: int, bar_ticks: int) -> float:
    """Mean log odds over a phrase's windows; 0 where the critic cannot judge it.

    Parameters
    ----------
    notes : list[Row]
        (onset, duration, pitch) in ticks from the phrase's first bar line.
    n_bars : int
        Length of the phrase.
    bar_ticks : int
        Length of a bar; only 4/4 (48) is judged.

    Returns
    -------
    float
        Natural logarithm, within ``LIMIT``.
    """
    windows = phrase_windows(notes, n_bars, bar_ticks)
    return float(np.mean([load_critic().log_odds(window) for window in windows])) if windows else 0.0
