"""Measuring: how fast a song comes, stage by stage, against an earlier commit (``make bench``)."""
