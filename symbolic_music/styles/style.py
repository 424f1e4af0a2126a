"""Styles by the names people use: what a style is, who plays in it, and which meters and tempos it fits.

A style is one small YAML file beside this module; a new file there is a new style,
no code is needed. Parts are ``PARTS``; a band gives each part that plays an instrument by name.
Names are found in any spelling (``song.style_names``), and every style may have other names.
Tempo ranges are usual practice of dance orchestras and drum-machine preset books; they are in
quarters a minute, in compound meters too (6/8 at a dotted quarter of 60 is 90).
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from symbolic_music.errors import InputError, NotationError
from symbolic_music.song.chance import stage_rng
from symbolic_music.song.document import Document, parse_document, read_data
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.style_names import FOLDER, file_of_style, style_data, style_files, style_folders
from symbolic_music.styles.figure_checks import check_figures, find_figure
from symbolic_music.styles.figures import Figure, FigureMusic, figure_music
from symbolic_music.theory.instruments import Instrument, find_instrument
from symbolic_music.theory.meter import METER_OF, Meter, parse_meter

PARTS = ("drums", "bass", "piano", "guitar", "pad", "arpeggio", "countermelody")
N_LEVELS = 4
# The context in which the package reads its own files.
SHIPPED = "shipped"
# A genre that nobody gets who has not asked for it.
ASKED_FOR = "lullaby"

Part = Literal["drums", "bass", "piano", "guitar", "pad", "arpeggio", "countermelody"]
Share = Annotated[float, Field(ge=0, le=1)]
Qpm = Annotated[float, Field(ge=30, le=300)]
# The role of a plan's section that covers a part.
ROLE_OF_PART: dict[str, str] = {
    "drums": "drums", "bass": "bass", "piano": "chords", "guitar": "chords", "pad": "pad", "arpeggio": "chords",
    "countermelody": "countermelody",
}  # fmt: skip


# Meters that no style is at home in are played in the styles of another.
PLAYED_LIKE = {"5/4": "4/4", "7/8": "4/4", "9/8": "6/8"}


class Level(Document):
    """Who plays at one intensity, and how busily (0 to 1)."""

    parts: tuple[Part, ...] = Field(min_length=1)
    density: Share


class Style(Document):
    """One style of playing.

    ``family`` groups related styles; ``genre`` is the planner's genre nearest to it; ``swing`` is
    the share of a quarter that the first of two eighths takes (0.5 straight, 0.667 triplet);
    ``levels`` are the intensities 0 to 3; ``ending`` says how its songs stop; ``plays_like`` names
    a style that the phrase model has heard, for one that it has not.
    """

    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    family: str
    genre: str
    # How often songs of the genre are played so when nobody names a style; 0: only when named.
    usual: Annotated[float, Field(ge=0)] = 0
    meters: tuple[str, ...] = Field(min_length=1)
    tempo_qpm: tuple[Qpm, Qpm]
    swing: Annotated[float, Field(ge=0.5, le=0.75)] = 0.5
    ending: Literal["held", "cut", "ritardando"]
    # A style that the phrase model has not heard names one that it has.
    plays_like: str | None = None
    # Who sings the tune; the genre's lead where it is not said.
    lead: str | None = None
    # Who plays freely, as the phrase model has learnt it from people, and not from figures.
    free: tuple[Literal["piano"], ...] = ()
    band: dict[Part, str] = Field(min_length=1)
    levels: tuple[Level, ...] = Field(min_length=N_LEVELS, max_length=N_LEVELS)
    # Exemplar bars of every player; none: the phrase model's own.
    figures: tuple[Figure, ...] = ()

    @field_validator("meters")
    @classmethod
    def _meters_known(cls, meters: tuple[str, ...]) -> tuple[str, ...]:
        """Every meter is one the engine has."""
        for meter in meters:
            parse_meter(meter)
        return meters

    @field_validator("lead")
    @classmethod
    def _lead_sings(cls, lead: str | None) -> str | None:
        """The lead is an instrument with pitches."""
        if lead is not None and find_instrument(lead).is_drum:
            raise ValueError(f"{lead} cannot play the tune")
        return lead

    @field_validator("band")
    @classmethod
    def _instruments_known(cls, band: dict[Part, str]) -> dict[Part, str]:
        """Every instrument has a program, and kits play drums only."""
        for part, name in band.items():
            if find_instrument(name).is_drum != (part == "drums"):
                raise ValueError(f"{name} cannot play {part}")
        return band

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """The tempo range ascends; levels name players of the band and never lose one as they rise."""
        if self.tempo_qpm[0] > self.tempo_qpm[1]:
            raise ValueError(f"tempo_qpm: {self.tempo_qpm[0]:g} is above {self.tempo_qpm[1]:g}")
        before: set[str] = set()
        for number, level in enumerate(self.levels):
            missing = set(level.parts) - set(self.band)
            if missing:
                raise ValueError(f"levels.{number}: {', '.join(sorted(missing))} not in the band")
            if not before <= set(level.parts):
                raise ValueError(f"levels.{number}: {', '.join(sorted(before - set(level.parts)))} of the level below")
            before = set(level.parts)
        return self

    @model_validator(mode="after")
    def _figures_playable(self, info: ValidationInfo) -> Self:
        """Figures, where there are any, are readable and playable and there for everybody at every level."""
        if self.figures and info.context != SHIPPED:
            level_parts = [level.parts for level in self.levels]
            check_figures(self.figures, self.meters, level_parts, self.band.get("drums"))
        return self

    @property
    def heard_as(self) -> str:
        """The style's name for the phrase model."""
        return self.plays_like or self.name

    @property
    def slows_down(self) -> bool:
        """Whether its songs end in a ritardando."""
        return self.ending == "ritardando"

    @property
    def instruments(self) -> dict[str, Instrument]:
        """The band's instruments by part, in the order of ``PARTS``."""
        return {part: find_instrument(self.band[part]) for part in PARTS if part in self.band}

    def level_at(self, intensity: float) -> Level:
        """The level of an intensity of 0 to 1."""
        return self.levels[min(N_LEVELS - 1, int(intensity * N_LEVELS))]

    def parts_at(self, intensity: float, roles: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Who plays at an intensity, in the order of ``PARTS``.

        ``roles`` are those of a plan's section: who has none of them is silent, and a role that
        no player of the level takes is taken by the band's first that can. ``None``: as the level says.
        """
        playing = set(self.level_at(intensity).parts)
        if roles is not None:
            playing = {part for part in playing if ROLE_OF_PART[part] in roles}
            for role in set(roles) - {ROLE_OF_PART[part] for part in playing}:
                playing.update([part for part in PARTS if part in self.band and ROLE_OF_PART[part] == role][:1])
        return tuple(part for part in PARTS if part in playing)

    def roles_at(self, intensity: float) -> tuple[str, ...]:
        """The roles of those who play at an intensity, in the order of ``PARTS``."""
        return tuple(dict.fromkeys(ROLE_OF_PART[part] for part in self.parts_at(intensity)))

    def figure_for(
        self, part: str, level: int, section_kind: str | None = None, meter: Meter | str | None = None
    ) -> FigureMusic | None:
        """Find the exemplar bars of a part, or None where the style has none in the meter.

        Figures for the kind of section come first, then those for the level (0 to 3), then those
        for the nearest level. ``meter`` is the style's first where it is not said.
        """
        wanted = str(meter or self.meters[0])
        figures = [figure for figure in self.figures if (figure.meter or self.meters[0]) == wanted]
        found = find_figure(figures, part, level, section_kind)
        return None if found is None else figure_music(found, part, METER_OF[wanted])

    def fits(self, meter: str | None = None, qpm: float | None = None) -> bool:
        """Whether the style is played in a meter and at a tempo (None: any)."""
        low, high = self.tempo_qpm
        is_played = meter is None or meter in self.meters or PLAYED_LIKE.get(meter) in self.meters
        return is_played and (qpm is None or low <= qpm <= high)


def load_style(name: str) -> Style:
    """Find a style by its name or one of its other names.

    Raises
    ------
    InputError
        If there is no such style; the message suggests names.

    Examples
    --------
    >>> load_style("Bossa-Nova").name
    'bossa nova'
    """
    return _style_at(file_of_style(name))


def style_names() -> tuple[str, ...]:
    """List the styles' names in alphabetical order."""
    return tuple(sorted(style.name for style in all_styles()))


def styles_fitting(meter: str | None = None, qpm: float | None = None) -> tuple[str, ...]:
    """List the styles that are played in a meter and at a tempo (None: any).

    Raises
    ------
    NotationError
        If the meter is not one the engine has.
    """
    wanted = None if meter is None else str(parse_meter(meter))
    return tuple(sorted(style.name for style in all_styles() if style.fits(wanted, qpm)))


def check_fits(style: Style | str, meter: str | None = None, qpm: float | None = None) -> Style:
    """Return the style if it fits a meter and a tempo.

    Raises
    ------
    InputError
        If it does not; the message says its own range and names the styles that fit.
    """
    style = load_style(style) if isinstance(style, str) else style
    if style.fits(None if meter is None else str(parse_meter(meter)), qpm):
        return style
    # Only a refusal names the others: to read all style files takes longer than to arrange a section.
    fitting = styles_fitting(meter, qpm)
    asked = " at ".join(text for text in (meter, None if qpm is None else f"{qpm:g} quarters a minute") if text)
    low, high = style.tempo_qpm
    raise InputError(
        f"style {style.name!r} is played in {' or '.join(style.meters)} at {low:g} to {high:g} quarters a minute, "
        f"not in {asked}",
        hint=f"these fit: {', '.join(fitting)}" if fitting else "no style fits that",
    )


def style_of(plan: SongPlan) -> Style:
    """The style of a plan; a usual one of its genre where it names none; the plan's own figures go before its own.

    Raises
    ------
    InputError
        If a figure of the plan cannot be read or played.
    """
    if plan.style is not None:
        style = load_style(plan.style)
    else:
        style = usual_style(plan.genre, str(plan.meter), plan.tempo_qpm, stage_rng(plan.chance_seed))
    return _with_figures(style, plan) if plan.figures else style


def _with_figures(style: Style, plan: SongPlan) -> Style:
    """The style with a plan's figures in place of its own for the same parts."""
    own = tuple(parse_document(Figure, dict(data), "plan.figures", InputError) for data in plan.figures or ())
    own = tuple(figure for figure in own if figure.meter in (None, str(plan.meter)))
    for figure in own:
        for part in figure.parts:
            figure_music(figure, part, plan.meter)
    taken = {part for figure in own for part in figure.parts}
    kept = (figure.model_copy(update=dict.fromkeys(taken)) for figure in style.figures)
    own = tuple(figure.model_copy(update={"meter": str(plan.meter)}) for figure in own)
    return style.model_copy(update={"figures": (*own, *(figure for figure in kept if figure.parts))})


def usual_style(genre: str, meter: str, qpm: float, rng: np.random.Generator) -> Style:
    """Choose the style of a song for which nobody named one.

    Drawn from the genre's usual styles that are played in the meter and at the tempo; where none
    is, the usual style of the meter whose range lies nearest, of the genre if it has one. Lullabies are for those who
    ask for one.
    """
    usual = [style for style in all_styles() if style.usual and style.fits(meter)]
    if genre != ASKED_FOR:
        usual = [style for style in usual if style.genre != ASKED_FOR]
    fitting = [style for style in usual if style.genre == genre and style.fits(None, qpm)]
    if fitting:
        weights = np.array([style.usual for style in fitting])
        return fitting[int(rng.choice(len(fitting), p=weights / weights.sum()))]
    own = [style for style in usual if style.genre == genre]

    def distance(style: Style) -> tuple[float, float]:
        low, high = style.tempo_qpm
        return abs(math.log(qpm / min(max(qpm, low), high))), -style.usual

    return min(own or usual or all_styles(), key=distance)


def all_styles() -> tuple[Style, ...]:
    """Load every style file, the user's own last.

    Raises
    ------
    InputError
        If a file is not a valid style.
    """
    return _all_in(style_folders())


@cache
def _all_in(folders: tuple[Path, ...]) -> tuple[Style, ...]:
    """Every style of some folders."""
    return tuple(_style_at(path) for path in style_files(folders))


@cache
def _style_at(path: Path) -> Style:
    """The style of a file."""
    return (_shipped if path.parent == FOLDER else _checked)(style_data(path), path)


def _shipped(data: object, path: Path) -> Style:
    """Read a style of the package; its figures were checked by the tests, which takes longer than all else here."""
    try:
        return Style.model_validate(data, context=SHIPPED)
    except (ValidationError, NotationError):
        return _checked(data, path)  # which says what is wrong


def read_style(path: Path) -> Style:
    """Read one style file.

    Raises
    ------
    InputError
        If it is not a valid style; the message names file, field and what is wrong.
    """
    return _checked(read_data(path), path)


def _checked(data: object, path: Path) -> Style:
    """Check a style file's data."""
    try:
        return parse_document(Style, data, str(path), InputError)
    except NotationError as failure:
        raise InputError(f"{path}: {failure}") from None
