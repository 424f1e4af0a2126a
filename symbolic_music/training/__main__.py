"""Train the phrase model.

``python -m symbolic_music.training [--config FILE] [name=value …]`` on one processor or GPU, ``accelerate launch
[its options] -m symbolic_music.training …`` on several. Run again, it goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from symbolic_music.errors import SymbolicMusicError
from symbolic_music.training.config import load_config


def main() -> int:
    """Read the configuration and train."""
    parser = argparse.ArgumentParser(prog="python -m symbolic_music.training", description="Train the phrase model.")
    parser.add_argument("--config", type=Path, help="TOML file of options")
    parser.add_argument("overrides", nargs="*", metavar="name=value")
    arguments = parser.parse_args()
    try:
        config = load_config(arguments.config, dict(item.partition("=")[::2] for item in arguments.overrides))
        from symbolic_music.training.train import train

        train(config)
    except SymbolicMusicError as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
