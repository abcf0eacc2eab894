"""Which CWE numbers name the same weakness for the purpose of a label.

Tools and data sets choose different depths of the CWE tree: a label 328 (weak hash) is met by a
finding 327 (broken crypto). Each group holds a number with its parents, children and siblings that
scanners use for it. Source: the relations of CWE 4.x, cwe.mitre.org.
"""

from __future__ import annotations

_GROUPS = (
    {22, 23, 36, 73},  # path traversal
    {77, 78, 88},  # command
    {79, 80, 83, 116},  # cross-site scripting
    {89, 564, 943},  # SQL
    {90},  # LDAP
    {94, 95, 96, 1336},  # code, that of templates too
    {259, 321, 798},  # hard-coded credentials
    {326, 327, 328, 916},  # weak cryptography
    {330, 331, 335, 337, 338},  # weak randomness
    {501},
    {502},  # deserialisation
    {601},
    {611, 776, 827},  # XML entities
    {614, 1004},  # cookie flags
    {643, 91},  # XPath
)


def same_weakness(found: int | None, expected: int) -> bool:
    """Whether a finding's CWE answers a label's."""
    return found == expected or any(found in group and expected in group for group in _GROUPS)
