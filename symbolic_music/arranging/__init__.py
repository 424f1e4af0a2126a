"""Lead sheet to score: the tune and a style's band."""

from symbolic_music.arranging.arrange import ArrangeOptions, arrange

__all__ = ["ArrangeOptions", "arrange"]
