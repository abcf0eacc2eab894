"""Tokens guessed from text that is there already, for the model to accept or refuse."""
