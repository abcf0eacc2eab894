"""What to write instead: for each rule that has one, a function from a finding to edits.

    from analyzers.fixes.passwords import to_environment as fix     # in the rule's module

A function `(code, finding) -> Fix | None` looks at the tree and answers with the smallest edits
that keep formatting and comments, or with None where it is not sure that the code goes on doing
what it did. It decides nothing: `mended` applies a fix only when the text that has it parses, is
free of the finding and has no new one.

    places      where a finding's nodes are      writing     nodes as text, arguments in and out
    imports     a module's name, imported        literals    string literals, piece by piece
    templates   strings put together, as characters and holes
    mended      which fixes an insertion gets

Each of the others is named for what it mends.
"""
