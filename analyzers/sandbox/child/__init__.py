"""What runs in the sandbox's own processes, from source that the parent sends.

These modules import the standard library and one another and nothing else of the project.
"""
