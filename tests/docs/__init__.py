"""Documents are run: code blocks, commands, examples; and they are wrapped alike."""
