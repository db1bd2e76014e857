"""Guidelines in the dock: draw them, try thresholds, take them."""
