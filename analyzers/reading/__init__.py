"""From text to tree, whatever the text: other versions' syntax, half-typed lines, cut-out pieces.

`parsing.parse` reads Python strictly and independently of the interpreter that runs it,
`tolerance.parse_tolerant` reads what can be read of anything, and `statements.statements` splits a
text without reading it. None of them raises.
"""
