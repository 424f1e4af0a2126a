"""A song plan as a timeline: a block a section, as wide as it is long and as high as it is intense."""

from __future__ import annotations

from html import escape

from symbolic_music.formats.clips import section_colour
from symbolic_music.song.plan import PlannedSection, SongPlan

WIDTH, HEIGHT, HEAD, FOOT = 960, 120, 26, 34
# A section of intensity 0 is still to be seen.
LEAST_SHARE = 0.15
_INK = "#22272b"


def draw_timeline(plan: SongPlan) -> str:
    """Draw a plan's sections, phrases and keys along its bars.

    Parameters
    ----------
    plan : SongPlan
        A section's colour is that of its kind; its reason shows when the mouse rests on it.

    Returns
    -------
    str
        SVG, 960 wide; texts are escaped.
    """
    scale = WIDTH / plan.n_bars
    parts, bar = [_text(0, 17, repr(plan), 13)], 0
    for before, section in zip((None, *plan.sections), plan.sections, strict=False):
        shows_key = before is None or before.key != section.key
        parts.append(_section(section, bar * scale, section.n_bars * scale, shows_key))
        bar += section.n_bars
    height = HEAD + HEIGHT + FOOT
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    paper = '<rect width="100%" height="100%" fill="white"/>'
    return f'{head} font-family="sans-serif" fill="{_INK}">{paper}{"".join(parts)}</svg>'


def _section(section: PlannedSection, left: float, width: float, shows_key: bool) -> str:
    """Draw a section: its block, its phrases' letters, its name, bars and, where it is new, its key."""
    high = HEIGHT * (LEAST_SHARE + (1 - LEAST_SHARE) * section.intensity)
    top, base = HEAD + HEIGHT - high, HEAD + HEIGHT
    block = (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{max(width - 1.5, 1):.1f}" height="{high:.1f}" rx="2"'
        f' fill="{section_colour(section.name)}" fill-opacity="0.75"/>'
    )
    letters, bar = [], 0
    for phrase in section.phrases:
        at = left + width * bar / section.n_bars
        letters.append(_text(at + 4, base - 6, phrase.letter, 11))
        if bar:
            letters.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top:.1f}" y2="{base}" stroke="white"/>')
        bar += phrase.n_bars
    key = _text(left, base + 29, str(section.key), 11) if shows_key else ""
    said = f"{section.name}: {section.n_bars} bars, {section.key}, intensity {section.intensity:g}. {section.reason}"
    name = _text(left, base + 15, f"{section.name} {section.n_bars}", 11)
    return f"<g><title>{escape(said)}</title>{block}{''.join(letters)}{name}{key}</g>"


def _text(left: float, base: float, text: str, size: int) -> str:
    """Write a text."""
    return f'<text x="{left:.1f}" y="{base:.1f}" font-size="{size}">{escape(text)}</text>'
