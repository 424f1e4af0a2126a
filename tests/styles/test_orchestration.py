"""Who plays over a whole song, in every style."""

from __future__ import annotations

import pytest

from symbolic_music.styles.orchestration import BEAT, COUNTERMELODY, LINE, Part, breakdown_of, orchestrate, with_roles
from symbolic_music.styles.style import Style, all_styles, load_style
from tests.arranging.band_songs import make_plan

SONG = [
    Part("intro", 4, 0.30), Part("verse", 8, 0.45), Part("pre-chorus", 4, 0.58), Part("chorus", 8, 0.74),
    Part("verse", 8, 0.51), Part("chorus", 8, 0.79), Part("bridge", 8, 0.40), Part("chorus", 8, 0.92),
    Part("outro", 4, 0.34),
]  # fmt: skip


@pytest.mark.parametrize("style", all_styles(), ids=lambda style: style.name)
def test_thin_opening_full_chorus_breakdown_and_biggest_end(style: Style) -> None:
    # The line answers whoever plays; it is in every section and thickens none.
    roles = [tuple(role for role in own if role != LINE) for own in orchestrate(SONG, style)]
    intro, verse, chorus, last = (set(roles[index]) for index in (0, 1, 3, 7))
    assert intro and intro <= verse <= chorus <= last
    assert COUNTERMELODY in last and all(own for own in roles)
    index = breakdown_of(SONG, style)
    if index is not None:
        full = set(style.roles_at(SONG[index].intensity))
        assert set(roles[index]) < full and full - set(roles[index]) <= set(BEAT)


def test_hardly_any_style_has_no_breakdown() -> None:
    without = [style.name for style in all_styles() if breakdown_of(SONG, style) is None]
    assert len(without) <= len(all_styles()) // 10, without


def test_the_breakdown_is_the_quietest_kind_that_is_short() -> None:
    pop = load_style("pop")
    assert breakdown_of(SONG, pop) == 6
    assert "drums" not in orchestrate(SONG, pop)[6]
    pushed = [*SONG[:6], Part("bridge", 8, 0.66), *SONG[7:]]
    assert breakdown_of(pushed, pop) == 4, "a bridge that pushes on keeps its drums: the verse rests instead"
    long = [*pushed[:4], Part("verse", 16, 0.51), *pushed[5:]]
    assert breakdown_of(long, pop) is None
    assert breakdown_of(SONG[:4], pop) is None, "one chorus: nothing to come back to"


def test_what_a_plan_says_stays() -> None:
    plan = make_plan()
    assert with_roles(plan, load_style("pop")) == plan
    opened = tuple(section.model_copy(update={"roles": None}) for section in plan.sections)
    filled = with_roles(plan.model_copy(update={"sections": opened}), load_style("pop"))
    assert all(section.roles for section in filled.sections)
    assert "melody" not in (filled.sections[0].roles or ()) and "melody" in (filled.sections[1].roles or ())
