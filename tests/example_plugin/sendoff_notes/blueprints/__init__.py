"""Presets of the notes plugin."""
