"""What a server may do and where it keeps its songs."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from symbolic_music.budget import Budget
from symbolic_music.errors import InputError

HOME_VARIABLE = "SYMBOLIC_MUSIC_HOME"
DEFAULT_PORT = 8765


def default_home() -> Path:
    """The folder of songs: the environment's, else one in the user's home."""
    return Path(os.environ.get(HOME_VARIABLE) or Path.home() / "symbolic-music")


@dataclass(frozen=True)
class ServerOptions:
    """How to serve.

    Parameters
    ----------
    home : Path
        Folder of songs, uploads and the list of jobs.
    host, port
        Where to listen; ``127.0.0.1`` is this machine only.
    token : str, optional
        What a client must show; needed where other machines can reach the server.
    n_workers : int
        Processes that make music at the same time; 0 makes none (another server on the same home does).
    budget : Budget
        The most that one job may use.
    most_waiting : int
        Jobs that may wait; more are refused for the time being.
    body_kb : int
        Size of a request that is no upload, in units of 1024 bytes.
    """

    home: Path = field(default_factory=default_home)
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    token: str | None = None
    n_workers: int = 1
    budget: Budget = field(default_factory=lambda: Budget(seconds=300.0, memory_mb=4096))
    most_waiting: int = 1000
    body_kb: int = 512

    def __post_init__(self) -> None:
        """Refuse what cannot be served, and an open door without a key."""
        if not 0 <= self.port <= 65535:
            raise InputError(f"port {self.port} is not possible", "use 0 (any free one) to 65535")
        if not 0 <= self.n_workers <= 64:
            raise InputError(f"{self.n_workers} workers are not possible", "use 0 to 64")
        if self.token is not None and len(self.token) < 16:
            raise InputError("the token is too short", "use 16 signs or more")
        if self.token is None and not is_this_machine(self.host):
            raise InputError(f"{self.host} can be reached by other machines", "give a --token, or listen on 127.0.0.1")


def is_this_machine(host: str) -> bool:
    """Whether nobody but this machine can reach a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
