"""A track: the stream of one source, which continues when one of its legs fails."""
