"""Sources to one typed dataset: chunks read by Ray, then joined into tables.

The build goes on where an earlier one stopped (``data_prep.chunks``). Tables are written beside the
finished ones and put in their place when all are complete; the manifest comes last.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_prep.chunks import Chunk, make_chunk, plan_chunks
from data_prep.duplicates import Profile, assign_splits, find_pairs, make_profile, read_known_pairs
from data_prep.schema import INNER, TABLES, table_schema
from data_prep.sources import READERS, check_sources
from symbolic_music.errors import InputError

CHUNK_FOLDER = "chunks"
RAY_STARTS = 3
BLOCKS_PER_CPU = 8


@dataclass(frozen=True)
class BuildOptions:
    """How to build.

    ``workers`` processes read (0: as many as there are processors); ``limit`` reads so many songs per
    source; ``ray_address`` is a running cluster, which must see both folders under the same paths.
    """

    sources: tuple[str, ...] = READERS
    workers: int = 0
    ray_address: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class BuildReport:
    """What ``report.json`` holds, the time apart (which is not the same in every build)."""

    report: dict[str, Any]
    seconds: float
    n_read: int


def build(
    data: Path, out: Path, options: BuildOptions, progress: Callable[[int, int], None] | None = None
) -> BuildReport:
    """Build the dataset.

    Parameters
    ----------
    data : Path
        Folder with the unpacked sources.
    out : Path
        Folder to write; it ignores itself in git.
    options : BuildOptions
        See there.
    progress : callable, optional
        Told how many of how many items are done.

    Raises
    ------
    InputError
        If no source can be read.
    """
    readable, missing = check_sources(data, options.sources)
    chunk_folder = out / CHUNK_FOLDER
    chunk_folder.mkdir(parents=True, exist_ok=True)
    (out / ".gitignore").write_text("*\n")
    chunks, broken = _plan(data.resolve(), chunk_folder.resolve(), readable, options.limit)
    started = time.perf_counter()
    todo = [chunk for chunk in chunks if not Path(chunk.path).exists()]
    total, done = sum(len(chunk.items) for chunk in chunks), sum(len(c.items) for c in chunks if c not in todo)
    for result in _run(todo, options):
        done += result["items"]
        if progress is not None:
            progress(done, total)
    seconds = time.perf_counter() - started
    report = _join(chunks, out, data)
    report = {"missing_sources": [*missing, *broken], **report}
    _write_json(out / "report.json", report)
    _write_manifest(out, chunks)
    wanted = {Path(chunk.path).name for chunk in chunks}
    for path in chunk_folder.iterdir():
        # Of an earlier state of these sources, or half written when a build was stopped.
        if path.name not in wanted and path.name.lstrip(".").partition("-")[0] in readable:
            path.unlink()
    return BuildReport(report, seconds, sum(len(chunk.items) for chunk in todo))


def _plan(data: Path, folder: Path, sources: list[str], limit: int | None) -> tuple[list[Chunk], list[str]]:
    """Plan all chunks; a source whose index cannot be read is named and left out."""
    chunks: list[Chunk] = []
    broken: list[str] = []
    for source in sources:
        try:
            chunks += plan_chunks(data, folder, source, limit)
        except (OSError, ValueError, KeyError) as failure:
            broken.append(f"{source}: its list of songs cannot be read ({failure}); the build goes on without it")
    return chunks, broken


def _run(chunks: list[Chunk], options: BuildOptions) -> Iterator[dict]:
    """Read chunks by Ray Data, in whatever order they are ready."""
    if not chunks:
        return
    import logging

    import ray

    started_here = not ray.is_initialized()
    if started_here:
        _start_ray(options)
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        # Ray Data spends about 25 ms of processor time on a block that has nothing to do, so a block holds several
        # chunks; they are dealt out in turn, because the Lieder's take longer than others.
        n_cpus = max(1, int(ray.cluster_resources().get("CPU", 1)))
        n_blocks = min(len(chunks), BLOCKS_PER_CPU * n_cpus)
        items = [{"chunk": chunk.to_json()} for block in range(n_blocks) for chunk in chunks[block::n_blocks]]
        dataset = ray.data.from_items(items, override_num_blocks=n_blocks)
        yield from dataset.map(_make, num_cpus=1, concurrency=options.workers or None).iter_rows()
    finally:
        if started_here:
            ray.shutdown()


def _start_ray(options: BuildOptions) -> None:
    """Start Ray here, or join a cluster; a busy machine may need a second try (Ray waits 30 s for its own parts)."""
    import logging

    import ray

    # Workers must find this package, also when the build was started from another folder.
    env = {"env_vars": {"PYTHONPATH": str(Path(__file__).resolve().parents[1]), "OMP_NUM_THREADS": "1"}}
    here = {} if options.ray_address else {"num_cpus": options.workers or None, "include_dashboard": False}
    for attempt in range(RAY_STARTS):
        try:
            ray.init(options.ray_address, runtime_env=env, log_to_driver=False, logging_level=logging.ERROR, **here)
            return
        except Exception as failure:  # Ray raises a bare Exception
            ray.shutdown()
            if attempt + 1 == RAY_STARTS or "timed out during startup" not in str(failure):
                raise InputError(f"Ray does not start: {failure}") from None


def _make(row: dict) -> dict:
    """Make one chunk in a worker."""
    return make_chunk(row["chunk"])


def _join(chunks: list[Chunk], out: Path, data: Path) -> dict[str, Any]:
    """Join the chunks into tables; returns the report."""
    import pyarrow.parquet as pq

    profiles: list[Profile] = []
    sources: dict[str, dict[str, Any]] = {}
    for chunk in chunks:
        table = pq.read_table(chunk.path)
        profiles += [make_profile(row) for row in _light(table)]
        _add_report(sources, chunk, json.loads(table.schema.metadata[b"report"]), len(table))
    pairs = find_pairs(profiles)
    known = read_known_pairs(data, {profile.song for profile in profiles})
    pairs |= {pair: rule for pair, rule in known.items() if pair[::-1] not in pairs and pair not in pairs}
    splits = assign_splits(profiles, pairs)
    (out / "manifest.json").unlink(missing_ok=True)
    counts = _write_tables(chunks, splits, out)
    moved = sum(profile.split != splits[profile.song] for profile in profiles)
    for name, entry in sources.items():
        own = [profile.song for profile in profiles if profile.song.startswith(f"{name}/")]
        entry["validation"] = sum(splits[song] == "validation" for song in own)
    return {
        "sources": sources, "rows": counts,
        "duplicates": {
            "pairs": len(pairs), "by_rule": dict(sorted(Counter(pairs.values()).items())),
            "across_sources": sum(a.split("/")[0] != b.split("/")[0] for a, b in pairs),
            "songs_moved_to_validation": moved, "list": sorted([a, b, rule] for (a, b), rule in pairs.items()),
        },
    }  # fmt: skip


def _light(table: Any) -> list[dict]:
    """Give the rows with only what duplicates are found by (most notes are the accompaniment's)."""
    import pyarrow.compute as pc

    parts = flatten(table, "parts")
    melodies = parts.filter(pc.equal(parts["part"], "melody")).select(["song_id", "part", "onset_tick", "pitch"])
    by_song = {row["song_id"]: [row] for row in melodies.to_pylist()}
    rows = table.select(["id", "split", "split_group", "title", "chords", "chords_from"]).to_pylist()
    return [row | {"parts": by_song.get(row["id"], [])} for row in rows]


def _add_report(sources: dict[str, dict[str, Any]], chunk: Chunk, found: dict[str, Any], n_songs: int) -> None:
    """Add a chunk's figures to its source's."""
    entry = sources.setdefault(chunk.source, {"items": 0, "songs": 0, "problems": {}, "left_out": {}})
    entry["items"] += found["items"]
    entry["songs"] += n_songs
    entry["left_out"].update(found["left_out"])
    for what, count in found["problems"].items():
        entry["problems"][what] = entry["problems"].get(what, 0) + count


def _write_tables(chunks: list[Chunk], splits: dict[str, str], out: Path) -> dict[str, int]:
    """Write every table from all chunks, under other names first."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    counts = dict.fromkeys(TABLES, 0)
    temporary = {name: out / f".{name}.parquet.tmp" for name in TABLES}
    writers = {name: pq.ParquetWriter(temporary[name], table_schema(name), compression="zstd") for name in TABLES}
    try:
        for chunk in chunks:
            table = pq.read_table(chunk.path)
            own = pa.array([splits[song] for song in table["id"].to_pylist()], pa.string())
            table = table.set_column(table.schema.get_field_index("split"), "split", own)
            for name in TABLES:
                rows = flatten(table, name)
                counts[name] += len(rows)
                if len(rows):
                    writers[name].write_table(rows)
    finally:
        for writer in writers.values():
            writer.close()
    for name in TABLES:
        temporary[name].replace(out / f"{name}.parquet")
    return counts


def flatten(table: Any, name: str) -> Any:
    """Make a flat table of one kind of rows from songs with rows inside."""
    import pyarrow as pa
    import pyarrow.compute as pc

    schema = table_schema(name)
    if name == "songs":
        return table.select(schema.names).cast(schema)
    column = table[name].combine_chunks()
    parents = pc.list_parent_indices(column)
    inner = pc.list_flatten(column)
    song = [table[field].combine_chunks().take(parents) for field in ("id", "source", "licence", "split")]
    own = [pc.struct_field(inner, field) for field, _ in INNER[name]]
    return pa.Table.from_arrays([*song, *own], schema=schema)


def _write_manifest(out: Path, chunks: list[Chunk]) -> None:
    """Say what a finished dataset consists of."""
    tables = {f"{name}.parquet": hashlib.sha256((out / f"{name}.parquet").read_bytes()).hexdigest() for name in TABLES}
    _write_json(out / "manifest.json", {
        "schema_version": 1, "tables_sha256": tables, "chunks": [Path(chunk.path).name for chunk in chunks],
    })  # fmt: skip


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file so that it is there completely or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)
