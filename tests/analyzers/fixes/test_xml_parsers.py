"""Parsers replace no entities."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.xml_parsers import hardened


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "from lxml import etree\nr = «etree.parse(f)»\n",
            (
                "from lxml import etree\n"
                "r = etree.parse(f, parser=etree.XMLParser(resolve_entities=False, "
                "no_network=True))\n"
            ),
        ),
        (
            "from lxml import etree\np = etree.XMLParser(load_dtd=True)\nr = «etree.parse(f, p)»\n",
            (
                "from lxml import etree\n"
                "p = etree.XMLParser(load_dtd=False, resolve_entities=False, "
                "no_network=True)\n"
                "r = etree.parse(f, p)\n"
            ),
        ),
        (
            (
                "from lxml import etree\n"
                "p = «etree.XMLParser(resolve_entities=True, no_network=False)»\n"
            ),
            (
                "from lxml import etree\n"
                "p = etree.XMLParser(resolve_entities=False, no_network=True)\n"
            ),
        ),
        (
            "import xml.sax\np.«setFeature(xml.sax.handler.feature_external_ges, True)»\n",
            "import xml.sax\np.setFeature(xml.sax.handler.feature_external_ges, False)\n",
        ),
        (
            (
                "import defusedxml.ElementTree\n"
                "import xml.etree.ElementTree as ET\n"
                "r = «ET.parse(f)»\n"
            ),
            (
                "import defusedxml.ElementTree\n"
                "import xml.etree.ElementTree as ET\n"
                "r = defusedxml.ElementTree.parse(f)\n"
            ),
        ),
    ],
)
def test_the_parser_gets_its_options(mend: Any, before: str, after: str) -> None:
    """A parser of its own, or the one that is there."""
    assert mend(hardened, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "import xml.etree.ElementTree as ET\nr = «ET.parse(f)»\n",
    ],
)
def test_no_package_is_asked_for_that_the_project_lacks(mend: Any, before: str) -> None:
    """The standard library has no such options."""
    assert mend(hardened, before) is None
