"""Lead sheet to score: melody, piano, bass, drums and strings."""

from symbolic_music.arranging.arrange import ArrangeOptions, arrange

__all__ = ["ArrangeOptions", "arrange"]
