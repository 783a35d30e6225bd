"""Where audio comes from: each source is an iterable of `AudioChunk`."""
