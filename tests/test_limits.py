"""Small inputs that ask for endless work are refused at once, with the limit and what to do."""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbolic_music.arranging.hands import find_frets
from symbolic_music.errors import BriefError, FileFormatError, InputError
from symbolic_music.filling.odd_meters import fit_figure
from symbolic_music.formats.abc_reader import parse_abc
from symbolic_music.formats.dawproject_reader import read_dawproject
from symbolic_music.formats.midi import read_midi
from symbolic_music.importing import read_prompt
from symbolic_music.importing.prompt_lexicon import compounds
from symbolic_music.importing.wishes import read_wish
from symbolic_music.limits import BARS, LIMITS, PROMPT_SIGNS, REPEATS, UNPACKED_BYTES, Limit, read_file, read_text_file
from symbolic_music.planning.form_text import parse_form
from symbolic_music.song.brief import Brief
from symbolic_music.song.document import load_document, parse_data
from symbolic_music.theory.chart import parse_chart
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.key import parse_key
from symbolic_music.theory.repeats import RepeatMarks, order_bars

# What is remembered of words, chords and figures that come from strangers.
REMEMBERED = (compounds, find_frets, fit_figure, parse_chord)
ROOT = Path(__file__).resolve().parents[1]
CASES = ROOT / "tests" / "cases"


@contextmanager
def at_once(seconds: float = 3.0) -> Iterator[None]:
    """Fail what takes long, by the processor's time: other work on the machine does not count."""
    start = time.process_time()
    yield
    assert time.process_time() - start < seconds


def test_every_limit_stands_in_the_docs_with_its_figure() -> None:
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    for what, limit in LIMITS.items():
        assert f"| {what} | {limit.most:,} {limit.unit} |".replace(",", " ") in text.replace(",", " "), what


@given(st.integers(0, 10**40))
def test_a_limit_refuses_what_is_above_and_nothing_else(amount: int) -> None:
    limit = Limit(1000, "bars", "cut it")
    if amount <= 1000:
        limit.check(amount, "x")
        return
    with pytest.raises(FileFormatError, match=r"^x: .* bars, at most 1 000 are allowed; cut it$") as refusal:
        limit.check(amount, "x")
    assert len(str(refusal.value)) < 100


def test_a_note_at_a_very_late_tick_is_refused_with_the_limit() -> None:
    with at_once(), pytest.raises(FileFormatError, match="bars, at most 2 000 are allowed"):
        read_midi(CASES / "far.mid")


def test_a_chart_that_repeats_without_end_is_refused_with_the_limit() -> None:
    text = read_text_file(CASES / "chart_x99999999.txt")
    with at_once(), pytest.raises(FileFormatError, match="at most 100 are allowed"):
        parse_chart(text)
    with at_once(), pytest.raises(FileFormatError, match="at most 100"):
        parse_chart("C x" + "9" * 6000)
    with at_once(), pytest.raises(FileFormatError, match="bars, at most 2 000"):
        parse_chart("C | F | G | C x99\n" * 30)


@pytest.mark.parametrize("music", ["|:C4|[1-99999999 D4:|", "Z99999999|", "C4|[1,99999999 D4:|", "|:C4|D4|\n" * 3000])
def test_abc_that_repeats_or_rests_without_end_is_refused(music: str) -> None:
    with at_once(), pytest.raises(FileFormatError, match=r"at most 2 000|use [01] to (100|2000)"):
        parse_abc(f"X:1\nM:4/4\nL:1/4\nK:C\n{music}\n")


def test_repeats_in_repeats_stop_at_the_bars_limit() -> None:
    marks = [RepeatMarks(starts=True, ends=True, times=REPEATS.most)] * 50
    with at_once(), pytest.raises(FileFormatError, match="at most 2 000"):
        order_bars(marks)
    assert len(order_bars(marks[: BARS.most // REPEATS.most])) == BARS.most


def test_deep_and_swelling_yaml_is_refused() -> None:
    with at_once(), pytest.raises(FileFormatError, match="levels"):
        load_document(Brief, CASES / "deep.yaml", BriefError)
    swelling = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with at_once(), pytest.raises(FileFormatError, match="200 000"):
        parse_data(swelling, "x.yaml")


@pytest.mark.parametrize("text", [
    "prompt: 2020-99-99", "seed: " + "9" * 5000, "a: !!bool x", "a: !!timestamp x", "a: !!int x", "? [a]\n: 1",
    "a: !!python/object:os.system {}", "\x00", "a: *b", "<<: 3", "a: !!set 3", "a: !!omap [1]", "%TAG ! x",
])  # fmt: skip
def test_odd_yaml_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InputError) as refusal:
        load_document_text(text)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 500


def load_document_text(text: str) -> Brief:
    from symbolic_music.song.document import parse_document

    return parse_document(Brief, parse_data(text, "x.yaml"), "x.yaml", BriefError)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text("[]{}:,&*!#|>%@-?<\"'\n 0123456789.ea", max_size=60)))
def test_any_text_is_a_document_or_refused(text: str) -> None:
    try:
        load_document_text(text)
    except InputError as refusal:
        assert "\n" not in str(refusal)


@pytest.mark.parametrize("name", ["project.xml", "metadata.xml"])
def test_an_archive_that_unpacks_to_hundreds_of_megabytes_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bomb.dawproject"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.xml", "<Project/>")
        if name != "project.xml":
            archive.writestr(name, b" " * (UNPACKED_BYTES.most + 1))
    if name == "project.xml":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, b" " * (UNPACKED_BYTES.most + 1))
    assert path.stat().st_size < 100_000
    with at_once(), pytest.raises(FileFormatError, match="bytes unpacked"):
        read_dawproject(path)


def test_forms_and_chords_have_the_limit_of_bars() -> None:
    assert len(parse_form("A8 " * 50)) == 50
    with at_once(), pytest.raises(BriefError, match="408 bars, at most 400 are allowed"):
        parse_form("A8 " * 51)
    with at_once(), pytest.raises(BriefError, match="at most 400"):
        parse_form("A" * 100_000)
    with pytest.raises(ValueError, match="at most 400"):
        Brief(chords="C " * 401)


@pytest.mark.parametrize("piece", [
    "a", " ", '"', "“", "verse ", "chords C ", "1", "in ", "no ", "about x ", "1 bars ", "verse-", "AB", ",", "|",
    "in C ", "happy ", "piano ", "1 and a half ", "key::", "slow sad waltz with a piano for two minutes in Eb minor, ",
])  # fmt: skip
def test_a_prompt_of_a_hundred_kilobytes_is_read_in_a_second(piece: str) -> None:
    read_prompt(piece)
    with at_once(1.5):
        read_prompt((piece * (100_000 // len(piece) + 1))[:100_000])


def test_longer_prompts_are_refused() -> None:
    with at_once(), pytest.raises(BriefError, match="at most 200 000"):
        read_prompt("a" * (PROMPT_SIGNS.most + 1))
    with pytest.raises(ValueError, match="at most 200 000"):
        Brief(prompt="a" * (PROMPT_SIGNS.most + 1))


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="is a folder"):
        read_file(tmp_path)
    with pytest.raises(FileFormatError, match="no such file"):
        read_file(tmp_path / "x")
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_file("a\0b")
    (tmp_path / "latin").write_bytes(b"\xe4")
    with pytest.raises(FileFormatError, match="save it as UTF-8"):
        read_text_file(tmp_path / "latin")
    (tmp_path / "dos").write_bytes(b"\xef\xbb\xbfa\r\nb\rc")
    assert read_text_file(tmp_path / "dos") == "a\nb\nc"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are a thing of POSIX")
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mid")
    with pytest.raises(FileFormatError, match="no plain file"):
        read_midi(tmp_path / "pipe.mid")
    with pytest.raises(FileFormatError, match="no plain file"):
        read_file("/dev/zero")


def test_documents_of_a_newer_form_and_unknown_words_are_refused() -> None:
    with pytest.raises(BriefError, match="schema_version"):
        load_document_text("schema_version: 999")
    from symbolic_music.errors import PlanError
    from symbolic_music.song.document import parse_document
    from symbolic_music.song.plan import SongPlan

    phrase = {"name": "a", "letter": "A", "n_bars": 4}
    section = {"name": "verse", "kind": "verse", "n_bars": 4, "key": "C major", "intensity": 0.5, "phrases": [phrase]}
    plan = {"tempo_qpm": 100, "n_bars": 4, "sections": [section]}
    assert parse_document(SongPlan, plan, "x", PlanError).n_bars == 4
    for wrong in ({"genre": "polkacore"}, {"mood": "so-so"}, {"schema_version": 2}, {"n_bars": 10**9}):
        with pytest.raises(PlanError):
            parse_document(SongPlan, plan | wrong, "x", PlanError)


@pytest.mark.parametrize("remembered", REMEMBERED, ids=lambda remembered: remembered.__name__)
def test_what_is_remembered_of_strangers_input_has_an_end(remembered: Any) -> None:
    assert remembered.cache_info().maxsize is not None


@pytest.mark.parametrize("read", [parse_chord, parse_key, parse_form, parse_chart, read_wish])
def test_a_refusal_of_something_endless_is_one_short_line(read: Callable[[str], object]) -> None:
    with pytest.raises(InputError) as refusal:
        read("C" + "x" * 50_000)
    assert len(str(refusal.value)) < 2000 and "\n" not in str(refusal.value)
