"""What to write instead: for each rule that has one, a function from a finding to edits.

    from analyzers.fixes import passwords        # in the rule's module
    fix = passwords.to_environment

Such a function, `(code, finding) -> Fix | None`, looks at the tree and answers with the smallest
edits that keep formatting and comments, or with None where it is not sure that the code goes on
doing what it did. It decides nothing: a fix is a proposal, which `mended` applies only when the
text that has it can be read, is free of the finding and has no new one.

    offers      asks the rules for the fixes of findings     places      finds a finding's nodes
    mended      which fixes an insertion gets                writing     nodes as text, lines
    files       which fixes a file gets                      imports     names, imported if need be
    ways        the names that carry a finding's data        callers     what a parameter is given

    literals    string literals, character by character      rewriting   strings with other parts
    templates   strings put together: characters and values  wrapping    calls around its values
    parts, filling                                           sql_*, shell_text, path_folders
    html_text   where in a page a value stands               html_pages  which strings are pages
    hash_uses   whom a digest is for                         runners     what runs its arguments

Each of the others is named for what it mends. Text of the kinds that a fix must tell apart (a value
in SQL, a word in a command) is read by a small reader of its own, never by a regular expression
over the whole.
"""
