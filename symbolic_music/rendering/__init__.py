"""From a score, or any MIDI file, to sound."""

from symbolic_music.formats.soundfont_file import read_soundfont
from symbolic_music.rendering.audio import AUDIO_SUFFIXES, Audio, convert_audio, write_audio
from symbolic_music.rendering.loudness import measure_file
from symbolic_music.rendering.options import CHORUSES, REVERBS, STYLES, Chorus, RenderOptions, Reverb
from symbolic_music.rendering.output import FileOptions, RenderReport, check_sound, render, render_file
from symbolic_music.rendering.soundfont import find_soundfont, installed_soundfonts

__all__ = [
    "AUDIO_SUFFIXES", "CHORUSES", "REVERBS", "STYLES", "Audio", "Chorus", "FileOptions", "RenderOptions",
    "RenderReport", "Reverb", "check_sound", "convert_audio", "find_soundfont", "installed_soundfonts", "measure_file",
    "read_soundfont", "render", "render_file", "write_audio",
]  # fmt: skip
