"""Downloads the sources of the local ffmpeg, by the service's rules for addresses."""
