"""The queue: nothing is lost and nothing is done twice, whoever dies."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from symbolic_music.server.app import make_app
from symbolic_music.server.documents import SongRequest
from symbolic_music.server.jobs import BusyError, Job
from symbolic_music.server.library import MADE_BY
from symbolic_music.server.options import ServerOptions
from symbolic_music.server.service import Service
from symbolic_music.song.brief import Brief
from tests.server.conftest import HERE, QUICK, ended, wait_for
from tests.server.load import Load, run_load


def _ask(service: Service, prompt: str) -> Job:
    return service.make_song(SongRequest(brief=Brief(prompt=prompt, seed=1)))[0]


def _begun(home: Path) -> Counter[str]:
    """How often each prompt's work was begun."""
    return Counter((home.parent / "begun.txt").read_text(encoding="utf-8").split("\n")[:-1])


def test_a_killed_worker_costs_one_attempt(quick_home: Path) -> None:
    service = Service(ServerOptions(quick_home), QUICK)
    with service.running():
        job = _ask(service, "slow")
        wait_for(lambda: service.jobs.get(job.id).done > 5)
        process = service.keepers[0].process_id
        assert process is not None
        os.kill(process, signal.SIGKILL)
        done = ended(service, job)
        assert done.state == "done" and done.attempt == 2 and _begun(quick_home)["slow"] == 2
        assert len(service.library.songs()) == 1


def test_a_job_that_kills_its_worker_fails_after_three_attempts(quick_home: Path) -> None:
    service = Service(ServerOptions(quick_home), QUICK)
    with service.running():
        deadly, after = _ask(service, "deadly"), _ask(service, "quick")
        failed = ended(service, deadly)
        assert failed.state == "failed" and "3 times" in failed.problem["title"]
        assert ended(service, after).state == "done" and list((quick_home / "work").iterdir()) == []
        # It may be asked for again: the failed one lets go of its key.
        assert _ask(service, "deadly").id != deadly.id


def test_a_job_may_see_many_servers_die(quick_home: Path) -> None:
    service = Service(ServerOptions(quick_home, n_workers=0), QUICK)
    job = _ask(service, "quick")
    for attempt in range(5):
        claimed = service.jobs.claim("a server that is killed")
        assert claimed is not None and claimed.attempt == attempt + 1
        service.library.work_folder(job.id, claimed.attempt).mkdir()
        with service._database.writing() as connection:
            connection.execute("UPDATE jobs SET lease = 0")
    service.jobs.cancel(_ask(service, "other").id)
    service.library.work_folder("j-of-nobody", 1).mkdir()
    again = Service(ServerOptions(quick_home), QUICK)
    with again.running():
        assert ended(again, job).state == "done" and list((quick_home / "work").iterdir()) == []


def test_a_list_of_jobs_of_an_earlier_version_is_read(quick_home: Path) -> None:
    job = _ask(Service(ServerOptions(quick_home, n_workers=0)), "quick")
    with contextlib.closing(sqlite3.connect(quick_home / "jobs.sqlite")) as connection:
        connection.execute("ALTER TABLE jobs DROP COLUMN deaths")
    assert Service(ServerOptions(quick_home, n_workers=0)).jobs.claim("a worker").id == job.id


def test_a_server_that_stops_goes_on_with_its_queue(quick_home: Path) -> None:
    first = Service(ServerOptions(quick_home), QUICK)
    with first.running():
        asked = [_ask(first, "slow"), *(_ask(first, f"quick {number}") for number in range(5))]
        wait_for(lambda: first.jobs.get(asked[0].id).done > 5)
    second = Service(ServerOptions(quick_home), QUICK)
    with second.running():
        assert [ended(second, job).state for job in asked] == ["done"] * 6
        assert len(second.library.songs()) == 6


def test_work_that_was_in_place_before_the_server_died_is_not_done_again(quick_home: Path, song_folder: Path) -> None:
    service = Service(ServerOptions(quick_home, n_workers=0), QUICK)
    job = _ask(service, "quick")
    claimed = service.jobs.claim("a server that dies")
    assert claimed is not None
    service.library.song_folder(str(job.song_id)).mkdir()
    for path in song_folder.iterdir():
        (service.library.song_folder(str(job.song_id)) / path.name).write_bytes(path.read_bytes())
    (service.library.song_folder(str(job.song_id)) / MADE_BY).write_text(job.id, encoding="utf-8")
    service.jobs.give_back(claimed, counts=True)
    again = Service(ServerOptions(quick_home), QUICK)
    with again.running():
        assert ended(again, job).state == "done" and _begun(quick_home)["quick"] == 0
    # What came late from the first attempt is not taken.
    assert not service.jobs.finish(claimed, {}, lambda connection: pytest.fail("moved twice"))


def test_a_folder_put_there_is_a_song_and_one_taken_away_is_none(quick_home: Path, song_folder: Path) -> None:
    Service(ServerOptions(quick_home, n_workers=0))
    (quick_home / "songs" / "mine").symlink_to(song_folder)
    service = Service(ServerOptions(quick_home, n_workers=0))
    assert [song["id"] for song in service.library.songs()] == ["mine"]
    assert service.describe_song("mine")["n_bars"] == 40
    (quick_home / "songs" / "mine").unlink()
    (quick_home / "jobs.sqlite").unlink()
    assert Service(ServerOptions(quick_home, n_workers=0)).library.songs() == []


def test_too_many_waiting_are_refused_for_now(quick_home: Path) -> None:
    service = Service(ServerOptions(quick_home, n_workers=0, most_waiting=2), QUICK)
    for number in range(2):
        _ask(service, f"quick {number}")
    with pytest.raises(BusyError, match="2 jobs are waiting"):
        _ask(service, "quick 3")


def test_fifty_clients_queue_while_workers_are_killed(quick_home: Path) -> None:
    service = Service(ServerOptions(quick_home, n_workers=2), QUICK)
    prompts = [f"quick {number % 40}" for number in range(100)]
    with TestClient(make_app(service), base_url=HERE) as client:

        def ask(prompt: str) -> dict:
            answer = client.post("/api/songs", json={"brief": {"prompt": prompt, "seed": 1}})
            assert answer.status_code in (200, 202), answer.text
            return answer.json()

        with ThreadPoolExecutor(50) as clients:
            made = list(clients.map(ask, prompts))
        for _ in range(2):
            time.sleep(0.2)
            process = service.keepers[0].process_id
            if process is not None:
                os.kill(process, signal.SIGKILL)
        assert len({job["id"] for job in made}) == 40  # the same request is the same job
        states = [ended(service, job["id"]) for job in made]
        assert {(job.state, str(job.problem)) for job in states} == {("done", "None")}
        assert len(client.get("/api/songs").json()) == 40
        assert sum(_begun(quick_home).values()) <= 42  # only what was killed is begun again


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="who started a process is read from /proc")
def test_servers_killed_with_their_workers_lose_nothing(quick_home: Path) -> None:
    """Workers end by themselves; the next server takes the jobs when their leases run out."""
    load = Load(n_jobs=200, n_kills=4)
    outcome = run_load(load, quick_home)
    assert outcome.faults == [] and outcome.killed.total() == load.n_kills
    assert outcome.n_begun_again <= load.n_kills * load.n_workers
