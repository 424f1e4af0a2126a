"""Styles of playing: what each is, who plays in it and when. Each YAML file here is a style."""
