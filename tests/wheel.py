"""Look into a wheel: `python -m tests.wheel dist/symbolic_music-0.1.0-py3-none-any.whl`.

It is pure Python, has all that the package needs at run time, and nothing of the repository's other folders.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "symbolic_music"
# What is read at run time beside the code; each must be there at least once.
NEEDED = (
    "py.typed", "weights/phrases/model.safetensors", "weights/planner.safetensors", "weights/melody_critic.npz",
    "weights/originality.npz", "weights/pitch/", "weights/phrases/model.onnx", "weights/phrases/tokenizer",
    "styles/funk.yaml", "styles/tables/traits.yaml", "performing/groove.json", "evaluation/human_reference.json",
    "importing/languages/", "games/music.schema.json", "filling/fills.yaml", "server/static/index.html",
)  # fmt: skip
NATIVE = (".so", ".pyd", ".dll", ".dylib")


def problems_of(names: list[str], wheel: str) -> list[str]:
    """Say what is wrong with a wheel's name and list of files."""
    inside = [name.removeprefix(f"{PACKAGE}/") for name in names if name.startswith(f"{PACKAGE}/")]
    found = [f"{wheel}: not for every system and Python 3"] if not wheel.endswith("-py3-none-any.whl") else []
    found += [f"{needed} is missing" for needed in NEEDED if not any(name.startswith(needed) for name in inside)]
    other = {name.partition("/")[0] for name in names if not name.partition("/")[0].endswith(".dist-info")}
    found += [f"{name} is no part of the package" for name in sorted(other - {PACKAGE})]
    found += [f"{name} is built for one system" for name in names if name.endswith(NATIVE)]
    found += [f"{name} is left over" for name in names if "__pycache__" in name or name.endswith(".pyc")]
    wanted = {
        path.relative_to(ROOT / PACKAGE).as_posix() for path in (ROOT / PACKAGE).rglob("*.py") if path.is_file()
    } | {path.relative_to(ROOT / PACKAGE).as_posix() for path in (ROOT / PACKAGE / "styles").rglob("*.yaml")}
    return [*found, *(f"{name} is missing" for name in sorted(wanted - set(inside)))]


def main() -> int:
    """Print what is wrong; the exit code says whether anything is."""
    parser = argparse.ArgumentParser(prog="python -m tests.wheel", description=__doc__)
    parser.add_argument("wheels", type=Path, nargs="+", metavar="FILE")
    found = []
    for path in parser.parse_args().wheels:
        with zipfile.ZipFile(path) as archive:
            found += problems_of(archive.namelist(), path.name)
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
    print("\n".join(found) or "nothing is missing or too much")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
