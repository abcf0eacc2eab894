"""Findings beside the text: scans of open documents and what the protocol makes of them."""
