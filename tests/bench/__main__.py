"""Compare this tree with a commit, run by run, and print a table of medians and ratios.

    python -m tests.bench                      against the last tag
    python -m tests.bench --against 1d16b56 --pairs 5

Both trees are measured in turn, so that a machine that becomes busier is busier for both. Their modules are compiled
before, as those of an installed package are.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parents[2]
PARTS = ("start", "song", "variations", "rendering")
Figures = dict[str, list[float]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--against", help="a commit; the last tag if left out, alone if there is none")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--only", choices=PARTS, nargs="*", default=PARTS)
    asked = parser.parse_args()
    commit = asked.against or last_tag()
    with tempfile.TemporaryDirectory() as folder:
        trees = {"this tree": HERE}
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        if commit:
            trees[commit] = checked_out(commit, Path(folder) / "tree")
        for tree in trees.values():
            compile_package(tree)
        try:
            figures: dict[str, Figures] = {name: {} for name in trees}
            for pair in range(asked.pairs):
                order = list(trees.items()) if pair % 2 == 0 else list(trees.items())[::-1]
                for part in asked.only:
                    for name, tree in order:
                        add(figures[name], measure(part, tree))
        finally:
            if commit:
                git("worktree", "remove", "--force", str(trees[commit]))
    print(table(figures, asked.pairs))


def last_tag() -> str | None:
    """The last tag before this commit."""
    found = subprocess.run(["git", "describe", "--tags", "--abbrev=0"], cwd=HERE, capture_output=True, text=True)
    return found.stdout.strip() or None


def git(*arguments: str) -> None:
    """Run git in this tree."""
    subprocess.run(["git", *arguments], cwd=HERE, check=True, capture_output=True)


def checked_out(commit: str, tree: Path) -> Path:
    """A commit in a folder of its own."""
    git("worktree", "add", "--detach", str(tree), commit)
    return tree


def compile_package(tree: Path) -> None:
    """Compile a tree's modules, as an installer does."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(tree / "symbolic_music")], check=True)


def measure(part: str, tree: Path) -> Mapping[str, float]:
    """Measure one part of one tree, in new processes."""
    # The measuring code is this tree's, the package the other's.
    path = os.pathsep.join([str(tree), str(HERE)])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    if part == "start":
        return {"--help, s": seconds_of(["--help"], environment), "first line, s": first_line(environment)}
    with tempfile.TemporaryDirectory() as elsewhere:
        script = HERE / "tests" / "bench" / "one.py"
        done = subprocess.run(
            [sys.executable, str(script), part], cwd=elsewhere, env=environment, capture_output=True, text=True
        )
    if done.returncode:
        print(f"{tree.name}: {part} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return {}
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def seconds_of(arguments: list[str], environment: Mapping[str, str]) -> float:
    """How long a command of the package takes."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as elsewhere:
        subprocess.run([sys.executable, "-m", "symbolic_music", *arguments], cwd=elsewhere, env=dict(environment),
                       check=True, capture_output=True)  # fmt: skip
    return time.perf_counter() - began


def first_line(environment: Mapping[str, str]) -> float:
    """How long it takes until ``create`` shows its first line."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as elsewhere:
        command = [sys.executable, "-m", "symbolic_music", "create", "pop", "--bars", "8", "--audio", "none"]
        process = subprocess.Popen(command, cwd=elsewhere, env=dict(environment), stderr=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL)  # fmt: skip
        with process:
            assert process.stderr is not None
            process.stderr.readline()
            seconds = time.perf_counter() - began
            process.terminate()
    return seconds


def add(figures: Figures, found: Mapping[str, float]) -> None:
    """Keep what was measured."""
    for name, value in found.items():
        figures.setdefault(name, []).append(value)


def table(figures: dict[str, Figures], pairs: int) -> str:
    """Medians side by side, and the median of the pairs' ratios (this tree over the commit)."""
    names = list(figures)
    rows = [["", *names, *(["ratio"] if len(names) > 1 else [])]]
    for what in dict.fromkeys(name for own in figures.values() for name in own):
        values = [figures[name].get(what, []) for name in names]
        row = [what, *(f"{median(own):.4g}" if own else "-" for own in values)]
        if len(names) > 1:
            ratios = [ours / theirs for ours, theirs in zip(*values, strict=False) if theirs]
            row.append(f"{median(ratios):.2f}" if ratios else "-")
        rows.append(row)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join([f"Medians of {pairs} paired runs, {os.cpu_count()} cores.", "", *lines])


if __name__ == "__main__":
    main()
