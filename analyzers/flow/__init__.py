"""Where data comes from and where it goes: an abstract interpreter over Python's syntax tree.

`analysis.analysis(code)` interprets a file once: its top level, then each function in focus, with
calls to the file's own functions followed. It folds constants, leaves out branches that cannot be
taken, follows keys and positions of containers, and learns from guards. What it leaves behind are
*events*: calls, stores and returns with what is known of every argument. The injection rules are
tables of sinks that `sinks.flows` holds against the events.

    origin   where a value comes from, and for which uses it was made harmless
    value    what is known of one value
    heap     what is known of containers and objects, which several names may share
    state    names, heap and guards at one point of the program
"""
