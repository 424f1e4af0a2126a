"""The folder for a game: every piece as MIDI and sound, the cue sheet, the soundfont that they need."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from symbolic_music.errors import InputError, PlanError
from symbolic_music.formats.atomic import atomic_folder, check_places
from symbolic_music.formats.midi import read_midi
from symbolic_music.formats.soundfont_cut import SoundfontCut, cut_soundfont
from symbolic_music.formats.soundfont_file import DRUM_BANK
from symbolic_music.games.cuesheet import FileFacts, SoundFacts, build_cue_sheet
from symbolic_music.games.dialects import loop_midi
from symbolic_music.games.options import GameOptions
from symbolic_music.games.pieces import GameMusic, Piece, make_pieces
from symbolic_music.games.sound import (
    TAIL_SEC,
    Level,
    Take,
    common_gain,
    measure,
    play_loop,
    play_once,
    play_with_intro,
)
from symbolic_music.games.soundfiles import KB, LADDER, Rung, write_ogg_files, write_wav
from symbolic_music.rendering import RenderOptions, find_soundfont
from symbolic_music.rendering.loudness import to_db
from symbolic_music.song.document import load_document
from symbolic_music.song.folder import PLAN_FILE, SONG_MIDI
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score

CUE_SHEET, CUT_SOUNDFONT = "music.json", "soundfont.sf2"
# Said to people as they are.
WRITING, RENDERING, ENCODING = "Writing the pieces", "Rendering the pieces", "Writing the sound files"
# Pieces whose sound is also written as WAV.
WAV_PIECES = ("music", "loop")


class WholeSong(Protocol):
    """A song as ``create`` makes it, of which a game takes score and plan."""

    @property
    def score(self) -> Score: ...

    @property
    def plan(self) -> SongPlan: ...


@dataclass(frozen=True)
class GameExport:
    """What was written: the folder, the cue sheet's content, the cut soundfont's if there is one."""

    folder: Path
    cue_sheet: Mapping[str, Any]
    soundfont: SoundfontCut | None = None


def load_game_song(source: str | Path) -> tuple[Score, SongPlan | None]:
    """Read a song's folder or any MIDI file; a folder's plan tells intensity and phrases.

    Raises
    ------
    InputError
        If there is no such song or it cannot be read.
    """
    path = Path(source)
    if not path.is_dir():
        return read_midi(path), None
    plan = load_document(SongPlan, path / PLAN_FILE, PlanError) if (path / PLAN_FILE).exists() else None
    return read_midi(path / SONG_MIDI), plan


def export_game(
    source: WholeSong | Score | str | Path, folder: str | Path, options: GameOptions | None = None
) -> GameExport:
    """Write a song's music for a game into a folder.

    Parameters
    ----------
    source : Song, Score, str or Path
        A song, its folder, or a MIDI file.
    folder : str or Path
        Filled aside and moved to its place at the end: whole or not at all.
    options : GameOptions, optional
        Loop, dialects, size limit, soundfont.

    Returns
    -------
    GameExport
        The cue sheet as written to ``music.json``.

    Raises
    ------
    InputError
        If the loop is not possible, the song is empty, or files cannot be as small as asked.
    RenderError
        If sound is asked for and there is no synthesizer or soundfont.
    """
    options = options or GameOptions()
    with atomic_folder(folder) as unfinished:
        options.report(WRITING, 0, 1)
        score, plan = _open(source)
        if not any(len(track.notes) for track in score.tracks):
            raise InputError(f"{score.title}: the song has no notes, so there is nothing to export")
        music = make_pieces(score, plan, options)
        pieces = list(music.list_pieces())
        endings = ("mid", *options.audio)
        check_places(folder, [CUE_SHEET, *(f"{piece.name}.{ending}" for piece in pieces for ending in endings)])
        for piece in pieces:
            _write_midi(piece, unfinished, options)
        options.report(WRITING, 1, 1)
        facts, sound = _write_sound(music, pieces, unfinished, options)
        cut = _write_soundfont(pieces, unfinished, options) if options.cut_soundfont else None
        sheet = build_cue_sheet(music, facts, sound)
        sheet["soundfont"] = None if cut is None else _soundfont_facts(cut)
        text = json.dumps(sheet, indent=1, ensure_ascii=False) + "\n"
        (unfinished / CUE_SHEET).write_text(text, encoding="utf-8")
        _check_sizes(unfinished, options.max_kb)
    return GameExport(Path(folder), sheet, cut)


def _open(source: WholeSong | Score | str | Path) -> tuple[Score, SongPlan | None]:
    """Take a song as it is given."""
    if isinstance(source, Score):
        return source, None
    return load_game_song(source) if isinstance(source, (str, Path)) else (source.score, source.plan)


def _write_midi(piece: Piece, folder: Path, options: GameOptions) -> None:
    """Write one piece's MIDI file; what does not loop has no loop marks."""
    path = folder / f"{piece.name}.mid"
    path.parent.mkdir(exist_ok=True)
    dialects = () if piece.loop_start is None else options.dialects
    score = replace(piece.score, markers=(*piece.markers, *piece.score.markers))
    loop_midi(score, piece.loop_start or 0, dialects).save(str(path))


def _write_sound(
    music: GameMusic, pieces: list[Piece], folder: Path, options: GameOptions
) -> tuple[dict[str, FileFacts], SoundFacts]:
    """Render all pieces, set their level, write them; say what came of it."""
    if not options.audio:
        facts = {piece.name: FileFacts({"midi": f"{piece.name}.mid"}) for piece in pieces}
        return facts, SoundFacts(options.sample_rate, 1, 2, None, options.dialects)
    with tempfile.TemporaryDirectory(prefix="symbolic-music-") as scratch:
        takes, levels = _play_all(music, pieces, Path(scratch), options)
        gain = common_gain(levels.values(), levels["loop"])
        for take in takes.values():
            take.samples[...] *= np.float32(gain)
        rung = _write_files(takes, folder, options)
        left_out = _write_wavs(takes, folder, rung, options) if "wav" in options.audio else ()
        facts = {
            name: _facts(name, takes[name], level, gain, (folder, rung, options)) for name, level in levels.items()
        }
        options.report(ENCODING, 1, 1)
    quality = rung.quality if "ogg" in options.audio else None
    return facts, SoundFacts(options.sample_rate, rung.divisor, rung.channels, quality, options.dialects, left_out)


def _play_all(
    music: GameMusic, pieces: list[Piece], scratch: Path, options: GameOptions
) -> tuple[dict[str, Take], dict[str, Level]]:
    """Render every piece into a file on disk: an hour of floats would not fit into memory."""
    render = RenderOptions(soundfont=options.soundfont, sample_rate=options.sample_rate, tail_sec=TAIL_SEC)
    takes: dict[str, Take] = {}
    levels: dict[str, Level] = {}

    def keep(name: str, take: Take) -> None:
        levels[name] = measure(take, options.sample_rate)
        takes[name] = _on_disk(take, scratch / f"{len(takes)}.npy")
        options.report(RENDERING, len(takes), len(pieces))

    options.report(RENDERING, 0, len(pieces))
    whole, loop = play_with_intro(music.intro, music.loop, render)
    for name, take in (("music", whole), ("loop", loop), ("layers/normal", loop)):
        keep(name, take)
    del whole, loop
    for piece in pieces:
        if piece.name not in takes:
            play = play_once if piece.loop_start is None else play_loop
            keep(piece.name, play(piece.score, render))
    return takes, levels


def _on_disk(take: Take, path: Path) -> Take:
    """Move a take's samples into a file."""
    stored = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=take.samples.shape)
    stored[...] = take.samples
    return replace(take, samples=stored)


def _write_files(takes: Mapping[str, Take], folder: Path, options: GameOptions) -> Rung:
    """Write the OGG files, as good as they fit."""
    options.report(ENCODING, 0, len(takes))
    if "ogg" not in options.audio:
        return LADDER[0]
    # The stage ends only when the WAV files are written too.
    tell = lambda done, total: options.report(ENCODING, done, total + 1)  # noqa: E731
    return write_ogg_files(takes, folder, options.sample_rate, options.max_kb, tell)


def _write_wavs(takes: Mapping[str, Take], folder: Path, rung: Rung, options: GameOptions) -> tuple[str, ...]:
    """Write the WAV files; those that are too large are left out and named."""
    left_out = []
    for name in WAV_PIECES:
        path = folder / f"{name}.wav"
        size = write_wav(takes[name], path, options.sample_rate, rung)
        if options.max_kb is not None and size > options.max_kb * KB:
            path.unlink()
            left_out.append(path.name)
    return tuple(left_out)


def _facts(name: str, take: Take, level: Level, gain: float, written: tuple[Path, Rung, GameOptions]) -> FileFacts:
    """Say what a piece's files hold."""
    folder, rung, options = written
    files = {"midi": f"{name}.mid"}
    files |= {kind: f"{name}.{kind}" for kind in options.audio if (folder / f"{name}.{kind}").exists()}
    # In a file with an introduction the second pass begins after the music, elsewhere its tail.
    tail = -(-take.samples.shape[1] // rung.divisor) - take.n_samples // rung.divisor
    loudness = None if level.loudness_lufs is None else level.loudness_lufs + to_db(gain)
    return FileFacts(files, tail, None if take.loop is None else take.loop.start // rung.divisor, loudness)


def _write_soundfont(pieces: list[Piece], folder: Path, options: GameOptions) -> SoundfontCut:
    """Cut the soundfont down to the notes of all pieces."""
    target = folder / CUT_SOUNDFONT
    return cut_soundfont(find_soundfont(options.soundfont), target, used_presets(piece.score for piece in pieces))


def cut_song_soundfont(source: str | Path, target: str | Path, soundfont: Path | None = None) -> SoundfontCut:
    """Cut a soundfont down to what a song's folder or a MIDI file uses.

    Raises
    ------
    InputError
        If the song cannot be read or has no notes, or the soundfont lacks what it needs.
    RenderError
        If there is no usable soundfont.
    """
    return cut_soundfont(find_soundfont(soundfont), target, used_presets([load_game_song(source)[0]]))


def used_presets(scores: Iterable[Score]) -> dict[tuple[int, int], set[int]]:
    """List the presets (bank, program) that scores use, with their pitches; drums have bank 128."""
    uses: dict[tuple[int, int], set[int]] = {}
    for score in scores:
        for track in score.tracks:
            if len(track.notes):
                preset = (DRUM_BANK if track.is_drum else 0, track.program)
                uses.setdefault(preset, set()).update(track.notes["pitch"].tolist())
    return uses


def _soundfont_facts(cut: SoundfontCut) -> dict[str, Any]:
    """What the cue sheet says of the soundfont."""
    presets = [{"bank": bank, "program": program, "name": name} for bank, program, name in cut.presets]
    return {"file": CUT_SOUNDFONT, "bytes": cut.n_bytes, "presets": presets}


def _check_sizes(folder: Path, max_kb: float | None) -> None:
    """Refuse files that cannot be made smaller and are too large."""
    for path in sorted(folder.rglob("*")):
        if max_kb is not None and path.is_file() and path.stat().st_size > max_kb * KB:
            need = -(-path.stat().st_size // KB)
            raise InputError(
                f"{path.relative_to(folder)} has {need} kB and cannot be made as small as {max_kb:g} kB; allow {need}"
            )
