"""The `styles` command: the styles a song can be played in, with their meters, tempos and bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from symbolic_music.cli.commands import AsJson, Quiet
from symbolic_music.cli.display import Display
from symbolic_music.cli.listing import app
from symbolic_music.cli.options import between

if TYPE_CHECKING:
    from symbolic_music.styles.style import Style


@app.command(epilog="Example: symbolic-music styles --meter 3/4 --tempo 120")
def styles(
    name: Annotated[str, typer.Argument(help="One style to show; all if left out.")] = "",
    meter: Annotated[str | None, typer.Option(help="Those played in it: 4/4, 3/4, 2/4, 6/8 or 12/8.")] = None,
    tempo: Annotated[
        float | None, typer.Option(callback=between(30, 260), help="Those played at it: quarters a minute, 30 to 260.")
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """List the styles: name, family, meters, tempo in quarters a minute, band."""
    with Display(quiet, as_json) as display:
        from symbolic_music.styles.style import check_fits, load_style, styles_fitting

        names = (check_fits(name, meter, tempo).name,) if name else styles_fitting(meter, tempo)
        found = [load_style(each) for each in names]
    data = {"n_styles": len(found), "styles": [_style_data(style) for style in found]}
    display.result(data, _lines(found))


def _style_data(style: Style) -> dict[str, object]:
    """Say a style as data for scripts."""
    return style.model_dump(mode="json", exclude={"schema_version", "levels"}) | {
        "programs": {part: instrument.program for part, instrument in style.instruments.items()}
    }


def _lines(found: list[Style]) -> list[str]:
    """Say the styles as a table, by name; the last line counts them."""
    rows = [("style", "family", "meters", "tempo", "band")]
    for style in found:
        low, high = style.tempo_qpm
        band = ", ".join(f"{part} {name}" if part != name else part for part, name in _band(style))
        rows.append((style.name, style.family, " ".join(style.meters), f"{low:g}-{high:g}", band))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=False)] + [row[4]] for row in rows]
    lines = ["  ".join(cells) for cells in padded]
    return [*lines, f"{len(found)} style{'' if len(found) == 1 else 's'}"] if found else ["no style fits that"]


def _band(style: Style) -> list[tuple[str, str]]:
    """List part and instrument in the order of the parts."""
    return [(part, instrument.name) for part, instrument in style.instruments.items()]
