"""Models of others, which transformers runs behind our engine: slower than our own decoders."""
