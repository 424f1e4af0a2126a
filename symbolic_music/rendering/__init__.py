"""From a score to sound."""

from symbolic_music.rendering.audio import Audio, write_audio
from symbolic_music.rendering.soundfont import find_soundfont
from symbolic_music.rendering.synthesizer import RenderOptions, render

__all__ = ["Audio", "RenderOptions", "find_soundfont", "render", "write_audio"]
