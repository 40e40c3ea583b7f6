"""Units, the smallest pieces that a decoder accepts: a sample of each channel (PCM), a frame (AAC), a packet (Opus)."""
