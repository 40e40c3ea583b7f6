"""The local ffmpeg: its argument list, its process, its live filters and its failures."""
