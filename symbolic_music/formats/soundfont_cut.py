"""Cut a soundfont down to the presets, zones and samples that some music uses.

An SF2 file is a RIFF tree: INFO texts, ``sdta`` with all samples end to end, ``pdta`` with
nine tables (SoundFont 2.04 specification, section 7). A *preset* has zones that point to
*instruments*, whose zones point to *samples*; a zone may be limited to a range of keys. What no
note reaches is left out; everything kept keeps its generators, modulators and order.

SF3 files (samples as OGG Vorbis, MuseScore's extension) are read too; the result is always SF2.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from symbolic_music.errors import FileFormatError, InputError
from symbolic_music.formats.atomic import atomic_path
from symbolic_music.formats.soundfont_file import (
    COMPRESSED,
    DRUM_BANK,
    INSTRUMENT,
    RECORDS,
    ROM,
    SAMPLE,
    SoundfontContent,
    SoundfontProblemError,
    read_content,
    text_of,
)

# Bank and program: the pitches that sound.
Uses = Mapping[tuple[int, int], Collection[int]]

_KEY_RANGE, _MONO = 43, 1
# The specification asks for 46 zero samples after each one, for the interpolation.
_GUARD = 46
_ALL_KEYS = frozenset(range(128))


@dataclass(frozen=True)
class SoundfontCut:
    """What a cut soundfont holds: presets ``(bank, program, name)``, how many samples, its size.

    ``replaced`` maps a preset that the soundfont lacks to the one that plays in its place.
    """

    presets: tuple[tuple[int, int, str], ...]
    n_samples: int
    n_bytes: int
    replaced: Mapping[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, eq=False)
class _Zone:
    """Generators and modulators of one zone."""

    generators: np.ndarray
    modulators: np.ndarray

    def value(self, operator: int) -> int | None:
        """The amount of a generator, ``None`` if the zone has it not."""
        found = self.generators["amount"][self.generators["operator"] == operator]
        return int(found[-1]) if len(found) else None

    def pointing_to(self, operator: int, number: int) -> _Zone:
        """The same zone with its last generator, the link, changed."""
        generators = self.generators.copy()
        generators["amount"][generators["operator"] == operator] = number
        return replace(self, generators=generators)


@dataclass(frozen=True, eq=False)
class _Font:
    """A soundfont's tables and texts, its sample bytes, and the low bytes of 24-bit samples."""

    content: SoundfontContent
    samples: memoryview
    low: memoryview | None

    @property
    def tables(self) -> Mapping[str, np.ndarray]:
        """The tables by name."""
        return self.content.tables


def cut_soundfont(source: str | Path, target: str | Path, uses: Uses) -> SoundfontCut:
    """Write the part of a soundfont that some music needs, as SF2.

    Parameters
    ----------
    source : str or Path
        An SF2 or SF3 file.
    target : str or Path
        The SF2 file to write; replaced whole or not at all.
    uses : mapping
        Bank and program (drums: bank 128) to the pitches that sound. A preset that
        the soundfont lacks is replaced by the nearest program of its family of eight
        in bank 0, or by the first drum kit, under its own number.

    Raises
    ------
    FileFormatError
        If the source is no soundfont or is broken.
    InputError
        If nothing is used, or a preset and its whole family are missing.
    """
    if not uses:
        raise InputError("no preset is used, so there is no soundfont to cut; give a score with notes")
    font = _read_font(Path(source))
    try:
        data, result = _cut(font, uses, Path(source))
    except (IndexError, ValueError, struct.error) as failure:
        if isinstance(failure, InputError):
            raise
        raise FileFormatError(f"{source}: broken soundfont: {failure}") from None
    with atomic_path(target) as unfinished:
        unfinished.write_bytes(data)
    return replace(result, n_bytes=len(data))


def list_presets(path: str | Path) -> list[tuple[int, int, str]]:
    """List a soundfont's presets as (bank, program, name), in order of bank and program."""
    table = _read_font(Path(path)).tables["phdr"][:-1]
    return sorted((int(row["bank"]), int(row["program"]), text_of(row["name"])) for row in table)


def _cut(font: _Font, uses: Uses, path: Path) -> tuple[bytes, SoundfontCut]:
    """Choose what is reached, then write it."""
    rows = {(int(row["bank"]), int(row["program"])): number for number, row in enumerate(font.tables["phdr"][:-1])}
    chosen = {wanted: _find_preset(wanted, rows, path) for wanted in sorted(uses)}
    presets = {wanted: list(_reached(font, "p", rows[found], set(uses[wanted]))) for wanted, found in chosen.items()}
    keys: dict[int, set[int]] = {}
    for zones in presets.values():
        for zone, pitches in zones:
            if (number := zone.value(INSTRUMENT)) is not None:
                keys.setdefault(number, set()).update(pitches)
    instruments = {number: list(_reached(font, "i", number, pitches)) for number, pitches in sorted(keys.items())}
    links = (zone.value(SAMPLE) for zones in instruments.values() for zone, _ in zones)
    sample_numbers = sorted({number for number in links if number is not None})
    headers, high, low = _gather_samples(font, sample_numbers, path)
    tables = {"shdr": headers}
    names = {wanted: font.tables["phdr"][rows[found]] for wanted, found in chosen.items()}
    tables |= _preset_tables(presets, names, sorted(instruments))
    tables |= _instrument_tables(font, instruments, sample_numbers)
    kept = tuple((*wanted, text_of(row["name"])) for wanted, row in names.items())
    replaced = {wanted: found for wanted, found in chosen.items() if wanted != found}
    return _write_font(font, tables, high, low), SoundfontCut(kept, len(sample_numbers), 0, replaced)


def _find_preset(wanted: tuple[int, int], rows: Mapping[tuple[int, int], int], path: Path) -> tuple[int, int]:
    """Find a preset, or the one that stands in for it."""
    if wanted in rows:
        return wanted
    bank, program = wanted
    if bank == DRUM_BANK:
        near = sorted(key for key in rows if key[0] == DRUM_BANK)
    else:
        family = [key for key in rows if key[0] == 0 and key[1] // 8 == program // 8]
        near = sorted(family, key=lambda key: (abs(key[1] - program), key[1]))
    if not near:
        first = program // 8 * 8
        kind = "drum kit" if bank == DRUM_BANK else f"program of the family {first} to {first + 7}"
        raise InputError(f"{path}: has no preset {bank}:{program} and no other {kind}; use another soundfont")
    return near[0]


def _reached(font: _Font, letter: str, number: int, pitches: set[int]) -> Iterator[tuple[_Zone, set[int]]]:
    """List the zones of a preset ("p") or instrument ("i") that pitches reach, and those pitches.

    A first zone without a link is global: it holds what the others do not say themselves.
    """
    link = INSTRUMENT if letter == "p" else SAMPLE
    everything: set[int] = set(_ALL_KEYS)
    for index, zone in enumerate(_zones(font, letter, number)):
        own = zone.value(_KEY_RANGE)
        inside = everything if own is None else set(range(own & 0xFF, (own >> 8) + 1))
        if zone.value(link) is None:
            if index == 0:
                everything = inside
                yield zone, set()
        elif inside & pitches:
            yield zone, inside & pitches


def _zones(font: _Font, letter: str, number: int) -> Iterator[_Zone]:
    """Read the zones of one preset or instrument."""
    heads = font.tables["phdr" if letter == "p" else "inst"]
    bags, gens, mods = (font.tables[letter + name] for name in ("bag", "gen", "mod"))
    first, last = int(heads["bag"][number]), int(heads["bag"][number + 1])
    for bag in range(first, last):
        here, after = bags[bag], bags[bag + 1]
        yield _Zone(gens[int(here["gen"]) : int(after["gen"])], mods[int(here["mod"]) : int(after["mod"])])


def _preset_tables(
    presets: Mapping[tuple[int, int], list[tuple[_Zone, set[int]]]],
    names: Mapping[tuple[int, int], np.void],
    instruments: list[int],
) -> dict[str, np.ndarray]:
    """Write the preset half of the tables; a stand-in gets the number that was wanted."""
    zones: list[_Zone] = []
    heads: list[tuple[object, ...]] = []
    for (bank, program), found in presets.items():
        old = names[bank, program]
        heads.append((old["name"], program, bank, len(zones), old["library"], old["genre"], old["morphology"]))
        zones += [_renumber(zone, INSTRUMENT, instruments) for zone, _ in found]
    heads.append((b"EOP", 0, 0, len(zones), 0, 0, 0))
    return {"phdr": np.array(heads, dtype=RECORDS["phdr"])} | _zone_tables("p", zones)


def _instrument_tables(
    font: _Font, instruments: Mapping[int, list[tuple[_Zone, set[int]]]], samples: list[int]
) -> dict[str, np.ndarray]:
    """Write the instrument half of the tables."""
    zones: list[_Zone] = []
    heads: list[tuple[object, ...]] = []
    for number, found in instruments.items():
        heads.append((font.tables["inst"]["name"][number], len(zones)))
        zones += [_renumber(zone, SAMPLE, samples) for zone, _ in found]
    heads.append((b"EOI", len(zones)))
    return {"inst": np.array(heads, dtype=RECORDS["inst"])} | _zone_tables("i", zones)


def _renumber(zone: _Zone, link: int, kept: list[int]) -> _Zone:
    """Point a zone to where its instrument or sample stands now."""
    old = zone.value(link)
    return zone if old is None else zone.pointing_to(link, kept.index(old))


def _zone_tables(prefix: str, zones: list[_Zone]) -> dict[str, np.ndarray]:
    """Write bags, generators and modulators, each closed by an empty last row."""
    bags, n_gens, n_mods = [], 0, 0
    for zone in zones:
        bags.append((n_gens, n_mods))
        n_gens, n_mods = n_gens + len(zone.generators), n_mods + len(zone.modulators)
    bags.append((n_gens, n_mods))
    gens = [zone.generators for zone in zones] + [np.zeros(1, dtype=RECORDS["pgen"])]
    mods = [zone.modulators for zone in zones] + [np.zeros(1, dtype=RECORDS["pmod"])]
    return {
        prefix + "bag": np.array(bags, dtype=RECORDS["pbag"]),
        prefix + "gen": np.concatenate(gens),
        prefix + "mod": np.concatenate(mods),
    }


def _gather_samples(font: _Font, numbers: list[int], path: Path) -> tuple[np.ndarray, bytes, bytes | None]:
    """Copy the samples kept, with their headers moved to where they stand now."""
    headers = np.zeros(len(numbers) + 1, dtype=RECORDS["shdr"])
    high, low = bytearray(), bytearray()
    packed = any(int(font.tables["shdr"]["kind"][number]) & COMPRESSED for number in numbers)
    has_low = font.low is not None and not packed
    for place, number in enumerate(numbers):
        old = font.tables["shdr"][number]
        kind, start = int(old["kind"]), len(high) // 2
        if kind & ROM:
            raise InputError(f"{path}: sample {text_of(old['name'])!r} is in a sound card's ROM and cannot be copied")
        pcm, shift = _pcm(font, old, path)
        high += pcm + b"\0" * (2 * _GUARD)
        if has_low and font.low is not None:
            low += bytes(font.low[int(old["start"]) : int(old["end"])]) + b"\0" * _GUARD
        headers[place] = old
        headers[place]["start"], headers[place]["end"] = start, start + len(pcm) // 2
        headers[place]["loop_start"] = start + int(old["loop_start"]) - shift
        headers[place]["loop_end"] = start + int(old["loop_end"]) - shift
        # The other half of a stereo pair may not be used; then this one stands alone.
        paired = int(old["link"]) in numbers and kind & ~COMPRESSED != _MONO
        headers[place]["link"] = numbers.index(int(old["link"])) if paired else 0
        headers[place]["kind"] = kind & ~COMPRESSED if paired else _MONO
    headers[-1]["name"] = b"EOS"
    return headers, bytes(high), bytes(low) if has_low else None


def _pcm(font: _Font, header: np.void, path: Path) -> tuple[bytes, int]:
    """Give a sample's 16-bit bytes, and what its loop points count from."""
    start, end = int(header["start"]), int(header["end"])
    if not int(header["kind"]) & COMPRESSED:
        if not start <= end <= len(font.samples) // 2:
            raise FileFormatError(f"{path}: broken soundfont: sample {text_of(header['name'])!r} lies outside its data")
        return bytes(font.samples[2 * start : 2 * end]), start
    import soundfile

    try:
        samples, _ = soundfile.read(io.BytesIO(font.samples[start:end]), dtype="int16", always_2d=True)
    except soundfile.LibsndfileError:
        raise FileFormatError(f"{path}: broken soundfont: sample {text_of(header['name'])!r} is not OGG") from None
    return samples[:, 0].astype("<i2").tobytes(), 0


def _read_font(path: Path) -> _Font:
    """Read a soundfont; the samples stay in the file's bytes."""
    try:
        content = read_content(path)
    except SoundfontProblemError as failure:
        raise FileFormatError(f"{path}: {failure}") from None
    data = memoryview(path.read_bytes())
    return _Font(content, _part(data, content.samples), None if content.low is None else _part(data, content.low))


def _part(data: memoryview, place: tuple[int, int]) -> memoryview:
    """The bytes at a place."""
    return data[place[0] : place[0] + place[1]]


def _write_font(font: _Font, tables: Mapping[str, np.ndarray], high: bytes, low: bytes | None) -> bytes:
    """Put the RIFF tree together; the version becomes 2.04 with 24-bit samples, else 2.01."""
    version = struct.pack("<HH", 2, 4 if low is not None else 1)
    info = b"".join(
        _chunk(name.encode("latin-1"), version if name == "ifil" else body) for name, body in font.content.info
    )
    sound = _chunk(b"smpl", high) + (_chunk(b"sm24", low) if low is not None else b"")
    pdta = b"".join(_chunk(name.encode(), tables[name].tobytes()) for name in RECORDS)
    lists = ((b"INFO", info), (b"sdta", sound), (b"pdta", pdta))
    return _chunk(b"RIFF", b"sfbk" + b"".join(_chunk(b"LIST", name + body) for name, body in lists))


def _chunk(name: bytes, body: bytes) -> bytes:
    """One RIFF chunk, padded to an even length."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
