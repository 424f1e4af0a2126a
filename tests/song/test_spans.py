"""Bars, sections and phrases lie one after the other, and everybody who asks where is told the same."""

from __future__ import annotations

from symbolic_music.song.bars import bars_of
from symbolic_music.song.score import MeterChange
from symbolic_music.song.spans import section_bars, section_spans, slots_of, starts_of
from symbolic_music.theory.meter import Meter
from tests.builders import make_plan


def test_stretches_follow_each_other_without_gaps() -> None:
    assert starts_of([4, 8, 2]) == (0, 4, 12)
    assert starts_of([]) == ()


def test_sections_and_phrases_fill_the_plan() -> None:
    plan = make_plan()
    slots = list(slots_of(plan))
    assert [(slot.phrase.name, slot.start_bar, slot.section_bar, slot.before) for slot in slots] == [
        ("intro.1", 0, 0, None), ("verse.1", 2, 2, None), ("verse.2", 6, 2, "verse.1"), ("again.1", 10, 10, None),
        ("again.2", 14, 10, "again.1"),
    ]  # fmt: skip
    assert slots[-1].start_bar + slots[-1].phrase.n_bars == plan.n_bars


def test_spans_ticks_and_bars_of_sections_agree() -> None:
    plan = make_plan("3/4", keys=("C major", "D minor", "C major"))
    spans = section_spans(plan)
    assert tuple(span.start_bar for span in spans) == section_bars(plan) == (0, 2, 10)
    assert plan.section_ticks == tuple(bar * plan.meter.bar_ticks for bar in section_bars(plan))
    assert [str(span.key) for span in spans] == ["C major", "D minor", "C major"]


def test_bars_change_their_length_with_the_meter() -> None:
    bars = bars_of((MeterChange(0, Meter(4, 4)), MeterChange(96, Meter(3, 4))), 150)
    assert [(bar.start, bar.end) for bar in bars] == [(0, 48), (48, 96), (96, 132), (132, 168)]
    assert len(bars_of((MeterChange(0, Meter(4, 4)),), 0)) == 1
