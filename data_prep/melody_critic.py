"""Fit the learned critic of melodies: people's training songs against the phrase model's own.

``python -m data_prep.melody_critic --songs shards/songs.jsonl`` writes ``symbolic_music/weights/melody_critic.npz``.
The generated songs are composed without the critic, from seeds that no evaluation uses; validation songs
are not read. Fit it again whenever the phrase model changes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from data_prep.reference import read_songs
from symbolic_music.evaluation.evaluate import window_set
from symbolic_music.evaluation.melody import spans_of
from symbolic_music.evaluation.melody_critic import CRITIC_FILE, MelodyCritic, save_critic, scaled
from symbolic_music.evaluation.report import SongWithSpans
from symbolic_music.evaluation.two_sample import WindowSet
from symbolic_music.filling import ComposeOptions, FillOptions, compose
from symbolic_music.planning import plan
from symbolic_music.song.brief import Brief

FIRST_SEED = 500_000
# Weak evidence must not sway the choice: a strong penalty keeps the odds small.
PENALTIES = (0.0003, 0.001, 0.003, 0.01)


def compose_songs(n_songs: int) -> list[SongWithSpans]:
    """Compose pop songs in 4/4 without the learned critic."""
    options = ComposeOptions(fill=replace(FillOptions(), n_candidates=1))
    songs: list[SongWithSpans] = []
    seed = FIRST_SEED
    while len(songs) < n_songs:
        song_plan = plan(Brief(genre="pop", meter="4/4", seed=seed))
        songs.append((compose(song_plan, options), spans_of(song_plan)))
        seed += 1
    return songs


def fit(real: WindowSet, generated: WindowSet) -> tuple[MelodyCritic, dict[float, float]]:
    """Fit the classifier at the penalty that does best on songs left out; also say each one's AUC."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict

    features = np.concatenate([real.features, generated.features]).astype(float)
    is_real = np.concatenate([np.ones(len(real.features)), np.zeros(len(generated.features))])
    groups = np.concatenate([real.song, generated.song + real.song.max() + 1])
    mean, scale = features.mean(0), features.std(0)
    scale[scale == 0] = 1.0
    rows = scaled(features, mean, scale)
    models = {c: LogisticRegression(C=c, class_weight="balanced", max_iter=2000) for c in PENALTIES}
    aucs = {}
    for c, model in models.items():
        odds = cross_val_predict(model, rows, is_real, groups=groups, cv=GroupKFold(5), method="decision_function")
        aucs[c] = float(roc_auc_score(is_real, odds))
    best = models[max(aucs, key=aucs.__getitem__)].fit(rows, is_real)
    return MelodyCritic(mean, scale, best.coef_[0], float(best.intercept_[0])), aucs


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--songs", type=Path, default=Path("shards/songs.jsonl"))
    parser.add_argument("--out", type=Path, default=CRITIC_FILE)
    parser.add_argument("--n", type=int, default=150, help="songs to compose")
    options = parser.parse_args(arguments)
    people, _ = read_songs(options.songs, "pop909", "4/4", "train")
    real, generated = window_set(people), window_set(compose_songs(options.n))
    critic, aucs = fit(real, generated)
    save_critic(critic, options.out)
    print(f"{len(real.features)} windows of people, {len(generated.features)} generated; AUC by penalty {aucs}")


if __name__ == "__main__":
    main()
