"""A store that another process holds open, reached over the socket beside its file."""
