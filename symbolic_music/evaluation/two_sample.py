"""The two-sample classifier test: can a classifier tell generated windows from people's?

After Lopez-Paz & Oquab, "Revisiting classifier two-sample tests" (ICLR 2017): features of real and of
generated windows go to a classifier that is tested on songs it has not seen; the area under the ROC curve
is 0.5 if it can only guess and 1.0 if it always knows. Two classifiers are tried, a forest of trees and a
linear one; the stronger counts, so the test does not depend on the weakness of one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from symbolic_music.errors import InputError

MIN_SONGS = 2
N_TELLING = 15


@dataclass(frozen=True, eq=False)
class WindowSet:
    """Features of windows, shape (n_windows, n_features), and the number of the song that each comes from."""

    features: np.ndarray
    song: np.ndarray

    @property
    def n_songs(self) -> int:
        """Songs with at least one window."""
        return len(np.unique(self.song))


class Telling(NamedTuple):
    """A feature by which the classifier tells the two apart, with its means."""

    name: str
    real: float
    generated: float
    weight: float


@dataclass(frozen=True)
class TwoSampleResult:
    """``auc`` is that of ``classifier``, the stronger one; ``aucs`` has all; ``folds`` the AUC of each fold."""

    auc: float
    classifier: str
    aucs: dict[str, float]
    folds: tuple[float, ...]
    telling: tuple[Telling, ...]


def two_sample_auc(
    real: WindowSet, generated: WindowSet, n_folds: int = 5, seed: int = 0, names: Sequence[str] = ()
) -> TwoSampleResult:
    """Measure how well a classifier tells generated windows from real ones.

    Parameters
    ----------
    real, generated : WindowSet
        At least ``MIN_SONGS`` songs each. A song number that occurs in both is one song: it is never
        in training and test at once.
    n_folds : int
        Folds of the cross-validation by song; fewer where there are fewer songs.
    seed : int
        Of the folds and the forest.
    names : sequence of str, optional
        Feature names; with them the result lists the most telling features.

    Returns
    -------
    TwoSampleResult
        Mean AUC over the folds, 0.5 (cannot tell) to 1.0 (always can).

    Raises
    ------
    InputError
        If a side has too few songs.
    """
    for what, side in (("real", real), ("generated", generated)):
        if side.n_songs < MIN_SONGS:
            raise InputError(f"two-sample test: {side.n_songs} {what} songs with windows; at least {MIN_SONGS}")
    x = np.nan_to_num(np.concatenate([real.features, generated.features]).astype(np.float64))
    y = np.r_[np.zeros(len(real.features)), np.ones(len(generated.features))]
    groups = np.r_[real.song, generated.song]
    folds = _folds(groups, y, min(n_folds, real.n_songs, generated.n_songs), seed)
    scores = {name: _score_folds(name, x, y, folds, seed) for name in ("forest", "linear")}
    aucs = {name: float(np.mean(values)) for name, values in scores.items()}
    best = max(aucs, key=lambda name: aucs[name])
    return TwoSampleResult(aucs[best], best, aucs, tuple(scores[best]), _telling(x, y, names, seed))


def _folds(groups: np.ndarray, y: np.ndarray, n_folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split by song, both kinds in every fold."""
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(n_splits=n_folds, shuffle=True, random_state=seed)
    folds = [(train, test) for train, test in splitter.split(y, y, groups) if len(np.unique(y[test])) == 2]
    return [fold for fold in folds if len(np.unique(y[fold[0]])) == 2]


def _score_folds(
    name: str, x: np.ndarray, y: np.ndarray, folds: list[tuple[np.ndarray, np.ndarray]], seed: int
) -> list[float]:
    """Train and test one classifier in every fold."""
    from sklearn.metrics import roc_auc_score

    scores = []
    for train, test in folds:
        model = _classifier(name, seed).fit(x[train], y[train])
        scores.append(float(roc_auc_score(y[test], model.predict_proba(x[test])[:, 1])))
    return scores


def _classifier(name: str, seed: int) -> Any:
    """Make a classifier; classes count alike however many windows they have."""
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if name == "forest":
        return ExtraTreesClassifier(
            400, min_samples_leaf=2, max_features=0.15, class_weight="balanced", random_state=seed
        )
    linear = LogisticRegression(C=0.003, class_weight="balanced", max_iter=500)
    return make_pipeline(StandardScaler(), linear)


def _telling(x: np.ndarray, y: np.ndarray, names: Sequence[str], seed: int) -> tuple[Telling, ...]:
    """List the features that the forest uses most."""
    if not names:
        return ()
    weight = _classifier("forest", seed).fit(x, y).feature_importances_
    means = [x[y == kind].mean(axis=0) for kind in (0, 1)]
    order = np.argsort(-weight)[:N_TELLING]
    return tuple(Telling(names[i], float(means[0][i]), float(means[1][i]), float(weight[i])) for i in order)
