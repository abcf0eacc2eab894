"""Reviews files: which ones, what is wrong in them, and the documents that say so."""
