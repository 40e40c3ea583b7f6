"""A track: the stream of one source, which goes on when a leg of it fails."""
