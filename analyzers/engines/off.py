"""The tests of Bandit and the rules of ruff that no rule of ours stands for, and why.

Every other one is among the aliases of exactly one rule; a test holds both lists together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_MODULE_ALONE = "an import does nothing; the rules look at what is called"
_LIST = "a list of arguments needs no shell: this is the safe form"

_BY_NUMBER = {
    "310": "urlopen is asked where its address comes from, by the rule ssrf",
    "403": _MODULE_ALONE,
    "404": _MODULE_ALONE,
    "412": "servers drop the header Proxy since 2016",
    "413": "the maintained successor of pycrypto has the same name",
    "601": "exec_command is asked where its command comes from, by the rule command-injection",
    "603": _LIST,
    "606": _LIST,
    "607": "the search path is the machine's own; a full path breaks on the next machine",
}
_IMPORTS_OF_XML = ("S405", "S406", "S407", "S408", "S409", "S411")
OFF: Mapping[str, str] = MappingProxyType(
    {f"{letter}{number}": why for number, why in _BY_NUMBER.items() for letter in "BS"}
    | dict.fromkeys(_IMPORTS_OF_XML, _MODULE_ALONE)
)
