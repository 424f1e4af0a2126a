"""The evaluation page: one HTML file with a table and plots, nothing loaded from elsewhere.

Generated songs, people's and the Markov baseline stand side by side in three colours that
differ in brightness too.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from symbolic_music.evaluation.evaluate import Evaluation
from symbolic_music.evaluation.melody import HISTOGRAMS
from symbolic_music.evaluation.report import MEASURES, Measures, Row, write_number

COLOURS = {"generated": "#c2410c", "people": "#1e3a8a", "Markov": "#9ca3af"}
_TITLES = {
    "interval": "Intervals, semitones",
    "duration": "Durations, ticks (12 = a quarter)",
    "onset_in_bar": "Onsets in the bar, ticks",
    "pitch_class": "Pitch classes as in C major or A minor",
}
# What a row measures, and where it comes from.
_SOURCES = {
    "two-sample AUC": "can a classifier tell eight-bar windows from people's? Lopez-Paz & Oquab 2017",
    "longest borrowed run, notes": "same intervals and relative durations as in a training melody",
    "distance": "Jensen-Shannon distance from people; in people's column 20 songs against the rest",
    "chord_tone_share": "chord tones on strong beats, Yeh et al. 2021",
    "chord_tone_ratio": "chord tones and answered passing tones, CTnCTR of Yeh et al. 2021",
    "same_letter": "likeness of phrases with the same letter, Dai et al. 2020; whole-song generation 2024",
    "different_letter": "likeness of phrases with different letters",
    "pitch_class_entropy_1": "H1 in bits, Wu & Yang 2020",
    "pitch_class_entropy_4": "H4 in bits, Wu & Yang 2020",
    "groove_similarity": "all pairs of bars, Wu & Yang 2020",
    "groove_consistency": "neighbouring bars, MusPy 2020",
    "empty_beat_rate": "MusPy 2020",
    "empty_bar_share": "MuseGAN 2018",
    "scale_consistency": "Mogren 2016; MusPy 2020",
    "structureness_short": "passages of 2 to 3 bars, after Wu & Yang 2020 on notes instead of sound",
    "structureness_mid": "passages of 4 to 7 bars",
    "structureness_long": "passages of 8 to 16 bars",
    "notes_per_bar": "Yang & Lerch 2020",
    "pitch_range": "semitones, Yang & Lerch 2020",
    "mean_interval": "semitones, Yang & Lerch 2020",
    "repeated_pitch_share": "jSymbolic 2006",
    "repeated_bar_share": "bars heard before",
    "token_syntax_error": "Fradet et al. 2023",
}
_VERDICTS = {True: ' <span class="pass">holds</span>', False: ' <span class="miss">missed</span>', None: ""}
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2rem auto; padding: 0 1rem; color: #1f2937; }
table { border-collapse: collapse; width: 100%; } th, td { padding: .25rem .5rem; border-bottom: 1px solid #e5e7eb; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } small { color: #6b7280; display: block; }
.pass { color: #166534; } .miss { color: #b91c1c; font-weight: 600; } svg { max-width: 100%; height: auto; }
"""


def write_page(result: Evaluation, path: Path, problems: Sequence[str] = ()) -> None:
    """Write the page of an evaluation.

    Parameters
    ----------
    result : Evaluation
    path : Path
        The HTML file.
    problems : sequence of str
        Songs that could not be read, and why.
    """
    path.write_text(page_text(result, problems), encoding="utf-8")


def page_text(result: Evaluation, problems: Sequence[str] = ()) -> str:
    """Give the page's HTML.

    Parameters
    ----------
    result : Evaluation
        What was measured.
    problems : Sequence[str], optional
        Songs that could not be read, a line each.

    Returns
    -------
    str
        One file, plots inside.
    """
    human, made = result.human, result.generated
    people = f"{human['n_songs']} validation songs of {human.get('source', '?')}"
    notes = [*result.notes, *(f"Left out: {problem}" for problem in problems)]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Evaluation</title>',
        f"<style>{_STYLE}</style></head><body><h1>Evaluation of {made['n_songs']} songs</h1>",
        f"<p>Beside {escape(people)}, and an order-3 Markov model that sings these songs' forms and chords. "
        "<em>Overlap</em> is the overlapping area of Yang &amp; Lerch (2020): 1 where songs differ from people's songs "
        "as these differ from each other.</p>",
        *(f"<p><em>{escape(note)}</em></p>" for note in notes),
        _table(result.rows),
        _telling(result),
        _runs(result),
        "<h2>Histograms</h2>",
        _draw_histograms(made, human),
        "<h2>Songs</h2><p>Each song's value: median, middle half, and range.</p>",
        _draw_values(made, human),
        "</body></html>",
    ]
    return "\n".join(parts)


def _table(rows: Sequence[Row]) -> str:
    """Write the table."""
    heads = ("generated", "people", "Markov", "overlap", "Markov's")
    lines = ["<table><tr><th>measure</th>", *(f'<th class="n">{head}</th>' for head in heads), "<th>bar</th></tr>"]
    for row in rows:
        source = _SOURCES.get(row.measure.split(":")[0], "")
        numbers = (row.generated, row.human, row.markov, row.overlap, row.markov_overlap)
        cells = "".join(f'<td class="n">{write_number(value)}</td>' for value in numbers)
        verdict = _VERDICTS[row.passed]
        lines.append(
            f"<tr><td>{escape(row.measure)}<small>{escape(source)}</small></td>{cells}"
            f"<td>{escape(row.bar)}{verdict}</td></tr>"
        )
    return "".join([*lines, "</table>"])


def _telling(result: Evaluation) -> str:
    """Say how the classifier tells songs from people's."""
    test, controls = result.two_sample, result.human.get("two_sample", {})
    if test is None:
        return ""
    rows = "".join(
        f'<tr><td>{escape(row.name)}</td><td class="n">{write_number(row.generated)}</td>'
        f'<td class="n">{write_number(row.real)}</td></tr>'
        for row in test.telling
    )
    folds = ", ".join(f"{value:.2f}" for value in test.folds)
    return (
        f"<h2>What tells them apart</h2><p>AUC {test.auc:.3f} ({escape(test.classifier)}; folds {folds}). "
        f"Controls: people against people {controls.get('people', '–')}, people's bars in shuffled order "
        f"{controls.get('shuffled_bars', '–')}, Markov {controls.get('markov', '–')}.</p>"
        f'<table><tr><th>feature</th><th class="n">generated</th><th class="n">people</th></tr>{rows}</table>'
    )


def _runs(result: Evaluation) -> str:
    """List the longest borrowed runs and the controls."""
    rows = "".join(
        f'<tr><td>{escape(name)}</td><td class="n">{run.n_notes}</td><td class="n">{run.n_bars:g}</td>'
        f'<td class="n">{run.start_bar + 1 if run.n_notes else "–"}</td><td>{escape(run.tune)}</td></tr>'
        for name, run in result.runs[:10]
    )
    control = result.human.get("longest_runs", {})
    two, train = control.get("two_validation_songs", {}), control.get("validation_songs_and_training", {})
    said = (
        f"<p>Two different human validation songs share at most {two['n_notes']} notes "
        f"({escape(two['one'])}, {escape(two['other'])}); "
        f"human songs share at most {train['n_notes']} notes with a training melody.</p>"
        if two and train
        else ""
    )
    head = "".join(f'<th class="n">{name}</th>' for name in ("notes", "bars", "from bar"))
    return f"<h2>Longest borrowed runs</h2>{said}<table><tr><th>song</th>{head}<th>also in</th></tr>{rows}</table>"


# --- plots -----------------------------------------------------------------------------------


def _draw_histograms(made: Measures, human: Measures) -> str:
    """Draw the four histograms as lines of shares."""
    figure, axes = _figure(2, 2, (10, 6))
    for axis, name in zip(axes.flat, HISTOGRAMS, strict=True):
        for label, side in _sides(made, human):
            counts = side["histograms"][name]
            bins = sorted({*counts, *human["histograms"][name]})
            shares = np.array([counts[bin_] for bin_ in bins]) / max(sum(counts.values()), 1)
            axis.plot(bins, shares, marker="o", markersize=3, color=COLOURS[label], label=label)
        axis.set_title(_TITLES[name], fontsize=10)
        axis.set_ylim(bottom=0)
    axes.flat[0].legend(frameon=False)
    return _svg(figure, "Shares of intervals, durations, onsets and pitch classes: generated, people, Markov")


def _draw_values(made: Measures, human: Measures) -> str:
    """Draw each measure's values as three boxes."""
    n_columns = 4
    figure, axes = _figure(-(-len(MEASURES) // n_columns), n_columns, (10, 2 * -(-len(MEASURES) // n_columns)))
    for axis, name in zip(axes.flat, MEASURES, strict=False):
        sides = [(label, side["values"][name]) for label, side in _sides(made, human) if side["values"][name]]
        for place, (label, values) in enumerate(sides):
            low, first, middle, third, high = np.percentile(values, (0, 25, 50, 75, 100))
            axis.plot([low, high], [place, place], color=COLOURS[label], linewidth=1)
            axis.plot([first, third], [place, place], color=COLOURS[label], linewidth=7, solid_capstyle="butt")
            axis.plot([middle], [place], marker="|", markersize=12, markeredgewidth=2, color="black")
        axis.set_yticks(range(len(sides)), [label for label, _ in sides], fontsize=8)
        axis.set_ylim(len(sides) - 0.4, -0.6)
        axis.set_title(name.replace("_", " "), fontsize=9)
    for axis in list(axes.flat)[len(MEASURES) :]:
        axis.set_visible(False)
    return _svg(figure, "Values of every measure by song: generated, people, Markov")


def _sides(made: Measures, human: Measures) -> list[tuple[str, Measures]]:
    """List the collections that there are, by name."""
    sides = [("generated", made), ("people", human)]
    return [*sides, ("Markov", human["markov"])] if "markov" in human else sides


def _figure(n_rows: int, n_columns: int, size: tuple[float, float]) -> Any:
    """Make a figure that needs no display."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.subplots(n_rows, n_columns, squeeze=False)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8)
    return figure, axes


def _svg(figure: Any, description: str) -> str:
    """Write a figure as an SVG element; text stays text, and the same figure gives the same bytes."""
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "evaluation", "font.family": "sans-serif"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    drawing = text[text.index("<svg") :]
    return f'<figure role="img" aria-label="{escape(description)}">{drawing}</figure>'
