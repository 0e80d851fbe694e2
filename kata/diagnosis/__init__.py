"""Which misconception is behind a failure; and the pytest plugin, which asks."""
