"""Make every fault of ``mutants.toml`` in a copy of the code and see that its test fails: ``python -m tests.mutants``.

Names or parts of names as arguments choose some of them. The exit code is 0 if every fault is noticed, else 1. The
tests are first run on the code as it is: a test that fails anyway notices nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.listing import ROOT, Mutant, load_mutants

# What the tests of the list read.
COPIED = ("symbolic_music", "data_prep", "tests", "docs", "pyproject.toml", "README.md", "soundfonts", "examples")
# pytest's exit codes: all passed; some test failed. Others mean that it could not run at all.
PASSED, FAILED = 0, 1
SECONDS = 600


def main(wanted: Sequence[str]) -> int:
    """Try the mutants whose names contain one of the words, or all; returns the exit code."""
    mutants = [mutant for mutant in load_mutants() if not wanted or any(word in mutant.name for word in wanted)]
    if not mutants:
        print(f"no mutant is named like {', '.join(wanted)}; see tests/mutants/mutants.toml")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_code(Path(folder) / "code")
        if run_tests(copy, sorted({mutant.test for mutant in mutants})) != PASSED:
            print("the tests fail on the code as it is; mend that first")
            return 1
        survivors = [mutant for mutant in mutants if not is_killed(mutant, copy)]
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants killed")
    return 1 if survivors else 0


def copy_code(folder: Path) -> Path:
    """Copy what the tests need."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    return folder


def is_killed(mutant: Mutant, copy: Path) -> bool:
    """Put a fault into the copy, run its test, take the fault out again; says what happened."""
    path = copy / mutant.file
    text = path.read_text(encoding="utf-8")
    path.write_text(mutant.apply(text), encoding="utf-8")
    try:
        code = run_tests(copy, [mutant.test])
    finally:
        path.write_text(text, encoding="utf-8")
    verdict = {PASSED: "SURVIVED", FAILED: "killed"}.get(code, f"the test could not run (pytest says {code})")
    print(f"{verdict:9} {mutant.name}", flush=True)
    return code == FAILED


def run_tests(copy: Path, tests: Sequence[str]) -> int:
    """Run tests of the copy; returns pytest's exit code."""
    # Without bytecode, a file changed twice in a second is never taken for its older self.
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    result = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if result.returncode not in (PASSED, FAILED):
        print(result.stdout[-2000:], result.stderr[-2000:])
    return result.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
