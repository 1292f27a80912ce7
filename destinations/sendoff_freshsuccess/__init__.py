"""Freshsuccess usage events as a destination of sendoff."""
