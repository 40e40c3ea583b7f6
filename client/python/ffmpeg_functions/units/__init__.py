"""Units, which a decoder takes at once: a sample of each channel (PCM), a frame (AAC), a packet (Opus)."""
