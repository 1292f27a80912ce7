"""Presets: blueprints shipped in a package."""
