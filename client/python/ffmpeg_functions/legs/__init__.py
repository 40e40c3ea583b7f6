"""Legs: one encoder's part of a stream, from the service or the local ffmpeg."""
