"""The author kit: what a plugin or an embedding program needs to test itself."""
