"""A whole song into the formats of other programs: stems, DAW projects, notation.

The table `FORMATS` says what each name on the command line writes. Everything
goes into one folder, filled aside and moved to its place at the end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from symbolic_music.budget import Progress
from symbolic_music.errors import FileFormatError, InputError, PlanError
from symbolic_music.formats.clips import Stem
from symbolic_music.formats.paths import file_name, for_libraries
from symbolic_music.importing.reimport import lead_sheet_of_score, read_score
from symbolic_music.performing.manner import STRAIGHT_SHARE, swing_of
from symbolic_music.remarks import tell
from symbolic_music.song.document import load_document
from symbolic_music.song.folder import LEAD_SHEET, PLAN_FILE, SONG_MIDI
from symbolic_music.song.plan import SongPlan
from symbolic_music.song.score import Score

if TYPE_CHECKING:
    from symbolic_music.song.leadsheet import LeadSheet

AUDIO_KINDS = ("wav", "flac", "ogg", "none")
_LEAD_SCALE, _SCORE_SCALE = 85, 50
_OF_WORDS = ("kar", "lrc")


@dataclass(frozen=True)
class SongExportOptions:
    """``audio`` is the stems' format, wav, flac or ogg, or none for stems and projects without sound."""

    audio: str = "wav"
    soundfont: Path | None = None
    on_progress: Progress | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown audio format."""
        if self.audio not in AUDIO_KINDS:
            raise InputError(f"audio {self.audio!r} is not known; use one of {', '.join(AUDIO_KINDS)}")

    def report(self, stage: str, done: int, total: int) -> None:
        """Tell the caller how far a stage is."""
        if self.on_progress is not None:
            self.on_progress(stage, done, total)


class _Job:
    """One song on its way out; what several formats need is made once."""

    def __init__(self, source: Path, folder: Path, options: SongExportOptions) -> None:
        self.folder, self.options = folder, options
        self.source = source
        self.score: Score = read_score(source / SONG_MIDI if source.is_dir() else source)
        self._stems: tuple[Stem, ...] | None = None
        self._sheet: LeadSheet | None = None

    @property
    def sheet(self) -> LeadSheet:
        """The lead sheet: the song folder's, or made of the melody track."""
        if self._sheet is None:
            from symbolic_music.formats.musicxml import read_lead_sheet

            own = self.source / LEAD_SHEET
            self._sheet = read_lead_sheet(own) if own.is_file() else lead_sheet_of_score(self.score, str(self.source))
        return self._sheet

    @property
    def swing(self) -> float:
        """How the song's eighths are swung: as its plan's style says; straight where there is no plan."""
        own = self.source / PLAN_FILE
        return swing_of(load_document(SongPlan, own, PlanError)) if own.is_file() else STRAIGHT_SHARE

    def lead_xml(self) -> str:
        """The lead sheet as MusicXML."""
        from symbolic_music.formats.musicxml import lead_sheet_to_xml, xml_text

        return xml_text(lead_sheet_to_xml(self.sheet, self.swing))

    def score_xml(self) -> str:
        """The full score as MusicXML."""
        from symbolic_music.formats.fullscore import full_score_to_xml
        from symbolic_music.formats.musicxml import xml_text

        return xml_text(full_score_to_xml(self.score, self.swing))

    def stems(self) -> tuple[Stem, ...]:
        """The sound of every track, made once; none if sound is switched off."""
        if self._stems is None:
            self._stems = () if self.options.audio == "none" else _render_stems(self)
        return self._stems


def export_song(
    source: str | Path, formats: Sequence[str], folder: str | Path, options: SongExportOptions | None = None
) -> list[Path]:
    """Write a song in the formats of other programs.

    Parameters
    ----------
    source : str or Path
        A song folder, a MIDI file or a DAWproject.
    formats : sequence of str
        Names of `FORMATS`.
    folder : str or Path
        The folder to fill; files of the same name are replaced.
    options : SongExportOptions, optional
        Sound of stems, progress.

    Returns
    -------
    list of Path
        The files written, in the folder.

    Raises
    ------
    InputError
        If a format is not known, or the song has not what it needs (a lead
        sheet needs a melody).
    RenderError
        If stems shall sound and there is no synthesizer or soundfont.
    """
    from symbolic_music.formats.atomic import atomic_folder, check_places

    options, source, folder = options or SongExportOptions(), Path(source), Path(folder)
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        names = ", ".join(unknown) or "(none)"
        raise InputError(f"format {names} is not known; use one or more of {', '.join(FORMATS)}")
    if not source.exists():
        raise FileFormatError(f"{source}: no such song folder or file")
    check_places(folder, [name.format(audio=options.audio) for own in formats for name in FORMATS[own].names])
    with atomic_folder(folder) as unfinished:
        job = _Job(source, unfinished, options)
        for done, name in enumerate(dict.fromkeys(formats)):
            options.report("Writing files", done, len(formats))
            FORMATS[name].write(job)
        options.report("Writing files", len(formats), len(formats))
        written = [path.relative_to(unfinished) for path in sorted(unfinished.rglob("*")) if path.is_file()]
    return [folder / path for path in written]


def formats_for(source: str | Path) -> list[str]:
    """List all formats that a song can be written in: one without words has none of words.

    Parameters
    ----------
    source : str or Path
        As for `export_song`.

    Raises
    ------
    FileFormatError
        If it cannot be read.
    """
    source = Path(source)
    if not source.exists():
        raise FileFormatError(f"{source}: no such song folder or file")
    if read_score(source / SONG_MIDI if source.is_dir() else source).lyrics:
        return list(FORMATS)
    tell(source, [f"it has no words: {', '.join(_OF_WORDS)} left out"])
    return [name for name in FORMATS if name not in _OF_WORDS]


def _write_stems(job: _Job) -> None:
    """One MIDI file and one audio file a track, all as long as the song."""
    from symbolic_music.formats.midi import write_midi

    job.stems()
    place = job.folder / "song-stems"
    place.mkdir(exist_ok=True)
    for number, track in enumerate(job.score.tracks, start=1):
        alone = replace(job.score, title=f"{job.score.title}: {track.name}", tracks=(track,), chord_symbols=())
        write_midi(alone, place / f"{number:02d} {file_name(track.name)}.mid")


def _render_stems(job: _Job) -> tuple[Stem, ...]:
    """Render the song and every track alone at the level it has in the whole."""
    import soundfile

    from symbolic_music.rendering import FileOptions, RenderOptions, render_file

    stage = "Rendering stems"
    job.options.report(stage, 0, 1)
    report = render_file(
        job.score, job.folder / f"song.{job.options.audio}", RenderOptions(soundfont=job.options.soundfont),
        FileOptions(stems=True), lambda done, total: job.options.report(stage, int(done), max(int(total), 1)),
    )  # fmt: skip
    job.options.report(stage, 1, 1)
    stems = []
    for path in report.stems:
        info = soundfile.info(for_libraries(path))
        name = path.relative_to(job.folder).as_posix()
        stems.append(Stem(path, name, info.frames / info.samplerate, info.samplerate, info.channels))
    return tuple(stems)


def _sound_writer(ending: str) -> Callable[[_Job], None]:
    """Make the writer of the whole song's sound in one format."""

    def write(job: _Job) -> None:
        from symbolic_music.rendering import RenderOptions, render_file

        target = job.folder / f"song{ending}"
        if target.is_file():
            return  # the stems' mix is the song
        stage = "Rendering sound"
        job.options.report(stage, 0, 1)
        render_file(
            job.score, target, RenderOptions(soundfont=job.options.soundfont),
            on_progress=lambda done, total: job.options.report(stage, int(done), max(int(total), 1)),
        )  # fmt: skip
        job.options.report(stage, 1, 1)

    return write


def _write_rpp(job: _Job) -> None:
    """A REAPER project beside its stems."""
    from symbolic_music.formats.rpp import write_rpp

    write_rpp(job.score, job.folder / "song.rpp", job.stems())


def _write_dawproject(job: _Job) -> None:
    """A DAWproject with its stems inside, without loss in a quarter to a half of the bytes.

    DAWproject names no format for the sound inside; Bitwig Studio, Studio One and Cubase, which read the
    projects, all read FLAC, and Cubase uses it as it is.
    """
    from symbolic_music.formats.dawproject import write_dawproject

    with tempfile.TemporaryDirectory() as place:
        stems = [_packed(stem, Path(place)) for stem in job.stems()]
        write_dawproject(job.score, job.folder / "song.dawproject", stems)


def _packed(stem: Stem, place: Path) -> Stem:
    """Write an uncompressed stem as FLAC; leave others as they are."""
    if stem.file.suffix.lower() != ".wav":
        return stem
    from symbolic_music.rendering import convert_audio

    packed = place / f"{stem.file.stem}.flac"
    convert_audio(stem.file, packed)
    return replace(stem, file=packed, path=str(PurePosixPath(stem.path).with_suffix(".flac")))


def _write_midi(job: _Job) -> None:
    """The whole song."""
    from symbolic_music.formats.midi import write_midi

    write_midi(job.score, job.folder / SONG_MIDI)


def _write_lead_sheet(job: _Job) -> None:
    """The lead sheet."""
    from symbolic_music.formats.musicxml import write_lead_sheet

    write_lead_sheet(job.sheet, job.folder / LEAD_SHEET, job.swing)


def _write_score(job: _Job) -> None:
    """The full score."""
    from symbolic_music.formats.fullscore import write_full_score

    write_full_score(job.score, job.folder / "score.musicxml", job.swing)


def _write_abc(job: _Job) -> None:
    """The lead sheet as ABC."""
    from symbolic_music.formats.abc import write_abc

    write_abc(job.sheet, job.folder / "lead.abc")


def _write_kar(job: _Job) -> None:
    """The song with its words for karaoke players."""
    from symbolic_music.formats.karaoke import write_kar

    write_kar(job.score, job.folder / "song.kar")


def _write_lrc(job: _Job) -> None:
    """The words with their times."""
    from symbolic_music.formats.karaoke import write_lrc

    write_lrc(job.score, job.folder / "song.lrc")


def _engraver(ending: str) -> Callable[[_Job], None]:
    """Make the writer of engraved pages in one format: lead sheet and full score."""

    def write(job: _Job) -> None:
        from symbolic_music.drawing.engraving import EngraveOptions, write_engraving

        write_engraving(job.lead_xml(), job.folder / f"lead{ending}", EngraveOptions(_LEAD_SCALE))
        write_engraving(job.score_xml(), job.folder / f"score{ending}", EngraveOptions(_SCORE_SCALE))

    return write


@dataclass(frozen=True)
class SongFormat:
    """One name of ``--to``: what it writes, in words, how, and the names of files that are known before the work."""

    says: str
    write: Callable[[_Job], None]
    names: tuple[str, ...]


FORMATS: dict[str, SongFormat] = {
    "wav": SongFormat("the song's sound as WAV", _sound_writer(".wav"), ("song.wav",)),
    "mp3": SongFormat("the song's sound as MP3", _sound_writer(".mp3"), ("song.mp3",)),
    "stems": SongFormat("one MIDI and one audio file a track", _write_stems, ("song.{audio}",)),
    "rpp": SongFormat("a REAPER project with stems", _write_rpp, ("song.rpp", "song.{audio}")),
    "dawproject": SongFormat(
        "a DAWproject (Bitwig, Studio One, Cubase) with stems", _write_dawproject, ("song.dawproject",)
    ),
    "midi": SongFormat("the song as MIDI", _write_midi, (SONG_MIDI,)),
    "musicxml": SongFormat("the lead sheet as MusicXML", _write_lead_sheet, (LEAD_SHEET,)),
    "score": SongFormat("the full score as MusicXML", _write_score, ("score.musicxml",)),
    "abc": SongFormat("the lead sheet as ABC", _write_abc, ("lead.abc",)),
    "kar": SongFormat("karaoke MIDI: the song with its words", _write_kar, ("song.kar",)),
    "lrc": SongFormat("the words as timed lines", _write_lrc, ("song.lrc",)),
    "pdf": SongFormat("lead sheet and full score as pages", _engraver(".pdf"), ("lead.pdf", "score.pdf")),
    "svg": SongFormat("lead sheet and full score as SVG, a file a page", _engraver(".svg"), ("lead.svg", "score.svg")),
    "png": SongFormat(
        "lead sheet and full score as pictures, a file a page", _engraver(".png"), ("lead.png", "score.png")
    ),
}
