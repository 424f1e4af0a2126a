"""The command line's options are the fields of the requests: all of them, with their words and ranges."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
import typer
from pydantic.fields import FieldInfo

from symbolic_music.cli import (
    arrange,
    chord_ideas,
    commands,
    edit,
    export,
    game,
    own_music,
    reimport,
    render,
    sing,
    stream,
)
from symbolic_music.cli.options import Given, option_names, options_of, parse_duration
from symbolic_music.errors import BriefError
from symbolic_music.pipeline import requests
from symbolic_music.pipeline.requests import (
    AccompanyRequest,
    ArrangeRequest,
    ChordsRequest,
    ComposeRequest,
    ContinueRequest,
    CreateRequest,
    EditRequest,
    ExportRequest,
    GameRequest,
    HarmonizeRequest,
    ImportRequest,
    InfillRequest,
    LockRequest,
    MelodyRequest,
    PerformRequest,
    PlanRequest,
    RenderRequest,
    SingRequest,
    StreamRequest,
    VaryRequest,
    WritingRequest,
)
from symbolic_music.rendering.options import CHORUSES, REVERBS, STYLES
from symbolic_music.song.brief import Brief
from symbolic_music.song.document import Document

COMMANDS: list[tuple[Callable[..., None], type[Document]]] = [
    (commands.plan, PlanRequest), (commands.compose, ComposeRequest), (commands.create, CreateRequest),
    (arrange.arrange, ArrangeRequest), (arrange.perform, PerformRequest), (render.render, RenderRequest),
    (sing.sing, SingRequest),
    (export.export, ExportRequest), (game.game, GameRequest), (reimport.import_, ImportRequest),
    (edit.edit, EditRequest), (edit.lock, LockRequest), (edit.unlock, LockRequest),
    (own_music.continue_, ContinueRequest), (own_music.infill, InfillRequest),
    (own_music.harmonize, HarmonizeRequest), (own_music.melody, MelodyRequest),
    (own_music.accompany, AccompanyRequest), (own_music.vary, VaryRequest), (chord_ideas.chords, ChordsRequest),
    (stream.stream, StreamRequest),
]  # fmt: skip


def parameters(command: Callable[..., None]) -> dict[str, Any]:
    """The typer options and arguments of a command, by parameter."""
    found = inspect.signature(command).parameters.values()
    kinds = (typer.models.OptionInfo, typer.models.ArgumentInfo)
    return {
        parameter.name: next(part for part in get_args(parameter.annotation) if isinstance(part, kinds))
        for parameter in found
    }


def fields_of(kind: type[Document]) -> Iterator[tuple[str, FieldInfo]]:
    """A request's fields, and those of a document inside it in its place."""
    for name, field in kind.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Document):
            yield from fields_of(field.annotation)
        elif name != "schema_version":
            yield name, field


@pytest.mark.parametrize(("command", "request_kind"), COMMANDS, ids=lambda value: getattr(value, "__name__", ""))
def test_every_field_of_a_request_is_an_option_with_its_words(
    command: Callable[..., None], request_kind: type[Document]
) -> None:
    options = parameters(command)
    fields = dict(fields_of(request_kind))
    for name, field in fields.items():
        assert field.description and options[name].help.startswith(field.description), name
        if name not in ("prompt", "words"):
            assert (options[name].default, *options[name].param_decls) == option_names(name)


def test_every_request_has_its_command() -> None:
    kinds = [value for value in vars(requests).values() if isinstance(value, type) and issubclass(value, Document)]
    own = {kind for kind in kinds if kind.__module__ == requests.__name__}
    # What several requests have in common is asked of none alone.
    assert own - {WritingRequest} == {kind for _, kind in COMMANDS}


def test_what_was_typed_becomes_the_request_and_what_was_not_stays_open() -> None:
    heard: list[Given[Any]] = []

    @options_of(CreateRequest)
    def sing(given: Given[CreateRequest], quiet: bool = False) -> None:
        """Sing."""
        heard.append(given)

    defaults = {name: parameter.default for name, parameter in inspect.signature(sing).parameters.items()}
    typed = {"band": "piano, upright bass", "duration_sec": "2:30", "tempo_qpm": 90.0, "humanize": 0.5, "seed": 0}
    sing(**(defaults | typed))
    brief, request = heard[0].of(Brief), heard[0].of(CreateRequest)
    assert brief.fields == {"band": ("piano", "upright bass"), "duration_sec": 150.0, "tempo_qpm": 90.0, "seed": 0}
    assert brief.names() == {"band": "--band", "duration_sec": "--duration", "tempo_qpm": "--tempo", "seed": "--seed"}
    assert request.document() == CreateRequest(humanize=0.5)
    assert next(reversed(inspect.signature(sing).parameters)) == "quiet"


def test_the_choices_in_the_help_are_those_that_there_are() -> None:
    fields = RenderRequest.model_fields
    for name, choices in (("reverb", REVERBS), ("chorus", CHORUSES), ("preset", STYLES)):
        assert ", ".join(choices) in str(fields[name].description)


@pytest.mark.parametrize(("text", "seconds"), [("2:30", 150), ("150", 150), ("90 s", 90), ("2.5min", 150), ("1m", 60)])
def test_lengths_of_time_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds
    with pytest.raises(BriefError, match="--duration: 'soon' is not a length"):
        parse_duration("soon")
