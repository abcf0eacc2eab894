"""The rules, one module each, by language; `text` holds those that any language can break."""
