"""Layers of features in files."""
