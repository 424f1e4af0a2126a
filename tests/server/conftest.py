"""Services with quick workers, and one that makes real songs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra 'server'")

from fastapi.testclient import TestClient

from symbolic_music import Brief, Song, save_song
from symbolic_music.server.app import make_app
from symbolic_music.server.jobs import Job
from symbolic_music.server.options import ServerOptions
from symbolic_music.server.service import Service
from tests.arranging.band_songs import make_plan, make_sheet
from tests.performing.written import write_score

QUICK = (sys.executable, str(Path(__file__).with_name("quick_worker.py")))
HERE = "http://127.0.0.1:8765"


@pytest.fixture(scope="session")
def song_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A song that nobody had to compose."""
    plan = make_plan()
    song = Song(Brief(genre="pop"), plan, make_sheet(plan), write_score(plan))
    return save_song(song, tmp_path_factory.mktemp("song") / "song")


@pytest.fixture
def quick_home(tmp_path: Path, song_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home for services with quick workers; each begun task leaves a line in ``begun.txt``."""
    monkeypatch.setenv("QUICK_LOG", str(tmp_path / "begun.txt"))
    monkeypatch.setenv("QUICK_SONG", str(song_folder))
    (tmp_path / "begun.txt").touch()
    return tmp_path / "home"


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory, song_folder: Path) -> Iterator[TestClient]:
    """A client of a service with one quick worker, for all tests: each looks at its own songs."""
    home = tmp_path_factory.mktemp("shared") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUICK_LOG", str(home.parent / "begun.txt"))
        patch.setenv("QUICK_SONG", str(song_folder))
        service = Service(ServerOptions(home), QUICK)
        with TestClient(make_app(service), base_url=HERE) as made:
            wait_for(lambda: service.keepers[0].process_id is not None)  # it has these variables
            yield made


@pytest.fixture(scope="session")
def real_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of a service that makes songs."""
    service = Service(ServerOptions(tmp_path_factory.mktemp("home")))
    with TestClient(make_app(service), base_url=HERE) as made:
        yield made


def wait_for(what: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)


def ended(service: Service, job: Job | str) -> Job:
    """Wait for a job's end."""
    name = job if isinstance(job, str) else job.id
    wait_for(lambda: service.jobs.get(name).is_ended)
    return service.jobs.get(name)
