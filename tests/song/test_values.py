"""Keys, meters, chords and styles are values in the documents, and text in files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from inspect import unwrap
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import symbolic_music as sm
from symbolic_music.errors import BriefError, PlanError
from symbolic_music.song.document import dump_document, parse_data, parse_document
from symbolic_music.styles.style import all_styles
from symbolic_music.theory.chord import parse_chord
from symbolic_music.theory.instruments import parse_player
from symbolic_music.theory.key import Key, parse_key
from symbolic_music.theory.meter import METERS, Meter, parse_meter
from tests.builders import make_plan

ASKED = {
    "genre": "jazz", "mood": "calm", "style": "bossa nova", "key": "Bb minor", "meter": "3/4",
    "chords": "| Bbm7  Gbmaj7 | Ab/C  F7 |",
}  # fmt: skip


def test_what_is_read_from_text_is_a_value() -> None:
    brief = sm.Brief(**{**ASKED, "style": "Bossa-Nova", "key": "bbm"})
    assert (brief.key, brief.meter, brief.style) == (Key("Bb", "minor"), Meter(3, 4), "bossa nova")
    assert brief.chords == ASKED["chords"]
    assert brief == sm.Brief(**{**ASKED, "key": Key("Bb", "minor"), "meter": Meter(3, 4)})


def test_files_hold_the_text_that_people_write() -> None:
    written = yaml.safe_load(dump_document(sm.Brief(**ASKED)))
    assert {name: written[name] for name in ASKED} == ASKED
    plan = make_plan("6/8", ("C major", "F# minor", "Eb major"), chords="C G Am F")
    text = dump_document(plan)
    assert "meter: 6/8" in text and "key: F# minor" in text and "chords: C G Am F" in text
    assert parse_document(sm.SongPlan, parse_data(text, "plan"), "plan", PlanError) == plan


@given(
    key=st.builds("{} {}".format, st.sampled_from(["C", "F#", "Bb", "Gb", "B"]), st.sampled_from(["major", "minor"])),
    meter=st.sampled_from(METERS),
)
def test_a_document_comes_back_from_yaml_and_json(key: str, meter: str) -> None:
    plan = make_plan(meter, (key, "C major", key))
    assert sm.SongPlan.model_validate_json(plan.model_dump_json()) == plan
    assert sm.SongPlan.model_validate(plan.model_dump()) == plan


def test_the_json_schema_takes_what_the_documents_take() -> None:
    for document, data in ((sm.Brief, ASKED), (sm.SongPlan, make_plan().model_dump(mode="json"))):
        schema = document.model_json_schema()
        jsonschema.validate(data, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**ASKED, "key": "H minor"}, sm.Brief.model_json_schema())
    said = json.dumps(sm.Brief.model_json_schema()["properties"])
    assert all(f'"{word}"' in said for word in (*METERS, "bossa nova", "waltz", "wistful"))


WRONG = [
    ("key", "H minor", "'H minor' is not a key"),
    ("key", 4, "write it as text, e.g. 'D minor'"),
    ("meter", "4/9", "'4/9' is not a supported meter"),
    ("style", "bosa nova", "did you mean bossa nova"),
    ("genre", "polka", "style='polka'"),
    ("chords", "C Hx", "'Hx'"),
    ("kye", "C", "kye"),
]


@pytest.mark.parametrize(("field", "value", "told"), WRONG)
def test_every_door_refuses_a_wrong_value_in_our_words(field: str, value: object, told: str) -> None:
    doors: list[Callable[[], Any]] = [
        lambda: sm.Brief(**{field: value}),
        lambda: sm.Brief.model_validate({field: value}),
        lambda: sm.Brief.model_validate_json(json.dumps({field: value})),
        lambda: sm.Brief().model_copy(update={field: value}),
    ]
    for door in doors:
        with pytest.raises(BriefError) as refused:
            door()
        assert told in str(refused.value) and field in str(refused.value)


def test_a_plan_that_does_not_add_up_is_refused_in_our_words() -> None:
    data = make_plan().model_dump()
    with pytest.raises(PlanError, match="n_bars is 17, but the sections have 18 bars together"):
        sm.SongPlan.model_validate({**data, "n_bars": 17})


def test_a_copy_reads_text_too() -> None:
    plan = make_plan().model_copy(update={"meter": "3/4", "style": "Waltz"})
    assert (plan.meter, plan.style) == (Meter(3, 4), "waltz")


@pytest.mark.usefixtures("small_model")
def test_a_song_reads_each_key_and_meter_once() -> None:
    all_styles()  # the styles' own files are read once a run
    calls: Counter[str] = Counter()
    counted = (parse_key, parse_meter, parse_chord, parse_player)
    readers = {unwrap(reader).__code__: reader.__name__ for reader in counted}

    def count(frame: Any, event: str, _: object) -> None:
        if event == "call" and frame.f_code in readers:
            calls[readers[frame.f_code]] += 1

    sys.setprofile(count)
    try:
        brief = sm.Brief(genre="pop", key="D minor", meter="4/4", seed=1, n_bars=32, chords="Dm Bb F C")
        song = sm.create(brief, options=sm.CreateOptions(audio="none", candidates=2))
    finally:
        sys.setprofile(None)
    assert song.plan.n_bars == 32
    # One of each in the brief, four chords; a player is named once in the style and asked for once more.
    assert calls["parse_key"] <= 1 and calls["parse_meter"] <= 2 and calls["parse_chord"] <= 4
    assert calls["parse_player"] <= 80, calls
