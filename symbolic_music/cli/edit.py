"""The commands on a song that is there: `edit`, `undo`, `history`, `takes`, `lock`, `diff` and their kin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symbolic_music.cli.commands import AsJson, Force, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import Given, options_of
from symbolic_music.errors import EditError
from symbolic_music.pipeline.requests import EditRequest, LockRequest
from symbolic_music.pipeline.summary import plan_data
from symbolic_music.pipeline.written import keeping
from symbolic_music.song.document import load_document, parse_document
from symbolic_music.song.edit import Edit, Lock, Operation

SongFolder = Annotated[Path, typer.Argument(metavar="SONG", help="A song's folder.")]


@app.command(epilog='Example: symbolic-music edit song/ --section "chorus 2" --part melody --take 2')
@options_of(EditRequest)
def edit(
    given: Given[EditRequest],
    song: SongFolder,
    file: Annotated[Path | None, typer.Option("--file", help="Operations as a YAML or JSON document.")] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Change a song in its folder: one section, phrase or part again, other chords, form, band, tempo."""
    request = given.of(EditRequest).document()
    with Display(quiet, as_json) as display:
        asked = _asked(given, request, song, file)
        if request.words:
            display.say("Understood: " + "; ".join(operation.said for operation in asked.operations))
        from symbolic_music.pipeline.songs import edit_folder

        made = edit_folder(song, asked, request.options(display.progress))
    data = {
        "folder": str(song), "did": list(made.did), "differs": list(made.differs),
        "takes": [take.model_dump() for take in made.takes], **plan_data(made.song.plan),
    }  # fmt: skip
    lines = [f"Done: {line}" for line in made.did] + [f"  {line}" for line in made.differs]
    for take in made.takes:
        lines += [f"Take {take.number}: {song / 'takes' / str(take.number)}", *(f"  {line}" for line in take.differs)]
    if made.takes:
        lines.append(f"Choose one with: symbolic-music take {song} 2")
    display.result(data, lines)


def _asked(given: Given[EditRequest], request: EditRequest, song: Path, file: Path | None) -> Edit:
    """What is asked: by options, by a document, or by words; by one of them alone."""
    options = given.of(Operation)
    said = [bool(options.fields), file is not None, bool(request.words.strip())]
    if sum(said) != 1:
        raise EditError(
            "say what to change in one way: options (--section ... --take 2), --file edit.yaml, or words"
            if sum(said) else "nothing is asked: say options (--section ... --take 2), --file edit.yaml, or words"
        )  # fmt: skip
    if file is not None:
        asked = load_document(Edit, file, EditError)
    elif options.fields:
        asked = Edit(operations=(options.document(),))
    else:
        from symbolic_music.pipeline.songs import read_words

        asked = read_words(song, request.words)
    return asked if request.seed is None else asked.model_copy(update={"seed": request.seed})


@app.command(epilog="Example: symbolic-music undo song/")
def undo(song: SongFolder, quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Go back to the state before the last edit."""
    _step("undo", song, Display(quiet, as_json))


@app.command(epilog="Example: symbolic-music redo song/")
def redo(song: SongFolder, quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Take up again what was undone last."""
    _step("redo", song, Display(quiet, as_json))


def _step(verb: str, song: Path, display: Display) -> None:
    """Go one state back or on."""
    from symbolic_music.pipeline import songs

    entry = songs.undo(song) if verb == "undo" else songs.redo(song)
    what = entry.words or "; ".join(entry.did)
    done = "Undone" if verb == "undo" else "Done again"
    display.result({"folder": str(song), "state": entry.number, "what": what}, [f"{done}: {what}"])


@app.command(epilog="Example: symbolic-music history song/")
def history(song: SongFolder, quiet: Quiet = False, as_json: AsJson = False) -> None:
    """List the states of a song: what was asked and done."""
    from symbolic_music.pipeline.workshop import entries

    found = entries(song)
    data = {"folder": str(song), "states": [
        {"number": e.number, "present": e.is_present, "words": e.words, "did": list(e.did), "seed": e.seed}
        for e in found
    ]}  # fmt: skip
    lines = [
        f"{'>' if e.is_present else ' '} {e.number:3}  {'; '.join(e.did)}"
        + (f'  "{e.words}"' if e.words else "")
        + (f"  seed {e.seed}" if e.seed is not None else "")
        for e in found
    ]
    Display(quiet, as_json).result(data, lines or [f"{song} has no history yet; its first edit begins it"])


@app.command(epilog="Example: symbolic-music takes song/")
def takes(song: SongFolder, quiet: Quiet = False, as_json: AsJson = False) -> None:
    """List the versions that edit --choices has made, and what differs."""
    from symbolic_music.pipeline.songs import list_takes

    found = list_takes(song)
    lines = []
    for take in found.takes if found else ():
        lines += [f"Take {take.number}: {'; '.join(take.did)}", *(f"  {line}" for line in take.differs)]
    data = {"folder": str(song), "takes": [take.model_dump() for take in found.takes] if found else []}
    display = Display(quiet, as_json)
    display.result(data, lines or [f"{song} has no takes to choose from; make some with: edit ... --choices 3"])


@app.command(epilog="Example: symbolic-music take song/ 2")
def take(
    song: SongFolder,
    number: Annotated[int, typer.Argument(help="Which one, as takes lists them.")],
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Choose one of the versions that edit --choices has made."""
    with Display(quiet, as_json) as display:
        from symbolic_music.pipeline.songs import EditOptions, pick_take

        made = pick_take(song, number, EditOptions(on_progress=display.progress))
    lines = [f"Done: {line}" for line in made.did] + [f"  {line}" for line in made.differs]
    display.result({"folder": str(song), "did": list(made.did), "differs": list(made.differs)}, lines)


@app.command(epilog='Example: symbolic-music lock song/ --section "chorus 1" --what rhythm')
@options_of(LockRequest)
def lock(given: Given[LockRequest], song: SongFolder, quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Lock a section, a part, or the tune's rhythm, pitches or chords: no edit changes it."""
    from symbolic_music.pipeline import songs

    _say_locks(songs.lock(song, [_lock_of(given)]), song, Display(quiet, as_json))


@app.command(epilog='Example: symbolic-music unlock song/ --section "chorus 1" --what rhythm')
@options_of(LockRequest)
def unlock(given: Given[LockRequest], song: SongFolder, quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Open a lock; all of them if none is named."""
    from symbolic_music.pipeline import songs

    _say_locks(songs.unlock(song, [_lock_of(given)] if given.fields else []), song, Display(quiet, as_json))


def _lock_of(given: Given[LockRequest]) -> Lock:
    """The lock that options say."""
    return parse_document(Lock, dict(given.fields), "options", EditError)


def _say_locks(locks: tuple[Lock, ...], song: Path, display: Display) -> None:
    """Say what is locked now."""
    lines = [f"Locked: {one.said}" for one in locks] or ["Nothing is locked"]
    display.result({"folder": str(song), "locks": [one.model_dump(exclude_none=True) for one in locks]}, lines)


@app.command(epilog="Example: symbolic-music diff song/")
def diff(
    song: SongFolder,
    other: Annotated[Path | None, typer.Argument(help="The song to compare with; else its state before.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw both, what differs in colour, as an .svg file.")] = None,
    force: Force = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Say what differs between two songs, or between a song and its state before."""
    with Display(quiet, as_json) as display, keeping(force, picture):
        from symbolic_music.pipeline.songs import differences

        lines = differences(song, other, picture)
    display.result({"folder": str(song), "differs": lines}, lines or ["Nothing differs"])


@app.command(epilog="Example: symbolic-music check song/")
def check(song: SongFolder, quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Read a song's files back with other programs' readers and compare them with what was asked."""
    with Display(quiet, as_json) as display:
        from symbolic_music.pipeline.checking import check_song

        found = check_song(song)
    width = max(len(one.what) for one in found)
    lines = [
        f"{'ok  ' if one.ok else 'MISS'} {one.what:<{width}}  asked {one.asked}; found {one.found}" for one in found
    ]
    missed = sum(not one.ok for one in found)
    lines.append(f"{len(found) - missed} of {len(found)} are as asked" if missed else f"All {len(found)} are as asked")
    rows = [{"what": one.what, "asked": one.asked, "found": one.found, "ok": one.ok} for one in found]
    display.result({"folder": str(song), "ok": not missed, "findings": rows}, lines)
    if missed:
        raise typer.Exit(1)
