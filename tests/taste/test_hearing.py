"""What a phrase is told while it is written is heard in it: original, phrase before, chords, how busy it should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from symbolic_music.filling import FillOptions, PhraseTask, fill_phrases
from symbolic_music.filling.describe import conditions_for
from symbolic_music.song.plan import PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.song.spans import slots_of
from tests.builders import make_job
from tests.taste.songs import harmony_of, phrase_of, plan_of, section_of, tune_of

SEEDS = range(4)
Plan = Callable[[PlannedPhrase, int], SongPlan]


def with_hook(*sections: PlannedSection, seed: int) -> SongPlan:
    """A song whose hook is none of the phrases in question, since everything hears the hook."""
    return plan_of(*sections, section_of("chorus", phrase_of("hook", letter="H"), kind="chorus"), seed=seed)


def variation_elsewhere(first: PlannedPhrase, seed: int) -> SongPlan:
    """A phrase, and a variation of it in another section."""
    varied = phrase_of("heard", relation="variation", source=first.name)
    return with_hook(section_of("verse", first), section_of("verse.2", varied), seed=seed)


def next_in_section(first: PlannedPhrase, seed: int) -> SongPlan:
    """A phrase, and a new one after it in its section."""
    return with_hook(section_of("verse", first, phrase_of("heard")), seed=seed)


def follows(plan: Plan, seed: int) -> bool:
    """Whether the second phrase changes when the first one is another, all else being equal."""
    one, other = (tune_of(plan(phrase_of("first", letter=letter), seed)) for letter in ("Y", "Z"))
    return one["first"] != other["first"] and one["heard"] != other["heard"]


@pytest.mark.usefixtures("small_model")
@pytest.mark.parametrize("plan", [variation_elsewhere, next_in_section])
def test_another_original_or_another_phrase_before_gives_another_tune(plan: Plan) -> None:
    assert any(follows(plan, seed) for seed in SEEDS)


@pytest.mark.usefixtures("small_model")
@pytest.mark.parametrize(("relation", "least"), [("new", 1), ("variation", 4)], ids=["new", "variation"])
def test_the_second_phrase_of_a_section_often_takes_the_chords_of_its_first(relation: str, least: int) -> None:
    first = phrase_of("first", sung=False)
    source = None if relation == "new" else "first"
    second = phrase_of("second", sung=False, relation=relation, source=source)
    harmonies = [harmony_of(plan_of(section_of("verse", first, second), chords=None, seed=seed)) for seed in range(8)]
    # A variation drawn by the model may come to the same chords by chance, one time in eight.
    assert least <= sum(one == other for one, other in harmonies) < len(harmonies)


def test_a_phrase_that_is_asked_to_be_busy_has_more_notes() -> None:
    counts = {}
    for density in ("1", "5"):
        job = make_job(n_bars=2)
        job = replace(job, conditions=replace(job.conditions, density=density))
        tasks = [PhraseTask(f"phrase.{number}", job) for number in range(3)]
        counts[density] = sum(len(music.notes) for music in fill_phrases(tasks, 0, FillOptions(1)))
    assert counts["5"] > 1.5 * counts["1"]


def test_busy_and_quiet_songs_are_asked_for_and_solos_are_busier_than_bridges() -> None:
    grades: dict[str, list[int]] = {"bridge": [], "solo": []}
    for seed in range(40):
        plan = plan_of(*(section_of(kind, phrase_of(kind), kind=kind) for kind in grades), seed=seed)
        for slot in slots_of(plan):
            asked = conditions_for(plan, slot.section, slot.phrase, slot.start_bar, "melody").density
            grades[slot.section.kind].append(int(asked))
    assert len({*grades["bridge"], *grades["solo"]}) > 3
    assert np.mean(grades["solo"]) > np.mean(grades["bridge"])
