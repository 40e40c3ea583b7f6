"""Legs: one encoder's stretch of a stream, from the service or from the local ffmpeg."""
