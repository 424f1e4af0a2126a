"""Prompts as people write them, many in other languages: what is right, wrong and not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from symbolic_music.importing import read_prompt
from symbolic_music.planning import plan
from symbolic_music.song.brief import Brief
from symbolic_music.theory.instruments import find_instrument

PROMPTS: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(
    Path(__file__).with_name("prompts.yaml").read_text(encoding="utf-8")
)
ALL = {prompt: wants for group in PROMPTS.values() for prompt, wants in group.items()}
FIELDS = {"tempo": "tempo_qpm", "duration": "duration_sec", "bars": "n_bars", "lift": "key_lift"}
LEAST_RIGHT, MOST_WRONG = 0.92, 0.02


def _fits(value: object, want: object) -> bool:
    """Whether a value is what a musician would expect: one of a list, inside a span, or equal."""
    if isinstance(want, list):
        return any(_fits(value, one) for one in want)
    if isinstance(value, int | float) and isinstance(want, str):
        low, high = map(float, want.split("-"))
        return low <= value <= high
    return value == want


def _plays(entry: str, player: str) -> bool:
    """Whether an entry of a band is the player meant: any guitar is a guitar, a ukulele the guitar next to it."""
    refused = player.startswith("no ")
    name = find_instrument(player.removeprefix("no ").removesuffix(" lead")).name
    wanted = (player.removeprefix("no "), name + " lead" if player.endswith(" lead") else name)
    return entry.startswith("no ") == refused and any(one in entry for one in wanted)


def judge(prompt: str, wants: dict[str, object]) -> Iterator[tuple[str, str, object]]:
    """Say of each value that a prompt states whether it is right, wrong or not read."""
    fields = dict(read_prompt(prompt).fields)
    for name, want in wants.items():
        if name == "band":
            played = tuple(fields.get("band", ()))
            for player in want:
                is_there = any(_plays(entry, player) for entry in played)
                yield ("right" if is_there else "ignored"), player, played
            continue
        if name == "mode":
            value = str(fields.get("key", "")).split()[-1:] or None
            value = value and value[0]
        elif name in ("leave_out", "include"):
            value = " ".join(fields.get(name, ())) or None
        else:
            value = fields.get(FIELDS.get(name, name))
        verdict = "ignored" if value is None else "right" if _fits(value, want) else "wrong"
        yield verdict, f"{name} {want}", value


@pytest.mark.parametrize("group", PROMPTS)
def test_what_people_write_is_obeyed(group: str) -> None:
    found: Counter[str] = Counter()
    for prompt, wants in PROMPTS[group].items():
        for verdict, want, got in judge(prompt, wants):
            found[verdict] += 1
            if verdict != "right":
                print(f"{verdict}: {prompt!r}: {want}, read {got}")
    n_values = found.total()
    print(f"{group}: {len(PROMPTS[group])} prompts, {n_values} values: {dict(found)}")
    assert found["right"] >= LEAST_RIGHT * n_values
    assert found["wrong"] <= MOST_WRONG * n_values


def test_no_prompt_that_names_a_style_and_a_tempo_is_refused() -> None:
    for prompt in (prompt for prompt, wants in ALL.items() if {"style", "tempo"} <= set(wants)):
        plan(Brief(prompt=prompt, **read_prompt(prompt).fields))
