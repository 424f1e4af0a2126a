"""Forms under constraints, with a chooser that knows nothing."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from symbolic_music.errors import BriefError
from symbolic_music.planning.form import FREE_BARS, FULL_FORM_BARS, MAX_OUTRO_BARS, best_lengths, draw_form, fill_form
from symbolic_music.planning.form_model import load_form_model
from symbolic_music.planning.form_text import kinds_of_letters, parse_form
from symbolic_music.planning.phrase_layout import split_bars
from symbolic_music.planning.plan_tokens import FormSection, build_vocabulary, encode_form


class AnyToken:
    """Draws any legal token with equal chance: constraints alone must make the form."""

    def draw(self, tokens, allowed, temperature, rng):
        assert allowed
        return allowed[int(rng.integers(len(allowed)))]


@pytest.mark.parametrize("genre", ["pop", "jazz"])
@pytest.mark.parametrize("bars", ["free", "square", "twelve"])
def test_constraints_alone_make_whole_forms(genre, bars):
    for n_bars in range(1, 200):
        form = draw_form(genre, n_bars, AnyToken(), np.random.default_rng(n_bars), bars=bars)
        assert sum(section.n_bars for section in form) == n_bars
        if n_bars >= FULL_FORM_BARS:
            kinds = [section.kind for section in form]
            assert (kinds[0], kinds[-1]) == ("intro", "outro")
            assert kinds.count("chorus") >= 2 and "verse" in kinds
            assert len({section.n_bars for section in form if section.kind == "chorus"}) == 1
            assert sum(section.n_bars for section in form[: kinds.index("chorus")]) < n_bars / 2
            assert all(after == "chorus" for before, after in pairwise(kinds)
                       if before == "pre-chorus")  # fmt: skip


def test_best_lengths_meets_totals_or_says_no():
    flat = np.zeros(64)
    assert sum(best_lengths([flat, flat], [1, 1], 50)) == 50
    assert best_lengths([flat], [3], 10) is None
    assert best_lengths([], [], 0) == []


def test_model_prefers_what_songs_do():
    model = load_form_model()
    start = ["Genre_pop", "Left_20"]
    logs = model.log_shares(start, ["Kind_intro", "Kind_bridge", "Kind_outro"])
    assert np.argmax(logs) == 0
    assert np.exp(logs).sum() == pytest.approx(1)


@pytest.mark.parametrize("form", ["verse chorus verse chorus bridge chorus", "intro verse chorus verse chorus outro"])
@pytest.mark.parametrize("n_bars", [32, 48, 64, 86, None])
def test_open_lengths_of_a_form_are_those_that_sections_have(form, n_bars):
    model = load_form_model()
    for seed, genre in enumerate(("rock", "pop", "folk")):
        filled = fill_form(parse_form(form), genre, n_bars, model, np.random.default_rng(seed))
        for section in filled:
            most = MAX_OUTRO_BARS if section.kind == "outro" else FREE_BARS[section.kind][-1]
            least = 2 if section.kind == "outro" else FREE_BARS[section.kind][0]
            assert least <= section.n_bars <= most, (genre, section)


def test_form_texts():
    assert [(s.kind, s.n_bars) for s in parse_form("verse8-chorus8 pre chorus4 CHORUS")] == [
        ("verse", 8), ("chorus", 8), ("pre-chorus", 4), ("chorus", None),
    ]  # fmt: skip
    assert [s.label for s in parse_form("A8B8A8")] == ["A", "B", "A"]
    assert kinds_of_letters(list("AABA")) == {"A": "verse", "B": "bridge"}
    assert kinds_of_letters(list("AB")) == {"A": "verse", "B": "chorus"}
    with pytest.raises(BriefError, match="'8' is not a section"):
        parse_form("verse 8")


def test_split_bars_adds_up():
    for n_bars in range(1, 65):
        for size in (2, 4, 8):
            lengths = split_bars(n_bars, size)
            assert sum(lengths) == n_bars and all(0 < bars <= 16 for bars in lengths)


def test_tokens_are_in_the_vocabulary():
    tokens = encode_form("jazz", [FormSection("verse", "A", 90), FormSection("solo", "Z", 1)])
    assert set(tokens) <= set(build_vocabulary())
    assert tokens[0] == "Genre_jazz" and tokens[-1] == "End"
    assert len(build_vocabulary()) == len(set(build_vocabulary()))


def test_importing_the_planner_loads_no_torch():
    code = "import sys, symbolic_music.planning; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
