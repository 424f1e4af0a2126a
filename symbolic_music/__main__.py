"""``python -m symbolic_music`` is the command line."""

from symbolic_music.cli import main

main()
