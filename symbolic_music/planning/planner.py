"""Brief to song plan: setting, form, phrases, dramaturgy, in this order.

Every stage has its own generator from the seed and the words of the brief, so that asking for another key
leaves the form as it was, and another prompt is another song.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from symbolic_music.errors import BriefError
from symbolic_music.limits import ASKED_BARS, BARS
from symbolic_music.planning.blues import blues_charts, vary_other_ends, with_cadences
from symbolic_music.planning.charts import Charts, chart_of_sections
from symbolic_music.planning.dramaturgy import (
    ask_lift,
    draw_lift,
    intensity_curve,
    key_at,
    say_lift,
    say_reason,
)
from symbolic_music.planning.form import draw_form, fill_form
from symbolic_music.planning.form_model import WEIGHTS, load_form_model
from symbolic_music.planning.form_text import AskedSection, parse_form
from symbolic_music.planning.phrase_layout import UNSUNG_KINDS, NamedSection, lay_out_phrases, name_sections
from symbolic_music.planning.plan_tokens import FormSection
from symbolic_music.planning.setting import Setting, brief_rng, draw_setting, heard_of, make_title
from symbolic_music.planning.sung_form import charts_of_words, draw_sung_form, lay_out_lines, title_of_words
from symbolic_music.prosody.text import read_lyrics
from symbolic_music.song.brief import Brief
from symbolic_music.song.plan import PlannedEvent, PlannedPhrase, PlannedSection, SongPlan
from symbolic_music.styles.band import choose_band, read_band
from symbolic_music.styles.orchestration import Part, orchestrate
from symbolic_music.styles.story import tell
from symbolic_music.styles.style import Style
from symbolic_music.styles.traits import traits_of_style


@dataclass(frozen=True)
class PlanOptions:
    """How plans are drawn.

    ``temperature`` over 0; 1 draws forms as often as the annotated songs have them.
    ``weights`` is the folder with ``planner.safetensors`` and ``planner.json``.
    """

    temperature: float = 0.9
    weights: Path = WEIGHTS


def plan(brief: Brief, options: PlanOptions = PlanOptions()) -> SongPlan:
    """Plan a song: sections, phrases, keys, intensity, who plays, and why.

    What the brief asks for (key, tempo, meter, bars, duration to the nearest bar, form) is met
    exactly. Without length or form the song lasts 2 to 4 minutes, with intro, outro, at
    least three kinds of section and a chorus that returns.

    Parameters
    ----------
    brief : Brief
        What is asked; open fields are drawn from the seed.
    options : PlanOptions
        How the form is drawn.

    Returns
    -------
    SongPlan
        The same for the same brief.

    Raises
    ------
    BriefError
        If the form cannot be read or wishes contradict each other.
    CheckpointError
        If the planner's weights are missing or broken.
    """
    if brief.lyrics is not None:
        return _plan_words(brief)
    asked = parse_form(brief.form) if brief.form is not None else None
    setting = draw_setting(brief, _stated_bars(asked), asked is not None)
    form = _make_form(brief, asked, setting, options)
    labels = [section.label for section in asked] if asked else [section.kind for section in form]
    sections = name_sections(form, labels)
    charts = chart_of_sections(brief.chords, sections)
    phrases = lay_out_phrases(sections, setting.genre, brief_rng(brief, "phrases"), traits_of_style(setting.style))
    phrases = _sung_by(brief, setting.style, phrases)
    if setting.genre == "blues" and brief.chords is None:
        is_jazz = setting.style.family == "jazz"
        charts = Charts(None, blues_charts(sections, setting.key.mode, brief_rng(brief, "blues"), is_jazz))
        phrases = [
            with_cadences(own, charts.by_section[section.name]) if section.name in charts.by_section else own
            for section, own in zip(sections, phrases, strict=True)
        ]
        phrases = vary_other_ends(phrases)
    return SongPlan(
        title=make_title(brief, setting.mood), genre=setting.genre, mood=setting.mood, style=setting.style.name,
        tempo_qpm=setting.tempo_qpm, meter=setting.meter, n_bars=sum(section.n_bars for section in form),
        band=brief.band, chords=charts.whole, **_feel(brief), ending=brief.ending, seed=brief.seed,
        heard=heard_of(brief), compass=-setting.key.tonic_shift,
        sections=charts.give(_make_sections(brief, setting, sections, phrases)),
    )  # fmt: skip


def _sung_by(brief: Brief, style: Style, phrases: list[tuple[PlannedPhrase, ...]]) -> list[tuple[PlannedPhrase, ...]]:
    """Who is named decides where the tune sounds: nowhere if it is refused, all through if nobody plays beside it."""
    if brief.band is None:
        return phrases
    has_tune = read_band(brief.band).has_tune
    # A second voice that answers the first has nothing to say while that one waits.
    if has_tune and set(choose_band(style, brief.band).style.band) - {"countermelody"}:
        return phrases
    return [tuple(phrase.model_copy(update={"sung": has_tune}) for phrase in own) for own in phrases]


def _feel(brief: Brief) -> dict[str, Any]:
    """How the beat is played, as the brief says."""
    return {name: getattr(brief, name) for name in ("swing", "drum_feel", "lay_back_ms")}


def _plan_words(brief: Brief) -> SongPlan:
    """Plan a song whose form its words make."""
    text = read_lyrics(brief.lyrics or "", brief.language)
    asked_later = brief.model_copy(update={"n_bars": None, "duration_sec": None})
    sung = draw_sung_form(brief, text, draw_setting(asked_later, None, True))
    setting, form = sung.setting, sung.form
    BARS.check(sung.n_bars, "length", BriefError)
    sections = name_sections(form, [section.kind for section in form])
    phrases = lay_out_lines(sung, sections, brief_rng(brief, "phrases"), traits_of_style(setting.style))
    written = charts_of_words(sung, sections, setting.meter)
    charts = chart_of_sections(brief.chords, sections)
    charts = Charts(charts.whole, {**written, **charts.by_section} if charts.whole is None else charts.by_section)
    key_brief = brief if brief.key or brief.chords or not written else _heard_key(brief, written)
    if key_brief is not brief:
        setting = replace(setting, key=draw_setting(key_brief, None, True).key)
    return SongPlan(
        title=brief.title or title_of_words(text), genre=setting.genre, mood=setting.mood, style=setting.style.name,
        tempo_qpm=setting.tempo_qpm, meter=setting.meter, n_bars=sung.n_bars, band=brief.band, chords=charts.whole,
        **_feel(brief), ending=brief.ending or ("fade" if text.fades else None), seed=brief.seed,
        heard=heard_of(brief), language=text.language.code or None,
        sections=charts.give(_make_sections(key_brief, setting, sections, phrases)),
    )  # fmt: skip


def _heard_key(brief: Brief, charts: Mapping[str, str]) -> Brief:
    """A brief whose chords are those of its words, so that the key is theirs."""
    return brief.model_copy(
        update={"chords": " | ".join(charts.values()), "lyrics": None, "n_bars": None, "duration_sec": None}
    )


def _stated_bars(asked: list[AskedSection] | None) -> int | None:
    """Add up a form's bars if it states them all."""
    if asked is None or any(section.n_bars is None for section in asked):
        return None
    return sum(section.n_bars or 0 for section in asked)


def _make_form(
    brief: Brief, asked: list[AskedSection] | None, setting: Setting, options: PlanOptions
) -> list[FormSection]:
    """Draw the form, or fill the one that is asked for."""
    model = load_form_model(options.weights)
    rng = brief_rng(brief, "form")
    if asked is not None:
        filled = fill_form(asked, setting.genre, setting.n_bars, model, rng)
        ASKED_BARS.check(sum(section.n_bars for section in filled), "form", BriefError)
        return filled
    assert setting.n_bars is not None  # the setting draws a length where no form says one
    BARS.check(setting.n_bars, "length", BriefError)
    bars = traits_of_style(setting.style).bars
    drawn = draw_form(setting.genre, setting.n_bars, model, rng, options.temperature, bars)
    left = [section for section in drawn if section.kind not in (brief.leave_out or ())]
    if not left:
        raise BriefError(f"leave_out leaves no section; {', '.join(brief.leave_out or ())} are all there are")
    kept = _with_asked(left, brief.include or (), setting.n_bars)
    if kept == drawn:
        return drawn
    # The bars of what is left out go to the verses, else to all, equal ones equally.
    grows = {"verse"} & {section.kind for section in kept} or {section.kind for section in kept}
    if n_open := sum(section.kind in grows for section in kept):
        stated = sum(section.n_bars for section in kept if section.kind not in grows)
        if setting.n_bars < stated + 4 * n_open:
            grows = {section.kind for section in kept}
    asked_again = [
        AskedSection(section.kind, section.kind, None if section.kind in grows else section.n_bars) for section in kept
    ]
    return fill_form(asked_again, setting.genre, setting.n_bars, model, rng)


# Below so many bars a section, what is asked for takes the place of what is not.
_ROOMY_BARS = 5


def _with_asked(sections: list[FormSection], kinds: tuple[str, ...], n_bars: int) -> list[FormSection]:
    """Put in what is asked for and not there, where songs have it; in the place of others where bars are few."""
    form = list(sections)
    for kind in kinds:
        if any(section.kind == kind for section in form):
            continue
        last = max((place for place, section in enumerate(form) if section.kind == "chorus"), default=None)
        if last is None:
            last = len(form) - (form[-1].kind == "outro")
        new = FormSection(kind, kind, min(8, max(2, n_bars // 8)))
        if kind == "pre-chorus":
            form = [part for one in form for part in ((new, one) if one.kind == "chorus" else (one,))]
            continue
        place = {"intro": 0, "outro": len(form), "verse": 0, "chorus": len(form)}.get(kind, last)
        form.insert(place, new)
        spare = [at for at, one in enumerate(form) if one.kind == "interlude" and kind != "interlude"]
        if spare and n_bars < _ROOMY_BARS * len(form):
            del form[spare[0]]
    return form


def _make_sections(
    brief: Brief, setting: Setting, sections: list[NamedSection], phrases: list[tuple[PlannedPhrase, ...]]
) -> tuple[PlannedSection, ...]:
    """Add key, intensity, roles and reason to every section."""
    intensities = intensity_curve(sections, setting.mood, setting.genre, brief_rng(brief, "intensity"))
    # A key or chords that were asked for hold for the whole song.
    is_free = brief.key is None and brief.chords is None
    if brief.key_lift is not None:
        lift = ask_lift(sections, brief.key_lift)
    else:
        lift = draw_lift(sections, setting.genre, brief_rng(brief, "lift")) if is_free else None
    style = choose_band(setting.style, brief.band, max(intensities)).style
    parts = [
        Part(section.form.kind, section.form.n_bars, level)
        for section, level in zip(sections, intensities, strict=True)
    ]
    players = orchestrate(parts, style, setting.mood)
    events = tell(parts, style, players, brief_rng(brief, "story"))
    made = []
    has_tune = brief.band is None or read_band(brief.band).has_tune
    for index, section in enumerate(sections):
        kind = section.form.kind
        varied = phrases[index][-1].relation == "variation"
        reason = say_reason(sections, index, intensities, lift, varied)
        happening = tuple(event for event in events[index] if has_tune or event.kind != "answers")
        if lift is not None and index == lift.index:
            happening = (PlannedEvent(kind="key lift", reason=say_lift(lift)), *happening)
        has_voice = has_tune and (kind not in UNSUNG_KINDS or any(phrase.sung for phrase in phrases[index]))
        voice = ("melody",) if has_voice else ()
        made.append(PlannedSection(
            name=section.name, kind=kind, n_bars=section.form.n_bars, key=key_at(setting.key, index, lift),
            intensity=intensities[index], roles=(*voice, *players[index]), phrases=phrases[index], reason=reason,
            events=happening,
        ))  # fmt: skip
    return tuple(made)
