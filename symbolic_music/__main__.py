"""``python -m symbolic_music`` is the command line."""

try:
    from symbolic_music.cli import main
except KeyboardInterrupt:  # within the first tenth of a second
    raise SystemExit(130) from None

main()
