"""Commands that go on with your own music: continue, infill, harmonize, melody, accompany, vary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Given, options_of
from symbolic_music.errors import InputError
from symbolic_music.pipeline.requests import (
    AccompanyRequest,
    ContinueRequest,
    HarmonizeRequest,
    InfillRequest,
    MelodyRequest,
    VaryRequest,
)
from symbolic_music.pipeline.written import keeping

if TYPE_CHECKING:
    from symbolic_music.pipeline.creation import Song

Source = Annotated[Path, typer.Argument(help="A song folder, or any file that import reads.")]
Output = Annotated[Path | None, typer.Option(
    "--output", "-o", help="A MIDI file, or a folder for the whole song; NAME-VERB.mid if left out.")]  # fmt: skip


@app.command("continue", epilog="Example: symbolic-music continue verse.mid --bars 8 --section chorus -o song.mid")
@options_of(ContinueRequest)
def continue_(
    given: Given[ContinueRequest],
    source: Source,
    output: Output = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write what follows a tune: more bars, or the chorus to a verse."""
    request = given.document()
    with Display(quiet, as_json) as display:
        place = _may_save(output or _beside(source, "continued"), force)
        display.say(f"Reading {source} ...")
        from symbolic_music.pipeline.own_music import continue_song, with_band
        from symbolic_music.pipeline.reimport import load_music

        song = load_music(source)
        made = continue_song(song, request.n_bars, request.writing(request.chords, request.section))
        made = with_band(made, song.plan.n_bars) if request.band else made
        target = _save(made, place, force)
    first = song.plan.n_bars + 1
    _tell(display, made, target, f"bars {first} to {made.plan.n_bars} are new ({made.plan.sections[-1].name})", first)


@app.command(epilog="Example: symbolic-music infill tune.mid --bars 9-12 -o filled.mid")
@options_of(InfillRequest)
def infill(
    given: Given[InfillRequest],
    source: Source,
    output: Output = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write some bars anew, between what stands before and after them."""
    request = given.document()
    start, n_bars = request.span()
    with Display(quiet, as_json) as display:
        place = _may_save(output or _beside(source, "filled"), force)
        display.say(f"Reading {source} ...")
        from symbolic_music.pipeline.own_music import infill_song
        from symbolic_music.pipeline.reimport import load_music

        made = infill_song(load_music(source), start, n_bars, request.writing(request.chords))
        target = _save(made, place, force)
    _tell(display, made, target, f"the tune of bars {start + 1} to {start + n_bars} is new", start + 1)


@app.command(epilog="Example: symbolic-music harmonize tune.mid -o harmonized.mid")
@options_of(HarmonizeRequest)
def harmonize(
    given: Given[HarmonizeRequest],
    source: Source,
    output: Output = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write chords under a tune."""
    request = given.document()
    with Display(quiet, as_json) as display:
        place = _may_save(output or _beside(source, "harmonized"), force)
        display.say(f"Reading {source} ...")
        from symbolic_music.pipeline.own_music import harmonize_song
        from symbolic_music.pipeline.reimport import load_music

        made = harmonize_song(load_music(source), request.writing())
        target = _save(made, place, force)
    _tell(display, made, target, f"{len(made.lead_sheet.chords)} chords", 1)


@app.command(epilog='Example: symbolic-music melody words.txt --chords "vi IV | I V" --key G -o tune.mid')
@options_of(MelodyRequest)
def melody(
    given: Given[MelodyRequest],
    lyrics: Annotated[Path | None, typer.Argument(help="Words to sing, a file; without it a tune alone.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="A MIDI file, or a folder for the whole song.")] = Path(
        "melody.mid"
    ),
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write a tune to words, or over chords that you give, or both."""
    request = given.document()
    with Display(quiet, as_json) as display:
        place = _may_save(output, force)
        if lyrics is not None:
            from symbolic_music.limits import read_text_file
            from symbolic_music.pipeline.words import melody_to_words

            made = melody_to_words(request, read_text_file(lyrics))
            done = f"{len(made.lead_sheet.lyrics)} syllables on {len(made.lead_sheet.melody)} notes"
        else:
            from symbolic_music.pipeline.over_chords import melody_over

            made = melody_over(request)
            done = f"{len(made.lead_sheet.melody)} notes over your chords"
        target = _save(made, place, force)
    _tell(display, made, target, done, 1)


@app.command(epilog="Example: symbolic-music lyrics tune.mid words.txt -o sung.mid; symbolic-music lyrics song/")
def lyrics(
    source: Source,
    words: Annotated[
        Path | None, typer.Argument(help="The words to set to the tune; without them the song's own are shown.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Of the words: en, de, fr, es ...; found if left out.")] = None,
    output: Output = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Set words to a tune that is there, or show a song's bars with the syllables beneath."""
    with Display(quiet, as_json) as display:
        place = None if words is None else _may_save(output or _beside(source, "sung"), force)
        display.say(f"Reading {source} ...")
        from symbolic_music.limits import read_text_file
        from symbolic_music.pipeline.reimport import load_music
        from symbolic_music.pipeline.words import bars_with_words, set_words, sung_figures
        from symbolic_music.prosody.text import read_lyrics

        song = load_music(source)
        target = None
        if words is not None and place is not None:
            song = set_words(song, read_lyrics(read_text_file(words), language))
            target = _save(song, place, force)
        figures = sung_figures(song.lead_sheet)
    if figures is None:
        raise InputError(f"{source}: it has no words", "name a file of words, and they are set to the tune")
    said = (
        f"{figures.n_syllables} syllables; of {figures.n_stressed} stressed ones {figures.on_strong:.0%} on strong"
        f" beats, {figures.on_beats:.0%} on beats; {figures.highest - figures.lowest} semitones"
    )
    data: dict[str, object] = {**vars(figures), "output": target and str(target)}
    where = [f"It is in {target}"] if target is not None else []
    display.result(data, [*bars_with_words(song.lead_sheet), said, *where])


@app.command(epilog="Example: symbolic-music accompany piano.mid --parts bass,drums --style soul -o band.mid")
@options_of(AccompanyRequest)
def accompany(
    given: Given[AccompanyRequest],
    source: Source,
    output: Output = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write players beside your own tracks: a bass line to a piano."""
    request = given.document()
    with Display(quiet, as_json) as display:
        place = _may_save(output or _beside(source, "accompanied"), force)
        display.say(f"Reading {source} ...")
        from symbolic_music.pipeline.own_music import accompany_song
        from symbolic_music.pipeline.reimport import load_music

        made = accompany_song(load_music(source), request.parts, request.style)
        target = _save(made, place, force)
    _tell(display, made, target, "beside your tracks: " + ", ".join(track.name for track in made.score.tracks), 1)


@app.command(epilog="Example: symbolic-music vary tune.mid -n 20 -o variations/")
@options_of(VaryRequest)
def vary(
    given: Given[VaryRequest],
    source: Source,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder for the variations.")] = Path("variations"),
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write variations of a tune, from near to far.

    Never two alike; each with its distance from the tune.
    """
    request = given.document()
    with Display(quiet, as_json) as display:
        display.say(f"Reading {source} ...")
        from symbolic_music.pipeline.reimport import load_music
        from symbolic_music.pipeline.variations import save_variations

        report = lambda done: display.progress("vary", done, request.number)  # noqa: E731
        with keeping(force):
            rows = save_variations(load_music(source).lead_sheet, output, request.number, request.seed or 0, report)
    data = {"folder": str(output), "variations": rows}
    shown = rows if len(rows) <= 20 else [*rows[:10], *rows[-10:]]
    lines = [f"{row['distance']:.3f}  {row['file']}" for row in shown]
    done = f"{len(rows)} variations, near to far, are in {output}; all distances in variations.json"
    display.result(data, [*lines, done])


def _may_save(target: Path, force: bool) -> Path:
    """Refuse before the work what could not be written after it."""
    from symbolic_music.pipeline.workshop import check_replaceable

    if target.suffix.lower() in (".mid", ".midi"):
        with keeping(force, target):
            return target
    if target.suffix:
        raise InputError(f"{target}: the output is a .mid file, or a folder")
    if not force:
        check_replaceable(target)
    return target


def _save(song: Song, target: Path, force: bool) -> Path:
    """Write a MIDI file, or a song's folder where the name has no ending."""
    from symbolic_music.formats.midi import write_midi
    from symbolic_music.pipeline.creation import save_song

    if target.suffix.lower() in (".mid", ".midi"):
        with keeping(force, target):
            write_midi(song.score, target)
        return target
    return save_song(song, target, force)


def _beside(source: Path, what: str) -> Path:
    """A file beside the source, named by what was done."""
    return Path(f"{source.stem if source.is_file() else source.name}-{what}.mid")


def _tell(display: Display, song: Song, target: Path, done: str, first: int) -> None:
    """Say what was made, with the chords from a bar on."""
    sheet = song.lead_sheet
    start, bar_at = sheet.lines.tick_of(first - 1), sheet.lines.bar_at
    symbols = [event.chord.symbol(sheet.key_at(bar_at(event.onset_tick)).fifths)
               for event in sheet.chords if event.onset_tick >= start]  # fmt: skip
    data = {
        "output": str(target), "key": str(sheet.key_at(0)), "n_bars": sheet.n_bars, "chords": symbols,
        "tracks": [track.name for track in song.score.tracks], "done": done,
    }  # fmt: skip
    shown = " ".join(symbols[:32]) + (" ..." if len(symbols) > 32 else "")
    display.result(data, [f"{sheet.title}: {sheet.key_at(0)}, {sheet.meter}; {done}", shown, f"It is in {target}"])
