# mypy: ignore-errors
# ruff: noqa
"""Titles of a feed."""

import defusedxml.ElementTree as ElementTree
import requests

TIMEOUT_S = 10


def titles(url):
    answer = requests.get(url, timeout=TIMEOUT_S)
    answer.raise_for_status()
    root = ElementTree.fromstring(answer.content)
    return [item.findtext("title", default="") for item in root.iter("item")]


if __name__ == "__main__":
    for title in titles("https://www.example.org/feed.xml"):
        print(title)
