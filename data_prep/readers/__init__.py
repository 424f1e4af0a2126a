"""One module per source. Each has

- ``FOLDERS``: the folders under the data folder that it reads, the first one indispensable;
- ``list_items(data) -> list[str]``: the songs to read, in a fixed order;
- ``read_item(data, item) -> Reading``: one song as written, with what was wrong in it;
- ``CODE`` (optional): modules of ``data_prep`` that it reads with besides those that all readers use.

An unreadable file raises; the build names it and goes on.
"""

from __future__ import annotations
