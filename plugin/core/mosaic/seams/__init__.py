"""Where one date ends and the next begins."""
