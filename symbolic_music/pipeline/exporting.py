"""One file of a song into another format: a table of ways from ending to ending."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from symbolic_music.errors import BriefError, InputError, PlanError
from symbolic_music.pipeline.creation import CreateOptions, run_render
from symbolic_music.song.brief import Brief
from symbolic_music.song.document import dump_document, parse_document, read_data
from symbolic_music.song.leadsheet import score_of_lead_sheet
from symbolic_music.song.plan import SongPlan


def export(source: str | Path, target: str | Path, soundfont: Path | None = None) -> Path:
    """Turn one file of a song into another format.

    Parameters
    ----------
    source : str or Path
        A score (``.mid``), lead sheet (``.musicxml``), or document (``.yaml``, ``.json``).
    target : str or Path
        The file to write: score to ``.wav`` or ``.mid``, lead sheet to ``.musicxml``
        or ``.mid``, document to ``.yaml`` or ``.json``.
    soundfont : Path, optional
        For sound; the first found if left out.

    Raises
    ------
    InputError
        If there is no way from one format to the other; the message lists the ways.
    """
    source, target = Path(source), Path(target)
    kinds = _kind(source), _kind(target)
    if source.is_dir():
        raise InputError(
            f"{source} is a song folder, which is written in whole formats: --to with rpp, score, pdf ... -o FOLDER;"
            f" for {target.name} name one of its files, such as {source / 'song.mid'}"
        )
    if kinds not in _EXPORTS:
        ways = ", ".join(f"{a} to {b}" for a, b in _EXPORTS)
        raise InputError(f"{source.name} cannot be exported to {target.name}; possible are {ways}")
    _EXPORTS[kinds](source, target, soundfont)
    return target


def _kind(path: Path) -> str:
    """Name a file's format by its ending."""
    ending = path.suffix.lower().lstrip(".")
    return {"midi": "mid", "yml": "yaml", "xml": "musicxml"}.get(ending, ending)


def _export_score(source: Path, target: Path, soundfont: Path | None) -> None:
    """Score to audio or to a cleaned MIDI file."""
    from symbolic_music.formats.midi import read_midi, write_midi

    score = read_midi(source)
    if _kind(target) == "mid":
        write_midi(score, target)
        return
    from symbolic_music.rendering import write_audio

    write_audio(run_render(score, CreateOptions(soundfont=soundfont)), target)


def _export_lead_sheet(source: Path, target: Path, soundfont: Path | None) -> None:
    """Lead sheet to MusicXML, or to MIDI with its melody and chord symbols."""
    from symbolic_music.formats.midi import write_midi
    from symbolic_music.formats.musicxml import read_lead_sheet, write_lead_sheet

    sheet = read_lead_sheet(source)
    if _kind(target) == "musicxml":
        write_lead_sheet(sheet, target)
    else:
        write_midi(score_of_lead_sheet(sheet), target)


def _export_document(source: Path, target: Path, soundfont: Path | None) -> None:
    """Plan or brief between YAML and JSON, checked on the way."""
    from symbolic_music.formats.atomic import atomic_path

    document = load_plan_or_brief(source)
    if _kind(target) == "json":
        text = document.model_dump_json(indent=2, exclude_none=True) + "\n"
    else:
        text = dump_document(document)
    with atomic_path(target) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def load_plan_or_brief(path: Path) -> SongPlan | Brief:
    """Read a document; one that has sections is a plan."""
    data = read_data(path)
    if isinstance(data, dict) and "sections" in data:
        return parse_document(SongPlan, data, str(path), PlanError)
    return parse_document(Brief, data, str(path), BriefError)


_EXPORTS: dict[tuple[str, str], Callable[[Path, Path, Path | None], None]] = {
    ("mid", "wav"): _export_score,
    ("mid", "flac"): _export_score,
    ("mid", "ogg"): _export_score,
    ("mid", "mid"): _export_score,
    ("musicxml", "mid"): _export_lead_sheet,
    ("musicxml", "musicxml"): _export_lead_sheet,
    ("yaml", "json"): _export_document,
    ("json", "yaml"): _export_document,
    ("yaml", "yaml"): _export_document,
}
