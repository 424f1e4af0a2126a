"""A few briefs from prompt to file and back; `make soak` takes two thousand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.__main__ import soak_one
from tests.soak.briefs import draw_brief


@pytest.mark.usefixtures("small_model")
@pytest.mark.parametrize("number", range(5))
def test_a_brief_keeps_its_promises_through_every_format(number: int, tmp_path: Path) -> None:
    assert soak_one(number, 3, tmp_path).split(",")[0] in ("song", "BriefError", "InputError")


def test_briefs_are_the_same_for_a_seed_and_many_kinds() -> None:
    drawn = [draw_brief(number, 0) for number in range(60)]
    assert drawn == [draw_brief(number, 0) for number in range(60)]
    assert {name for brief in drawn for name in brief} >= {"style", "chords", "form", "band", "prompt", "duration_sec"}
