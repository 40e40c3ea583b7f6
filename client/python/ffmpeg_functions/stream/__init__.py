"""Streams that a caller reads: of one track or of a playlist."""
