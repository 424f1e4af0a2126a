"""The documents: brief, plan, lead sheet, score."""
