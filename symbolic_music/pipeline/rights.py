"""What a song is made of, as a page: weights, sources, licences, what to print, and the nearest tunes in notation.

The package's index of tunes holds no notes. So of a tune that the song shares a run with only the place is known,
unless its file is given: then both passages stand side by side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from symbolic_music.analysis.originality import SharedRun, build_index, known_index, longest_shared_run, shared_runs
from symbolic_music.drawing.engraving import EngraveOptions, engrave
from symbolic_music.errors import FileFormatError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.formats.musicxml import lead_sheet_to_xml, xml_text
from symbolic_music.pipeline.collection import ENDINGS as MUSIC_ENDINGS
from symbolic_music.pipeline.reimport import load_music
from symbolic_music.song.leadsheet import LeadSheet, SectionSpan
from symbolic_music.theory.pitch import name_pitch

ENDINGS = (".html", ".htm", ".md")
NEAREST = 3
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: #1f2937; }
table { border-collapse: collapse; width: 100%; } th, td { padding: .25rem .5rem; border-bottom: 1px solid #e5e7eb;
text-align: left; vertical-align: top; } code { font-size: 12px; overflow-wrap: anywhere; }
.pair { display: flex; flex-wrap: wrap; gap: 1rem; } .pair > figure { flex: 1 1 420px; margin: 0; }
svg { max-width: 100%; height: auto; } figcaption { color: #6b7280; }
"""


@dataclass(frozen=True)
class NearTune:
    """A run that the song shares with a tune: note names of both, and their bars as pictures.

    What belongs to the tune is empty where its notes are not at hand.
    """

    run: SharedRun
    song_notes: tuple[str, ...]
    song_svg: str
    tune_file: str = ""
    tune_notes: tuple[str, ...] = ()
    tune_svg: str = ""


@dataclass(frozen=True)
class Rights:
    """What `describe_rights` says. ``as_data()`` is for JSON, `rights_page` and `rights_text` are for people."""

    title: str
    origin: str
    weights: tuple[Mapping[str, Any], ...]
    sources: tuple[Mapping[str, Any], ...]
    to_print: tuple[str, ...]
    n_tunes: int
    nearest: tuple[NearTune, ...]
    remarks: tuple[str, ...]

    def as_data(self) -> dict[str, object]:
        """As plain data, without the pictures."""
        near = [
            {**tune.run._asdict(), "song_notes": list(tune.song_notes), "tune_file": tune.tune_file or None,
             "tune_notes": list(tune.tune_notes) or None}
            for tune in self.nearest
        ]  # fmt: skip
        return {
            "title": self.title, "origin": self.origin, "weights": [dict(row) for row in self.weights],
            "sources": [dict(row) for row in self.sources], "to_print": list(self.to_print),
            "n_tunes": self.n_tunes, "nearest": near, "remarks": list(self.remarks),
        }  # fmt: skip


def describe_rights(source: str | Path, tunes: str | Path | None = None) -> Rights:
    """Collect what a song is made of, and what it is near to.

    Parameters
    ----------
    source : str or Path
        A song's folder, or a file of music.
    tunes : str or Path, optional
        A folder with files of tunes that were learnt from; those that are near are read for their notes.

    Raises
    ------
    InputError
        If the song, or the folder of tunes, cannot be read.
    """
    if tunes is not None and not Path(tunes).is_dir():
        raise FileFormatError(f"{tunes}: no such folder")
    song = load_music(source)
    index = known_index()
    nearest = tuple(
        _near(song.lead_sheet, run, None if tunes is None else Path(tunes))
        for run in shared_runs(song.lead_sheet, index, NEAREST)
    )
    said = song.provenance
    sources = tuple(_rows(said.get("training_sources")))
    return Rights(
        song.plan.title, _origin(said), tuple(_rows(said.get("weights"))), sources,
        tuple(str(row["notice"]) for row in sources if _wants_credit(row)), len(index.tunes), nearest,
        tuple(_remarks(said, sources, index.tunes)),
    )  # fmt: skip


def write_rights(rights: Rights, path: str | Path) -> None:
    """Write the page.

    Parameters
    ----------
    rights : Rights
        Of a song.
    path : str or Path
        ``.html`` or ``.md``.

    Raises
    ------
    FileFormatError
        If the name ends in neither.
    """
    place = Path(path)
    if place.suffix.lower() not in ENDINGS:
        raise FileFormatError(f"{place}: the page's name must end in {' or '.join(ENDINGS)}")
    text = rights_text(rights) if place.suffix.lower() == ".md" else rights_page(rights)
    with atomic_path(place) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def rights_page(rights: Rights) -> str:
    """The page as HTML; nothing in it is loaded from elsewhere."""
    near = "".join(_pair(number, tune) for number, tune in enumerate(rights.nearest))
    none = f"<p>No run of six notes or more is shared with any of {rights.n_tunes} tunes.</p>"
    title = escape(rights.title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}: rights</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>{escape(rights.origin)}</p>"
        + _list(rights.remarks)
        + "<h2>To print</h2>"
        + (_list(rights.to_print) or "<p>Nothing.</p>")
        + "<h2>Weights</h2>"
        + _table(("file", "sha256"), rights.weights)
        + "<h2>What they learnt from</h2>"
        + _table(("name", "used_for", "licence", "notice"), rights.sources)
        + f"<h2>Nearest of {rights.n_tunes} tunes</h2>"
        + (near or none)
        + "</html>\n"
    )


def rights_text(rights: Rights) -> str:
    """The page as Markdown, notes by name."""
    lines = [f"# {rights.title}", "", rights.origin, "", *(f"- {remark}" for remark in rights.remarks), ""]
    lines += ["## To print", "", *([f"- {line}" for line in rights.to_print] or ["Nothing."]), "", "## Weights", ""]
    lines += _markdown_table(("file", "sha256"), rights.weights)
    lines += ["", "## What they learnt from", ""]
    lines += _markdown_table(("name", "used_for", "licence", "notice"), rights.sources)
    lines += ["", f"## Nearest of {rights.n_tunes} tunes", ""]
    for tune in rights.nearest:
        lines += [f"- {_said(tune)}", f"  - here: {' '.join(tune.song_notes)}"]
        lines += [f"  - there ({tune.tune_file}): {' '.join(tune.tune_notes)}"] if tune.tune_notes else []
    lines += [] if rights.nearest else ["No run of six notes or more is shared."]
    return "\n".join(lines) + "\n"


def _origin(said: Mapping[str, Any]) -> str:
    """Say in a line where a song is from."""
    if "imported_from" in said:
        return f"Imported from {said['imported_from']}: whose music it is, this program cannot know."
    engine = said.get("engine")
    if not isinstance(engine, Mapping):
        return "Nothing is written down about where this song is from."
    return (
        f"Written by {engine.get('name')} {engine.get('version')}, seed {said.get('seed')}, "
        f"prompt “{said.get('prompt') or ''}”. The program claims no rights in the song."
    )


def _remarks(said: Mapping[str, Any], sources: Sequence[Mapping[str, Any]], tunes: Sequence[str]) -> list[str]:
    """Say what somebody who publishes the song should know besides."""
    known, remarks = set(tunes), []
    for row in sources:
        files = row.get("files")
        if files and not known & set(files):
            remarks.append(f"{row.get('name')}: their tunes were not looked at; give --weights to do so")
        if files:
            remarks.append(f"Tuned on files of one's own; their licence, as stated: {row.get('licence')}")
        if str(row.get("licence", "")).startswith("GPL"):
            remarks.append(f"{row.get('name')} is {row.get('licence')}; whether weights inherit that is not settled")
    own = said.get("own_tunes")
    if isinstance(own, Mapping):
        run, limit = own.get("longest_shared_run"), own.get("allowed_below")
        over = isinstance(run, int) and isinstance(limit, int) and run >= limit
        word = "more than is allowed, even after choosing again" if over else f"allowed below {limit}"
        remarks.append(f"Longest run shared with the songs of these weights: {run} notes ({word})")
    if "edits" in said:
        remarks.append(f"Edited {said['edits']} times; the tunes were compared with the song as it is now")
    return remarks


def _wants_credit(row: Mapping[str, Any]) -> bool:
    """Whether a source's licence asks that it is named."""
    return "CC BY" in str(row.get("licence", "")) and bool(row.get("notice"))


def _rows(value: object) -> list[Mapping[str, Any]]:
    """Rows of a provenance, whatever stands there."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


# --- passages ------------------------------------------------------------------------------------


def _near(sheet: LeadSheet, run: SharedRun, folder: Path | None) -> NearTune:
    """Show a run, and the same run of its tune if that is at hand."""
    notes, svg = _passage(sheet, run.first_note, run.n_notes)
    near = NearTune(run, notes, svg)
    path = None if folder is None else _find_tune(folder, run.tune)
    if path is None:
        return near
    other = load_music(path).lead_sheet
    found = longest_shared_run(sheet, build_index([(run.tune, other.melody)]))
    if not found.n_notes:
        return replace(near, tune_file=path.name)
    notes, svg = _passage(other, found.tune_note, found.n_notes)
    return replace(near, tune_file=path.name, tune_notes=notes, tune_svg=svg)


def _find_tune(folder: Path, tune: str) -> Path | None:
    """Find a tune's file: by its name in the folder, else by the last part of the name."""
    if (folder / tune).exists():
        return folder / tune
    stem = tune.rpartition("/")[2]
    files = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in MUSIC_ENDINGS)
    return next((path for path in files if path.stem == stem), None)


def _passage(sheet: LeadSheet, first: int, n_notes: int) -> tuple[tuple[str, ...], str]:
    """Name the notes of a passage, and engrave its bars."""
    own = sheet.melody[first : first + n_notes]
    bars = sheet.lines.bars
    begin = sheet.lines.bar_at(int(own["onset_tick"][0]))
    end = sheet.lines.bar_at(int(own["onset_tick"][-1] + own["duration_tick"][-1]) - 1) + 1
    key = sheet.key_at(begin)
    names = tuple(name_pitch(int(pitch), key.fifths) for pitch in own["pitch"])
    if any(bar.meter != bars[begin].meter for bar in bars[begin:end]):
        return names, ""  # its notes are named; bars of several meters are not drawn
    start = bars[begin].start
    moved = own.copy()
    moved["onset_tick"] -= start
    chords = tuple(
        replace(event, onset_tick=event.onset_tick - start)
        for event in sheet.chords
        if start <= event.onset_tick < bars[end - 1].end
    )
    cut = LeadSheet(
        sheet.title, sheet.tempo_qpm, bars[begin].meter, end - begin, moved, chords,
        (SectionSpan("", 0, end - begin, key),),
    )  # fmt: skip
    pages = engrave(xml_text(lead_sheet_to_xml(cut)), EngraveOptions(scale=80, cropped=True, narrow=True))
    return names, pages[0][pages[0].index("<svg") :]


# --- the page ------------------------------------------------------------------------------------


def _said(tune: NearTune) -> str:
    """Say a run in a line."""
    run = tune.run
    return (
        f"{run.n_notes} notes over {run.n_bars:.1f} bars, from bar {run.start_bar + 1}: as notes {run.tune_note + 1} "
        f"to {run.tune_note + run.n_notes} of {run.tune} (same steps and relative lengths; key and speed may differ)"
    )


def _pair(number: int, tune: NearTune) -> str:
    """Two passages side by side."""
    here = f"<figure>{_own_ids(tune.song_svg, f's{number}')}<figcaption>this song</figcaption></figure>"
    if tune.tune_notes:
        there = _own_ids(tune.tune_svg, f"t{number}")
        there = f"<figure>{there}<figcaption>{escape(tune.tune_file)}</figcaption></figure>"
    elif tune.tune_file:
        there = (
            f"<figure><p>{escape(tune.tune_file)} was read, but as other notes than those that were learnt from: "
            "the passage is not in it.</p></figure>"
        )
    else:
        there = (
            f"<figure><p>The notes of {escape(tune.run.tune)} are not in the package, which knows their steps alone; "
            "name a folder with its file (--tunes) to see them here.</p></figure>"
        )
    return f'<p>{escape(_said(tune))}</p><div class="pair">{here}{there}</div>'


def _own_ids(svg: str, prefix: str) -> str:
    """Let a picture's names be its own: several stand on one page; its style names the whole picture."""
    whole = re.search(r'<svg[^>]* id="([^"]+)"', svg)
    if whole:
        svg = svg.replace(f"#{whole[1]} ", f"#{prefix}-{whole[1]} ")
    for word in ('id="', 'href="#', "url(#"):
        svg = svg.replace(word, f"{word}{prefix}-")
    return svg


def _list(lines: Sequence[str]) -> str:
    """Lines as a list."""
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>" if lines else ""


def _table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a table."""
    if not rows:
        return "<p>Nothing is written down.</p>"
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in columns)
    body = "".join("<tr>" + "".join(_cell(name, row.get(name, "")) for name in columns) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(name: str, value: object) -> str:
    """A cell; sums are set small."""
    text = escape(str(value))
    return f"<td><code>{text}</code></td>" if name == "sha256" else f"<td>{text}</td>"


def _markdown_table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Rows as a table."""
    if not rows:
        return ["Nothing is written down."]
    head = ["| " + " | ".join(columns) + " |", "|" + " -- |" * len(columns)]
    plain = [[str(row.get(name, "")).replace("|", "\\|") for name in columns] for row in rows]
    return head + ["| " + " | ".join(cells) + " |" for cells in plain]
