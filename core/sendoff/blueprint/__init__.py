"""Blueprints: versioned documents that say which events become which request fields."""
