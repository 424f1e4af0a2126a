"""symbolic_music: whole songs as editable MIDI, from a line of text or a plan of your own.

The nouns are ``Brief``, ``SongPlan``, ``LeadSheet``, ``Score``, ``Audio`` and ``Song``. The verbs turn their first
argument into another: ``plan(brief)``, ``compose(plan)``, ``arrange(sheet, plan)``, ``perform(score, plan)``,
``render(score)``; each takes one ``options=``. ``create`` runs them all, ``edit(song, edit)``
changes a song and leaves the rest as it is, ``explain(song)`` says what each bar and note does, and
``expect(sheet, plan, phrase)`` what the phrase model expected there. Each name loads
what it needs on first use, so importing the package is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symbolic_music.arranging import ArrangeOptions as ArrangeOptions
    from symbolic_music.arranging import arrange as arrange
    from symbolic_music.arranging.sketch import sketch as sketch
    from symbolic_music.errors import SymbolicMusicError as SymbolicMusicError
    from symbolic_music.filling import ComposeOptions as ComposeOptions
    from symbolic_music.filling import compose as compose
    from symbolic_music.filling.expectation import PhraseExpectation as PhraseExpectation
    from symbolic_music.filling.expectation import expect as expect
    from symbolic_music.formats.midi import read_midi as read_midi
    from symbolic_music.formats.midi import write_midi as write_midi
    from symbolic_music.importing import PromptReading as PromptReading
    from symbolic_music.importing import read_prompt as read_prompt
    from symbolic_music.performing import PerformOptions as PerformOptions
    from symbolic_music.performing import perform as perform
    from symbolic_music.pipeline import CreateOptions as CreateOptions
    from symbolic_music.pipeline import Song as Song
    from symbolic_music.pipeline import create as create
    from symbolic_music.pipeline import edit as edit
    from symbolic_music.pipeline import export as export
    from symbolic_music.pipeline import load_song as load_song
    from symbolic_music.pipeline import read_lead_sheet as read_lead_sheet
    from symbolic_music.pipeline import save_song as save_song
    from symbolic_music.pipeline import write_lead_sheet as write_lead_sheet
    from symbolic_music.pipeline.explaining import Explanation as Explanation
    from symbolic_music.pipeline.explaining import explain as explain
    from symbolic_music.planning import PlanOptions as PlanOptions
    from symbolic_music.planning import plan as plan
    from symbolic_music.rendering import Audio as Audio
    from symbolic_music.rendering import RenderOptions as RenderOptions
    from symbolic_music.rendering import render as render
    from symbolic_music.rendering import write_audio as write_audio
    from symbolic_music.song.brief import Brief as Brief
    from symbolic_music.song.edit import Edit as Edit
    from symbolic_music.song.edit import Lock as Lock
    from symbolic_music.song.edit import Operation as Operation
    from symbolic_music.song.leadsheet import LeadSheet as LeadSheet
    from symbolic_music.song.plan import PlannedPhrase as PlannedPhrase
    from symbolic_music.song.plan import PlannedSection as PlannedSection
    from symbolic_music.song.plan import SongPlan as SongPlan
    from symbolic_music.song.score import Score as Score
    from symbolic_music.song.score import Track as Track

__version__ = "0.1.0"

# The public names by the module that they come from: all that is promised, and what loads them.
# (The imports above say the same to type checkers; a test keeps the two alike.)
_PUBLIC = {
    "arranging": ("ArrangeOptions", "arrange"),
    "arranging.sketch": ("sketch",),
    "errors": ("SymbolicMusicError",),
    "filling": ("ComposeOptions", "compose"),
    "filling.expectation": ("PhraseExpectation", "expect"),
    "formats.midi": ("read_midi", "write_midi"),
    "importing": ("PromptReading", "read_prompt"),
    "performing": ("PerformOptions", "perform"),
    "pipeline": (
        "CreateOptions", "Song", "create", "edit", "export", "load_song", "read_lead_sheet", "save_song",
        "write_lead_sheet",
    ),
    "pipeline.explaining": ("Explanation", "explain"),
    "planning": ("PlanOptions", "plan"),
    "rendering": ("Audio", "RenderOptions", "render", "write_audio"),
    "song.brief": ("Brief",),
    "song.edit": ("Edit", "Lock", "Operation"),
    "song.leadsheet": ("LeadSheet",),
    "song.plan": ("PlannedPhrase", "PlannedSection", "SongPlan"),
    "song.score": ("Score", "Track"),
}  # fmt: skip
_HOMES = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> object:
    """Load a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'symbolic_music' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"symbolic_music.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
