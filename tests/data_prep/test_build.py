"""Building the dataset: same result however it was made, broken files named, stops survived."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_prep import build as building
from data_prep import chunks as chunking
from data_prep.build import BuildOptions, build
from data_prep.chunks import Chunk, make_chunk
from data_prep.dataset import SONG_SOURCES, iter_songs, read_table, write_songs
from data_prep.readers import pop909
from data_prep.schema import TABLES, table_schema
from data_prep.sources import ARCHIVES, READERS
from symbolic_music.errors import FileFormatError, InputError
from tests.data_prep.sample_data import write_sample


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("sample") / "data")


@pytest.fixture
def no_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make chunks here and now, last one first: the order in which workers finish must not matter."""

    def run(chunks: list[Chunk], options: BuildOptions) -> Iterator[dict]:
        yield from (make_chunk(chunk.to_json()) for chunk in reversed(chunks))

    monkeypatch.setattr(building, "_run", run)
    monkeypatch.setattr(chunking, "CHUNK_ITEMS", 1)


def contents(folder: Path) -> dict[str, bytes]:
    """Read all finished files of a dataset."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.*")) if path.suffix in (".parquet", ".json")}


@pytest.mark.usefixtures("no_ray")
def test_tables_are_typed_and_every_row_says_source_licence_and_split(data: Path, tmp_path: Path) -> None:
    build(data, tmp_path, BuildOptions())
    for name in TABLES:
        table = read_table(tmp_path, name)
        assert table.schema.equals(table_schema(name)) and len(table) > 0
        assert set(table["source"].to_pylist()) <= set(READERS)
        assert set(table["split"].to_pylist()) <= {"train", "validation"} and "" not in table["licence"].to_pylist()
    assert read_table(tmp_path, "songs")["source"].to_pylist() == [
        "pop909", "openewld", "nottingham", "billboard", "salami", "groove", "freedoom", "th_free_music", "game_music",
        "lieder", "rs200", "pd_songs", "pd_songs", "open_hymnal", "mutopia_free", "mutopia_free", "mutopia_free",
        "progressions", "progressions",
    ]  # fmt: skip


@pytest.mark.usefixtures("no_ray")
def test_songs_come_back_as_the_reader_gave_them(data: Path, tmp_path: Path) -> None:
    build(data, tmp_path / "set", BuildOptions())
    songs = {song["source"]: song for song in iter_songs(tmp_path / "set")}
    assert sorted(songs) == sorted(SONG_SOURCES)
    assert songs["openewld"]["syllables"][0][1:] == ["one", True] and songs["progressions"]["moods"] == ["triumphant"]
    original = pop909.read_item(data, "001")[0]
    for name, value in songs["pop909"].items():
        assert json.loads(json.dumps(original[name])) == value, name
    assert write_songs(tmp_path / "set", tmp_path / "songs.jsonl", ("billboard",)) == 1
    assert json.loads((tmp_path / "songs.jsonl").read_text()) == songs["billboard"]


@pytest.mark.usefixtures("no_ray")
def test_a_broken_file_costs_itself_alone_and_is_named(data: Path, tmp_path: Path) -> None:
    report = build(data, tmp_path, BuildOptions()).report
    left_out = report["sources"]["freedoom"]["left_out"]
    assert list(left_out) == ["d_broken.mid"] and report["sources"]["freedoom"]["songs"] == 1
    assert "Broken.mxl" in next(iter(report["sources"]["openewld"]["left_out"].values()))
    assert json.loads((tmp_path / "report.json").read_text())["sources"]["openewld"]["songs"] == 1


@pytest.mark.usefixtures("no_ray")
def test_a_build_that_was_stopped_goes_on_and_gives_the_same(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(data, tmp_path / "whole", BuildOptions())
    made: list[str] = []

    def stop_at_fourth(text: str) -> dict:
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(text)
        return make_chunk(text)

    with monkeypatch.context() as patch:
        patch.setattr(building, "_run", lambda chunks, options: (stop_at_fourth(c.to_json()) for c in chunks))
        with pytest.raises(KeyboardInterrupt):
            build(data, tmp_path / "stopped", BuildOptions())
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "stopped" / "chunks").iterdir()}
    assert len(kept) == 3
    with pytest.raises(FileFormatError, match="no finished dataset here"):
        next(iter_songs(tmp_path / "stopped"))
    (tmp_path / "stopped" / "chunks" / ".pop909-0000-x.parquet.1.tmp").write_bytes(b"half a file")
    build(data, tmp_path / "stopped", BuildOptions())
    assert contents(tmp_path / "stopped") == contents(tmp_path / "whole")
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "stopped" / "chunks").iterdir()}
    assert kept.items() <= after.items() and not any(name.endswith(".tmp") for name in after)


@pytest.mark.usefixtures("no_ray")
def test_only_a_changed_source_is_read_again(data: Path, tmp_path: Path) -> None:
    own = write_sample(tmp_path / "data")
    first = build(own, tmp_path / "set", BuildOptions())
    assert build(own, tmp_path / "set", BuildOptions()).n_read == 0
    tempo = own / "pop909_structure" / "POP909" / "001" / "tempo.txt"
    tempo.write_text("1200")
    assert build(own, tmp_path / "set", BuildOptions()).n_read == 1 < first.n_read
    assert next(iter_songs(tmp_path / "set"))["tempo_qpm"] == 1200


@pytest.mark.usefixtures("no_ray")
def test_a_missing_source_is_named_with_its_origin(data: Path, tmp_path: Path) -> None:
    own = write_sample(tmp_path / "data")
    (own / "billboard").rename(tmp_path / "elsewhere")
    (own / "pop909_alignment.tsv").unlink()
    report = build(own, tmp_path / "set", BuildOptions()).report
    one, two = report["missing_sources"]
    assert "pop909_alignment.tsv is missing" in one and one.endswith("goes on without it")
    assert "billboard is missing" in two and "github.com/boomerr1" in two and two.endswith("without billboard")
    assert "billboard" not in report["sources"]
    with pytest.raises(InputError, match="none of the sources is here"):
        build(tmp_path / "elsewhere", tmp_path / "none", BuildOptions())


def test_every_archive_has_an_origin_a_licence_and_a_reader() -> None:
    for archive in ARCHIVES:
        assert archive.upstream and archive.licence and archive.reader in READERS
        assert archive.folder == "freedoom" or len(archive.sha256) == 64


def test_one_and_two_workers_give_the_same_bytes(data: Path, tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    for workers in (1, 2):
        build(data, tmp_path / str(workers), BuildOptions(workers=workers))
        assert not ray.is_initialized()
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
