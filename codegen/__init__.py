"""From a request to generated text: model store, loading, tokenizer, prompts, decoder, engine.

`codegen.engine` is the seam that callers use; it imports no torch.
"""
