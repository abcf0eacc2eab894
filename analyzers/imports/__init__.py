"""Which modules there are, and what an import that names none of them probably means.

`verdict.unknown_module` is the entry. Folders and files are listed and read; nothing is imported
and nothing of the workspace runs.
"""
