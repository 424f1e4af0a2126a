"""Fuzz the readers for some minutes, or by number: `python -m tests.fuzz --minutes 5 --reader abc`, `--mutants 20000`.

With atheris installed (`pip install -e '.[fuzz]'`, Linux) mutations are guided by which lines they reach;
without it, with `--engine mutations`, or if a number is asked for, they are drawn by chance. What breaks is written
to `fuzz-crashes/`, from where it goes to `tests/cases` with a test once it is understood.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import math
import random
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.fuzz.memory import most_memory_mb
from tests.fuzz.mutations import mutate
from tests.fuzz.readers import CORPUS, MOST_SEC, READERS, corpus_of, survives

CRASHES = Path("fuzz-crashes")
MOST_MB = 1024


def main() -> int:
    """Fuzz each reader for its share of the time; the exit code says whether anything broke."""
    options = _options()
    names = options.reader or list(READERS)
    seconds = options.minutes * 60 / len(names)
    has_atheris = importlib.util.find_spec("atheris") is not None
    engine = options.engine or ("atheris" if has_atheris and options.mutants is None else "mutations")
    CRASHES.mkdir(exist_ok=True)
    if engine == "atheris":
        broken = sum(_guided(name, seconds, options.seed) for name in names)
    elif options.mutants is None:
        broken = sum(_by_chance(name, seconds, sys.maxsize, options.seed) for name in names)
    else:
        most = -(-options.mutants // len(names))
        broken = sum(_by_chance(name, math.inf, most, options.seed) for name in names)
    memory = most_memory_mb()
    print(f"{broken} faults" if broken else "nothing broke", f"at most {memory} MB", sep=", ")
    return int(broken > 0 or memory > MOST_MB)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--mutants", type=int, help="so many, over all readers, however long it takes")
    parser.add_argument("--reader", action="append", choices=sorted(READERS))
    parser.add_argument("--engine", choices=("atheris", "mutations"))
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _by_chance(name: str, seconds: float, most: int, seed: int) -> int:
    """Read mutants until the time is over or so many were; return how many different faults they found."""
    reader, good, chance = READERS[name], corpus_of(name), random.Random(f"{name} {seed}")
    found: set[str] = set()
    tried = accepted = 0
    longest = 0.0
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while tried < most and time.monotonic() < end:
            data = mutate(chance, good, reader.words)
            start = time.process_time()
            try:
                accepted += survives(reader, data, Path(folder))
            except Exception as failure:
                found.add(_keep(name, data, failure))
            longest = max(longest, spent := time.process_time() - start)
            if spent > MOST_SEC:
                found.add(_keep(name, data, TimeoutError(f"more than {MOST_SEC:g} s")))
            tried += 1
    print(f"{name}: {tried} mutants, {accepted} read, {len(found)} faults, {longest:.2f} s at most", flush=True)
    return len(found)


def _keep(name: str, data: bytes, failure: Exception) -> str:
    """Write down what broke, once for each place in the code; return that place."""
    frames = traceback.extract_tb(failure.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else str(failure)
    place = f"{type(failure).__name__} at {where}"
    path = CRASHES / f"{name}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
    if not path.exists():
        path.write_bytes(data)
        print(f"{name}: {place}: {failure} (kept as {path})", flush=True)
    return place


def _guided(name: str, seconds: float, seed: int) -> int:
    """Let atheris drive one reader in a process of its own, for it never returns; whether it found a fault."""
    with tempfile.TemporaryDirectory() as grown:
        arguments = [
            f"-max_total_time={max(1, round(seconds))}", f"-timeout={MOST_SEC:.0f}", "-rss_limit_mb=1024",
            f"-seed={seed + 1}", f"-artifact_prefix={CRASHES}/{name}-", "-print_final_stats=0", "-verbosity=0",
        ]  # fmt: skip
        command = [sys.executable, "-m", "tests.fuzz.guided", name, *arguments, grown, str(CORPUS / name)]
        code = subprocess.run(command, check=False).returncode
    print(f"{name}: {seconds:.0f} s guided by coverage, {'a fault' if code else 'no fault'}", flush=True)
    return int(code != 0)


if __name__ == "__main__":
    sys.exit(main())
