"""Token ids to text, as they come and without ever half a character."""

from __future__ import annotations

import codecs

from codegen.tokenizer import Tokenizer


class StreamingDetokenizer:
    """Decodes one sequence of tokens.

    All that `push` and `flush` return, joined, equals one decoding of all the tokens' bytes at
    once: what is no UTF-8 becomes U+FFFD, and markers leave no text.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Starts with no bytes held back."""
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, token_id: int) -> str:
        """The text that this token completes; empty while a character is incomplete."""
        return self._decoder.decode(self._tokenizer.token_bytes(token_id))

    def flush(self) -> str:
        """The rest, when no token follows: U+FFFD for an incomplete character."""
        return self._decoder.decode(b"", final=True)
