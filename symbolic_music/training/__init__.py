"""From shards of token ids to weights: training, fine-tuning, preferences, export; needs torch."""
