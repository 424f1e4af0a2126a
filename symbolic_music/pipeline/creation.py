"""The verbs in order: a brief becomes a whole song, and a song becomes a folder.

A song folder holds ``song.mid``, ``lead.musicxml``, ``plan.yaml``, ``brief.yaml``,
``provenance.json`` and, unless switched off, ``song.wav``. It is filled aside
and moved to its place at the end, so no half-written file is ever left behind.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from symbolic_music.budget import Progress
from symbolic_music.errors import BriefError, EditError, FileFormatError, InputError, PlanError
from symbolic_music.importing import read_prompt
from symbolic_music.pipeline.sink import FinishedBars, Sink, hand_over
from symbolic_music.song.brief import Brief
from symbolic_music.song.cues import CueList
from symbolic_music.song.document import dump_document, load_document, parse_document, read_data
from symbolic_music.song.edit import Lock, Locks
from symbolic_music.song.folder import (
    BRIEF_FILE,
    HISTORY_FILE,
    LEAD_SHEET,
    LOCKS_FILE,
    PLAN_FILE,
    PROVENANCE_FILE,
    SONG_AUDIO,
    SONG_FILES,
    SONG_MIDI,
)
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import TPQ, MeterChange, Score, TempoChange, say_seconds, tick_to_seconds
from symbolic_music.song.sung_plan import recall_words
from symbolic_music.styles.band import read_band

if TYPE_CHECKING:
    from symbolic_music.filling import ComposeOptions
    from symbolic_music.rendering import Audio
    from symbolic_music.song.leadsheet import LeadSheet

# Called as (stage, done, total): "compose", 12, 40. A stage starts with done = 0 and ends with done = total.

AUDIO_KINDS = ("wav", "none")
DEFAULT_HUMANIZE = 1.0
# Fields of a brief that say the same thing: a nearer one replaces the other.
LENGTHS = ("n_bars", "duration_sec")


@dataclass(frozen=True)
class CreateOptions:
    """How to create: ``audio`` is ``"wav"`` or ``"none"``; a ``plan`` given is used as it is.

    ``like`` is a reference whose style is followed: any file that `import_song` reads, or a song's folder.
    ``humanize`` is 0 (even) to 1 (as loose as people); ``straight`` plays exactly what is written.
    ``cues`` are of a picture: tempo, sections and length follow them, see `symbolic_music.pipeline.picture`.
    ``on_opening`` gets the first bars while the rest is written, see `symbolic_music.pipeline.opening`.
    ``force`` replaces files in the folder that this program did not write, or that were changed since.
    """

    audio: str = "wav"
    soundfont: Path | None = None
    plan: SongPlan | None = None
    candidates: int | None = None
    on_progress: Progress | None = None
    humanize: float = DEFAULT_HUMANIZE
    straight: bool = False
    force: bool = False
    cues: CueList | None = None
    like: Path | None = None
    on_opening: Callable[[FinishedBars], None] | None = None

    def __post_init__(self) -> None:
        if self.audio not in AUDIO_KINDS:
            raise BriefError(f"audio {self.audio!r} is not known; use one of {', '.join(AUDIO_KINDS)}")
        if self.cues is not None and self.plan is not None:
            raise BriefError("a plan says all that cues would", "leave one of them out")
        if self.candidates is not None and self.candidates < 1:
            raise BriefError(f"candidates must be 1 or more (given: {self.candidates})")

    def report(self, stage: str, done: int, total: int) -> None:
        """Tell the caller how far a stage is."""
        if self.on_progress is not None:
            self.on_progress(stage, done, total)


@dataclass(frozen=True, eq=False)
class Song:
    """Everything about one song: its documents, its sound and where it comes from."""

    brief: Brief
    plan: SongPlan
    lead_sheet: LeadSheet
    score: Score
    provenance: Mapping[str, object] = field(default_factory=dict)
    audio: Audio | None = None
    locks: tuple[Lock, ...] = ()

    def __repr__(self) -> str:
        sound = "with" if self.audio is not None else "without"
        return (
            f"Song({self.plan.title!r}: {self.plan.n_bars} bars, {say_seconds(self.duration_sec)},"
            f" {len(self.score.tracks)} tracks, seed {self.plan.seed}, {sound} sound)"
        )

    @property
    def duration_sec(self) -> float:
        """Length of the notated music in seconds."""
        return tick_to_seconds(self.score, self.score.end_tick)


def create(
    brief: Brief | str,
    folder: str | Path | None = None,
    options: CreateOptions | None = None,
    sink: Sink | None = None,
) -> Song:
    """Make a whole song: plan, compose, arrange, perform, render.

    Parameters
    ----------
    brief : Brief or str
        What is asked for; a text is read as a prompt, and so is a brief's own prompt for what the brief leaves open.
    folder : str or Path, optional
        Where to save the song; nothing is written without it.
    options : CreateOptions, optional
        Audio, soundfont, a plan of your own, progress.
    sink : Sink, optional
        Gets the bars (``put(bars)``, then ``end()``) as soon as they cannot change any more: when the song is
        performed, before its sound is made and its files are written.

    Returns
    -------
    Song
        The documents and, with ``audio="wav"``, the sound.

    Raises
    ------
    SymbolicMusicError
        If something asked for is not possible; nothing is written then.
    """
    options = options or CreateOptions()
    brief = brief_of_prompt(brief) if isinstance(brief, str) else with_prompt_read(brief)
    check_band(brief.band, "brief")
    if folder is None:
        return _make_song(brief, options, sink)
    return _into_folder(folder, lambda: _make_song(brief, options, sink), "create", options.force, is_ours=True)


def brief_of_prompt(prompt: str, seed: int = 0) -> Brief:
    """Make a brief from a prompt, leaving open what it does not say."""
    fields = dict(read_prompt(prompt).fields)
    brief = parse_document(Brief, {"prompt": prompt, **fields, "seed": seed}, "prompt", BriefError)
    check_band(brief.band, "prompt")
    return brief


def overruling(names: Mapping[str, str]) -> dict[str, str]:
    """The fields that were set, and how they are called; a length is said in bars or in time."""
    length = next((names[name] for name in LENGTHS if name in names), None)
    return dict(names) | ({} if length is None else {name: length for name in LENGTHS})


def with_prompt_read(brief: Brief) -> Brief:
    """Fill what a brief leaves open with what its prompt says; a brief whose prompt was read already stays as it is."""
    if not brief.prompt:
        return brief
    said = {name for name in brief.model_fields_set if getattr(brief, name) is not None} - {"prompt", "seed"}
    fields = dict(read_prompt(brief.prompt).overruled(overruling({name: name for name in said})).fields)
    opened = {name: value for name, value in fields.items() if name not in said}
    return parse_document(Brief, brief.model_dump() | opened, "prompt", BriefError) if opened else brief


def check_band(band: tuple[str, ...] | None, where: str) -> None:
    """Refuse players that are no instruments.

    Raises
    ------
    BriefError
        With the name and near ones that are known.
    """
    if band is None:
        return
    try:
        read_band(band)
    except InputError as failure:
        told = failure.message if not band else f"band: {failure.message}"
        raise BriefError(f"{where}: {told}", failure.hint) from None


def save_song(song: Song, folder: str | Path, force: bool = False) -> Path:
    """Write a song's folder, whole or not at all; a song of ours that lies there goes into its history.

    Parameters
    ----------
    song : Song
        With or without sound.
    folder : str or Path
        Made if it is not there.
    force : bool
        Whether to replace files that this program did not write, or that somebody has changed since.

    Raises
    ------
    OutputError
        If the folder cannot be written, or something of somebody else's lies there.
    """
    _into_folder(folder, lambda: song, "save", force)
    return Path(folder)


def write_checked(song: Song, folder: Path) -> None:
    """Write a song into an empty folder, and make sure with another reader that it holds its plan.

    Raises
    ------
    OutputError
        If it does not.
    """
    from symbolic_music.pipeline.checking import quick_check

    write_song(song, folder)
    quick_check(folder)


def _into_folder(folder: str | Path, make: Callable[[], Song], verb: str, force: bool, is_ours: bool = False) -> Song:
    """Make a song and write its folder; nothing is lost that lies there."""
    from symbolic_music.formats.atomic import atomic_folder
    from symbolic_music.pipeline.workshop import check_replaceable, commit, first_history, hashes_of

    write = write_checked if is_ours else write_song
    place = Path(folder)
    if not force:
        check_replaceable(place)
    is_new = not any(os.path.isfile(place / name) for name in SONG_FILES)
    # Opened before the work, so that a folder that cannot be written shows at once.
    with atomic_folder(folder) as unfinished:
        song = make()
        words = song.brief.prompt or song.plan.title
        if is_new:
            write(song, unfinished)
            history = first_history(hashes_of(unfinished), words, (verb,), song.plan.seed)
            (unfinished / HISTORY_FILE).write_text(dump_document(history), encoding="utf-8")
    if not is_new:
        commit(place, words, (verb,), song.plan.seed, lambda made: write(song, made))
    return song


def load_song(folder: str | Path) -> Song:
    """Read a song's folder; the audio is not read.

    Raises
    ------
    InputError
        If a document is missing or cannot be read.
    """
    from symbolic_music.formats.midi import read_midi
    from symbolic_music.formats.musicxml import read_lead_sheet

    place = Path(folder)
    if not place.is_dir():
        raise FileFormatError(f"{place}: no such song folder")
    provenance = read_data(place / PROVENANCE_FILE) if (place / PROVENANCE_FILE).is_file() else {}
    if not isinstance(provenance, dict):
        raise FileFormatError(f"{place / PROVENANCE_FILE}: not valid JSON of a song's origin: it is no mapping")
    plan = load_document(SongPlan, place / PLAN_FILE, PlanError)
    sheet, score = read_lead_sheet(place / LEAD_SHEET), read_midi(place / SONG_MIDI)
    return Song(
        brief=load_document(Brief, place / BRIEF_FILE, BriefError),
        plan=plan,
        lead_sheet=replace(sheet, lyrics=recall_words(sheet.lyrics, plan)),
        score=replace(score, lyrics=recall_words(score.lyrics, plan)),
        provenance=provenance,
        locks=load_document(Locks, place / LOCKS_FILE, EditError).locks if (place / LOCKS_FILE).is_file() else (),
    )


def _make_song(brief: Brief, options: CreateOptions, sink: Sink | None = None) -> Song:
    """Run the stages."""
    if options.audio != "none":
        check_sound(options.soundfont)
    if options.cues is not None:
        return _make_to_picture(brief, options.cues, options, sink)
    likeness, reference = None, None
    if options.like is not None:
        from symbolic_music.pipeline.likeness import hear_likeness

        likeness, reference = hear_likeness(options.like)
        brief = likeness.brief(brief)
    plan = run_plan(brief, options) if options.plan is None else options.plan
    plan = plan if likeness is None else likeness.plan(plan)
    check_band(plan.band, "plan")
    from symbolic_music.pipeline.likeness import compose_apart

    plan, lead_sheet, origin = compose_apart(plan, reference, options)
    written = run_arrange(lead_sheet, plan, options)
    score = run_perform(written, plan, options)
    if sink is not None:
        hand_over(score, plan, sink)
    audio = None if options.audio == "none" else run_render(score, options)
    return Song(brief, plan, lead_sheet, score, _provenance(brief, plan, written, options) | origin, audio)


def _make_to_picture(brief: Brief, cues: CueList, options: CreateOptions, sink: Sink | None = None) -> Song:
    """Run the stages on the cues of a picture."""
    from symbolic_music.pipeline.picture import picture_data, plan_to_picture, put_to_picture

    options.report("plan", 0, 1)
    plan, timing = plan_to_picture(brief, cues)
    options.report("plan", 1, 1)
    check_band(plan.band, "plan")
    from symbolic_music.pipeline.likeness import compose_apart

    plan, lead_sheet, origin = compose_apart(plan, None, options)
    written = run_arrange(lead_sheet, plan, options)
    score = put_to_picture(run_perform(written, plan, options), plan, timing, cues)
    if sink is not None:
        hand_over(score, plan, sink)
    audio = None if options.audio == "none" else run_render(score, options)
    provenance = {**_provenance(brief, plan, written, options), **origin, "picture": picture_data(score, timing)}
    return Song(brief, plan, lead_sheet, score, provenance, audio)


def run_plan(brief: Brief, options: CreateOptions) -> SongPlan:
    """Plan with progress."""
    options.report("plan", 0, 1)
    from symbolic_music.planning import plan

    made = plan(brief)
    options.report("plan", 1, 1)
    return made


def run_compose(plan: SongPlan, options: CreateOptions) -> LeadSheet:
    """Compose with progress, phrase by phrase."""
    options.report("compose", 0, 1)
    from symbolic_music.filling import ComposeOptions, compose

    stage = ComposeOptions(on_progress=lambda done, total: options.report("compose", done, total))
    if options.candidates is not None:
        stage = replace(stage, fill=replace(stage.fill, n_candidates=options.candidates))
    if options.on_opening is not None:
        stage = _with_opening(stage, plan, options, options.on_opening)
    sheet = compose(plan, stage)
    options.report("compose", 1, 1)
    return sheet


def _with_opening(
    stage: ComposeOptions, plan: SongPlan, options: CreateOptions, take: Callable[[FinishedBars], None]
) -> ComposeOptions:
    """Compose the first bars first, and play them to who listens."""
    from symbolic_music.pipeline.excerpts import NEIGHBOUR_BARS, Playing
    from symbolic_music.pipeline.opening import opening_span, play_opening

    span = opening_span(plan)
    if span is None:
        return stage
    playing = Playing(humanize=options.humanize, straight=options.straight, line=False, is_cut=True)
    return replace(
        stage, opening_bars=(span.end_bar, span.end_bar + NEIGHBOUR_BARS),
        on_opening=lambda sheet: take(play_opening(plan, sheet, span, playing)),
    )  # fmt: skip


def run_arrange(sheet: LeadSheet, plan: SongPlan, options: CreateOptions) -> Score:
    """Arrange with progress."""
    options.report("arrange", 0, 1)
    from symbolic_music.arranging import ArrangeOptions, arrange

    stage = ArrangeOptions(on_progress=lambda done, total: options.report("arrange", done, total))
    score = arrange(sheet, plan, stage)
    options.report("arrange", 1, 1)
    return score


def run_perform(score: Score, plan: SongPlan, options: CreateOptions) -> Score:
    """Perform with progress."""
    options.report("perform", 0, 1)
    from symbolic_music.performing import PerformOptions, perform

    played = perform(score, plan, PerformOptions(humanize=options.humanize, straight=options.straight))
    options.report("perform", 1, 1)
    return played


def run_render(score: Score, options: CreateOptions) -> Audio:
    """Render with progress."""
    options.report("render", 0, 1)
    from symbolic_music.rendering import RenderOptions
    from symbolic_music.rendering.apart import render_by_trust

    seconds = lambda done, total: options.report("render", int(done), int(total))  # noqa: E731
    audio = render_by_trust(score, RenderOptions(soundfont=options.soundfont), seconds)
    options.report("render", 1, 1)
    return audio


def check_sound(soundfont: Path | None) -> None:
    """Play nothing once, so that a missing synthesizer or broken soundfont shows before the work.

    Raises
    ------
    RenderError
        If libfluidsynth or a usable soundfont is missing.
    """
    from symbolic_music.rendering import RenderOptions
    from symbolic_music.rendering.apart import render_by_trust
    from symbolic_music.theory.meter import Meter

    silence = Score("silence", TPQ, 0, (), (TempoChange(0, 120.0),), (MeterChange(0, Meter(4, 4)),))
    render_by_trust(silence, RenderOptions(soundfont=soundfont, tail_sec=0.1))


def write_song(song: Song, folder: Path) -> None:
    """Write every file of a song into a folder that exists."""
    from symbolic_music.formats.midi import write_midi
    from symbolic_music.formats.musicxml import write_lead_sheet
    from symbolic_music.performing.manner import swing_of
    from symbolic_music.rendering import write_audio

    write_midi(song.score, folder / SONG_MIDI)
    write_lead_sheet(song.lead_sheet, folder / LEAD_SHEET, swing_of(song.plan))
    (folder / PLAN_FILE).write_text(dump_document(song.plan), encoding="utf-8")
    (folder / BRIEF_FILE).write_text(dump_document(song.brief), encoding="utf-8")
    text = json.dumps(dict(song.provenance), indent=2, ensure_ascii=False) + "\n"
    (folder / PROVENANCE_FILE).write_text(text, encoding="utf-8")
    if song.locks:
        (folder / LOCKS_FILE).write_text(dump_document(Locks(locks=song.locks)), encoding="utf-8")
    if song.audio is not None:
        write_audio(song.audio, folder / SONG_AUDIO)


def _provenance(brief: Brief, plan: SongPlan, written: Score, options: CreateOptions) -> dict[str, object]:
    """Say what made a song, see `symbolic_music.pipeline.origin`, and what the arrangement does, in numbers."""
    from symbolic_music.evaluation.arrangement import describe_arrangement
    from symbolic_music.pipeline.origin import describe_origin

    return {
        "title": plan.title,
        "seed": plan.seed,
        "prompt": brief.prompt,
        "plan_given": options.plan is not None,
        "performance": {"humanize": options.humanize, "straight": options.straight},
        "arrangement": describe_arrangement(written),
        **describe_origin(),
    }
