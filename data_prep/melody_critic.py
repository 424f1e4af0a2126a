"""Fit the learned critic of melodies: people's training phrases against the phrase model's own.

``python -m data_prep.melody_critic --shards shards/lead.npz --choices runs/preferences/choices.jsonl`` writes
``symbolic_music/weights/melody_critic.npz``. The generated phrases are all candidates that were drawn, whichever were
chosen; without ``--choices`` songs are composed for it, from seeds that no evaluation uses. Both sides are phrases as
the model writes them, each with its own upbeat and without that of the next. Validation songs are not read. Fit it
again whenever the phrase model changes.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from symbolic_music.budget import count_cores
from symbolic_music.evaluation.features import feature_names, window_features
from symbolic_music.evaluation.melody_critic import CRITIC_FILE, MelodyCritic, phrase_windows, save_critic, scaled
from symbolic_music.evaluation.two_sample import WindowSet
from symbolic_music.filling.critics import is_judged, judged_notes
from symbolic_music.filling.fill import WEIGHTS
from symbolic_music.theory.meter import METER_OF
from symbolic_music.tokens import vocabulary as v
from symbolic_music.tokens.codec import decode_target
from symbolic_music.tokens.phrase import Conditions, PhraseJob, PhraseMusic
from symbolic_music.training.candidates import Choice, collect, load_choices
from symbolic_music.training.shards import Shard, load_shard

# Weak evidence must not sway the choice: a strong penalty keeps the odds small.
PENALTIES = (0.0003, 0.001, 0.003, 0.01)
SOURCE, METER = "pop909", "4/4"
# Candidates a phrase where songs are composed for this alone; minutes in which no song is begun any more.
N_CANDIDATES, LONGEST_MINUTES = 4, 60.0


def people_windows(shard: Shard, is_validation: bool = False) -> WindowSet:
    """Cut people's phrases into windows.

    Parameters
    ----------
    shard : Shard
        Lead sheets.
    is_validation : bool
        Whether those of the validation songs are taken, else those of the training songs.
    """
    wanted = (shard.source == SOURCE) & (shard.part == "melody") & (shard.job == "new")
    chosen = np.flatnonzero(wanted & (shard.is_validation == is_validation))
    songs = {name: number for number, name in enumerate(dict.fromkeys(shard.song[chosen].tolist()))}
    phrases = ((songs[str(shard.song[example])], _decode(shard, example)) for example in chosen.tolist())
    return _windows((song, list(music.notes), music.n_bars, music.bar_ticks) for song, music in phrases)


def drawn_windows(choices: Sequence[Choice]) -> WindowSet:
    """Cut candidates into windows.

    Parameters
    ----------
    choices : sequence of Choice
        Those that the critic can judge are taken.
    """
    judged = [choice for choice in choices if is_judged(choice.task.job)]
    return _windows(
        (choice.song, *judged_notes(music, choice.task.job), music.bar_ticks)
        for choice in judged
        for music in choice.candidates
    )


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


def _decode(shard: Shard, example: int) -> PhraseMusic:
    """The music of an example."""
    start = shard.starts[example]
    ids = shard.ids[start : start + shard.lengths[example]].tolist()
    words = {v.TYPE_OF[index]: v.VALUE_OF[index] for index in ids if v.TYPE_OF[index] in v.CONDITION_VALUES}
    conditions = Conditions(words["Part"], words["Mode"], words["Meter"], int(words["Bars"]))
    target = ids[ids.index(v.TARGET) + 1 :]
    return decode_target(PhraseJob(conditions, METER_OF[words["Meter"]].bar_ticks), target)


def _windows(phrases: Iterable[tuple[int, list[tuple[int, int, int]], int, int]]) -> WindowSet:
    """Features of all windows of some phrases: (song, notes, bars, ticks of a bar)."""
    rows, numbers = [], []
    for song, notes, n_bars, bar_ticks in phrases:
        for window in phrase_windows(notes, n_bars, bar_ticks):
            rows.append(window_features(window))
            numbers.append(song)
    return WindowSet(np.array(rows).reshape(len(rows), len(feature_names())), np.array(numbers, dtype=np.int64))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shards", type=Path, default=Path("shards/lead.npz"), help="people's phrases")
    parser.add_argument("--choices", type=Path, nargs="*", default=[], help="as training.preferences writes them")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="that songs are composed with")
    parser.add_argument("--out", type=Path, default=CRITIC_FILE)
    parser.add_argument("--n", type=int, default=100, help="songs to compose where there are no choices")
    options = parser.parse_args(arguments)
    choices = load_choices(options.choices)
    if not choices:
        composed = collect(options.weights, options.n, LONGEST_MINUTES, count_cores(), N_CANDIDATES)
        choices = [choice for song in composed for choice in song]
    real, generated = people_windows(load_shard(options.shards)), drawn_windows(choices)
    critic, aucs = fit(real, generated)
    save_critic(critic, options.out)
    print(f"{len(real.features)} windows of people, {len(generated.features)} generated; AUC by penalty {aucs}")


if __name__ == "__main__":
    main()
