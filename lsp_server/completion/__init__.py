"""One inline completion: from a document and a cursor to the text to insert, or why none."""
