"""Streams as a caller reads them, of one track or of a list."""
