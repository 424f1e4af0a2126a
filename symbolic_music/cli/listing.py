"""The program itself and the list of its commands, so that help needs none of them and a command only its own module.

A line of the table is what ``--help`` says of a command; a test keeps it the first line of the command's own help.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from typing import Annotated

import typer

_EXAMPLES = """Examples:

\b
  symbolic-music create "happy pop song about summer" -o song/
  symbolic-music create "slow waltz in D minor, 2 minutes" --seed 7
  symbolic-music plan "rock song" --form "intro4 verse8 chorus8 verse8 chorus8" -o plan.yaml
  symbolic-music create --plan plan.yaml -o song/        # after editing the plan
"""

# Command: the module of this room that adds it, and its line in the list.
COMMANDS: dict[str, tuple[str, str]] = {
    "create": (
        "commands",
        "Make a song folder: MIDI, lead sheet, plan, brief, sound, provenance; with --n a folder of song folders.",
    ),
    "plan": ("commands", "Plan the form of a song: sections, phrases, keys, and why."),
    "compose": ("commands", "Write melody and chords over a plan."),
    "arrange": ("arrange", "Write the band's parts under a lead sheet, ours or another program's."),
    "brief": ("words", "Show what a prompt is understood as, word by word, and what is not."),
    "describe": ("words", "Say a song in words: a caption that reads back as its brief, and what happens where."),
    "perform": ("arrange", "Give a score its dynamics and timing."),
    "edit": (
        "edit",
        "Change a song in its folder: one section, phrase or part again, other chords, form, band, tempo.",
    ),
    "undo": ("edit", "Go back to the state before the last edit."),
    "redo": ("edit", "Take up again what was undone last."),
    "history": ("edit", "List the states of a song: what was asked and done."),
    "takes": ("edit", "List the versions that edit --choices has made, and what differs."),
    "take": ("edit", "Choose one of the versions that edit --choices has made."),
    "lock": ("edit", "Lock a section, a part, or the tune's rhythm, pitches or chords: no edit changes it."),
    "unlock": ("edit", "Open a lock; all of them if none is named."),
    "diff": ("edit", "Say what differs between two songs, or between a song and its state before."),
    "check": ("edit", "Read a song's files back with other programs' readers and compare them with what was asked."),
    "render": ("render", "Make the sound of MIDI files with a soundfont."),
    "sing": ("sing", "Sing a song's words over its band: the mix, the voice and the band as sound."),
    "export": (
        "export",
        "Hand a song to other programs: stems, DAW projects, notation, games; or turn one file into another format.",
    ),
    "import": ("reimport", "Read music as a song: MIDI, MusicXML, ABC, chords as text, DAWproject, sound."),
    "continue": ("own_music", "Write what follows a tune: more bars, or the chorus to a verse."),
    "infill": ("own_music", "Write some bars anew, between what stands before and after them."),
    "harmonize": ("own_music", "Write chords under a tune."),
    "melody": ("own_music", "Write a tune to words, or over chords that you give, or both."),
    "lyrics": (
        "own_music",
        "Set words to a tune that is there, or show a song's bars with the syllables beneath.",
    ),
    "accompany": ("own_music", "Write players beside your own tracks: a bass line to a piano."),
    "vary": ("own_music", "Write variations of a tune, from near to far."),
    "chords": ("chord_ideas", "Find how a progression could go on, from the expected to the surprising."),
    "game": ("game", "Make a song fit for a game: loop, sections, layers, transitions, stingers, music.json."),
    "show": ("show", "Draw a song: a piano roll by track with sections, chords and intensity, and its score."),
    "explain": (
        "explain",
        "Explain a song: numerals, cadences, each note of the tune, motifs, form, tension, players and why.",
    ),
    "styles": ("styles", "List the styles: name, family, meters, tempo in quarters a minute, band."),
    "soundfonts": ("soundfonts", "Find and check the soundfonts that render plays with."),
    "evaluate": (
        "evaluate",
        "Measure songs beside people's songs and a Markov baseline: a table and a page with plots.",
    ),
    "stream": ("stream", "Play an endless song of a mood: into a file of any length, or live over OSC."),
    "serve": ("serve", "Serve songs and jobs over REST and events; see docs/service.md."),
    "studio": ("serve", "Open the studio: the service with its pages, in the browser."),
    "mcp": ("serve", "Serve agents (MCP): compose, edit, describe, find chords, export; see docs/agents.md."),
    "finetune": ("finetune", "Tune the phrase model on your own songs, on a CPU in minutes."),
    "rights": ("rights", "Make the page of a song's rights: weights, sources, licences, nearest tunes in notation."),
    "originality": (
        "originality",
        "Find the longest run of notes that a song's melody shares with any training melody.",
    ),
}
# Set by the shell when it asks what may follow.
COMPLETION_VARIABLE = "_SYMBOLIC_MUSIC_COMPLETE"
_WITHOUT_COMMANDS = ((), ("--help",), ("-h",), ("--version",))


def _show_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        from symbolic_music import __version__

        print(f"symbolic-music {__version__}")
        raise typer.Exit


def _symbolic_music(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Make whole songs as editable MIDI, from a line of text or a plan of your own.

    create does it all; plan, compose, arrange, perform and render do one step each, from file
    to file, so that you can stop, edit and go on. No network is used.
    """


def _make_program() -> typer.Typer:
    """The program without commands."""
    program = typer.Typer(
        name="symbolic-music",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    program.callback(epilog=_EXAMPLES)(_symbolic_music)
    return program


# The program that every module adds its commands to.
app = _make_program()


def program_for(arguments: Sequence[str]) -> typer.Typer:
    """Load what a command line needs: one command, the list of all for help, all of them where neither is sure."""
    is_completing = COMPLETION_VARIABLE in os.environ
    if tuple(arguments) in _WITHOUT_COMMANDS and not is_completing:
        listing = _make_program()
        for name, (_, line) in COMMANDS.items():
            listing.command(name, help=line)(_listed)
        return listing
    names = arguments[:1] if not is_completing and arguments[0] in COMMANDS else COMMANDS
    for module in sorted({COMMANDS[name][0] for name in names}):
        importlib.import_module(f"symbolic_music.cli.{module}")
    return app


def _listed() -> None:
    """Stand in the list of commands."""
