"""Pages, charts and pictures that people read; all reports share them."""
