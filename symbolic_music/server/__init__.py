"""The service: songs and jobs over REST, events, agents' tools (MCP), live bars; no music in it."""

from symbolic_music.server.options import ServerOptions

__all__ = ["ServerOptions"]
