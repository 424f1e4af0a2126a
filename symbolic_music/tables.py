"""Tables of the package: YAML files beside the code that reads them."""

from __future__ import annotations

from importlib import resources
from typing import Any

import yaml

# A safe loader either way; libyaml, where there is one, reads ten times faster.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_table(package: str, name: str) -> dict[str, Any]:
    """Read a table of the package's own; it is trusted, unlike a user's file (see `symbolic_music.song.document`).

    Parameters
    ----------
    package : str
        The package that the file lies in, such as ``symbolic_music.prosody``.
    name : str
        The file's name, or its path inside the package.

    Examples
    --------
    >>> read_table("symbolic_music.prosody", "sections.yaml")["chorus"][0]
    'chorus'
    """
    return dict(yaml.load(resources.files(package).joinpath(name).read_text(encoding="utf-8"), Loader=LOADER))
