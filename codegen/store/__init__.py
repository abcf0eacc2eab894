"""The local model store: a pinned catalog, its sources, and atomic, resumable pulls."""
