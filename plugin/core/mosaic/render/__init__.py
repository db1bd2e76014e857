"""One block of the mosaic after the other."""
