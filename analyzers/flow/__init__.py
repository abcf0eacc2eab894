"""Where data comes from and where it goes: an abstract interpreter over Python's syntax tree.

`analysis.analysis(code)` interprets a file once: its top level, then each function in focus, with
calls to the file's own functions followed. It folds constants, leaves out branches that cannot be
taken, follows keys and positions of containers, and learns from guards. What it leaves behind are
*events*: calls, stores and returns with what is known of every argument. The injection rules are
tables of sinks that `sinks.flows` holds against the events.

    analysis      runs a file once for all rules; `events` is what it leaves behind
    interpreter   what the parts below share, the bounds, calls of the file's own functions
    origin, value, heap, state     where a value comes from; one value; containers and objects;
                                   names, heap and guards at one point of the program
    expressions, places, displays, calls, functions, methods, containers, formatting, folding
                                   what an expression is worth
    statements, loops, matching, defining, targets     what a statement does
    guards, checks, home           what follows from a condition
    patterns, context              what a regular expression lets through; where in a text a value
                                   stands
    callbacks                      what calls the functions that are handed on
    callers                        who else is run where only a part of a file is asked about
    request, sources, library      what comes from outside; tables of sources and of libraries
    sinks                          a rule's table of sinks, held against the events
"""
