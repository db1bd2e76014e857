"""One adapter per way a product lies on disk, and `opening`, which chooses among them."""
