"""Can the style be heard? A classifier learns the bands of some seeds and judges those of others.

``python -m data_prep.band_report --only heard``: planned songs over made lead sheets (``band_idioms``) in every style,
with other forms, keys and chords a seed; nothing but the notes of the parts is shown to the trees
(``evaluation.band_style``). Confusions say which styles are played too much alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from data_prep.band_idioms import idiom_song
from data_prep.band_styles import Heard, confusions, share_found
from symbolic_music.evaluation.band_style import Excerpt, StyleClassifier, cut_excerpt, style_features
from symbolic_music.filling.figures import play_figures
from symbolic_music.song.leadsheet import LeadSheet
from symbolic_music.song.plan import SongPlan
from symbolic_music.styles.style import style_names, style_of

TRAIN_SEEDS, TEST_SEEDS = (0, 1, 2), (3,)
EXCERPT_BARS = 8
KINDS = ("verse", "chorus")


def excerpts_of(plan: SongPlan, sheet: LeadSheet) -> list[Excerpt]:
    """The first bars of the first verse and the first chorus, as the style's figures play them."""
    parts = play_figures(plan, sheet, style_of(plan))
    chords = [(event.onset_tick, event.chord) for event in sheet.chords]
    bar, start, found = plan.meter.bar_ticks, 0, {}
    for section in plan.sections:
        found.setdefault(section.kind, (start, min(EXCERPT_BARS, section.n_bars)))
        start += section.n_bars
    return [cut_excerpt(parts, chords, bar, *found[kind]) for kind in KINDS if kind in found]


def features_of(styles: Sequence[str], seeds: Sequence[int]) -> tuple[np.ndarray, list[str], list[str]]:
    """Features, styles and names of a band a style and seed."""
    features, own, names = [], [], []
    for style in styles:
        for seed in seeds:
            features.append(style_features(excerpts_of(*idiom_song(style, seed))))
            own.append(style)
            names.append(f"{style} {seed}")
    return np.array(features), own, names


def hear_styles(styles: Sequence[str] = ()) -> list[Heard]:
    """Learn some seeds of every style and judge the others."""
    styles = styles or style_names()
    classifier = StyleClassifier()
    features, own, _ = features_of(styles, TRAIN_SEEDS)
    classifier.fit(features, own)
    features, own, names = features_of(styles, TEST_SEEDS)
    return [Heard(*row) for row in zip(names, own, classifier.find(features), strict=True)]


def show() -> Iterator[str]:
    """The share found, and what was heard instead."""
    heard = hear_styles()
    n_styles = len({row.asked for row in heard})
    yield f"style found in our bands: {share_found(heard):.1%} of {len(heard)} ({n_styles} styles; bar 90%)"
    yield from confusions(heard)
