"""From sung notes to a voice: a demo, not a singer (docs/singing.md says how well it is understood)."""

from symbolic_music.singing.sing import Vocals, sing
from symbolic_music.singing.voice import SungBy

__all__ = ["SungBy", "Vocals", "sing"]
