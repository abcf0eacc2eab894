"""What the rules that look at single calls and literals share; no rule of its own.

calls      the calls of a text by the dotted name of what is called
constants  what an expression is known to be without running it
names      what an identifier says it holds
secrets    whether a literal looks like a secret, and of which provider
"""
