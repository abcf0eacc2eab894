# mypy: ignore-errors
# ruff: noqa
"""Reads prices, politely."""

import csv
import logging
import time
from pathlib import Path

import requests
from bs4 import BeautifulSoup

logger = logging.getLogger(__name__)
BASE_URL = "https://shop.example.org/products"


def fetch(session, page):
    response = session.get(BASE_URL, params={"page": page}, timeout=15)
    response.raise_for_status()
    return BeautifulSoup(response.text, "html.parser")


def prices(pages=3):
    with requests.Session() as session:
        session.headers["User-Agent"] = "price-reader/1.0"
        for page in range(1, pages + 1):
            try:
                soup = fetch(session, page)
            except requests.RequestException as error:
                logger.warning("page %d could not be read: %s", page, error)
                continue
            for row in soup.select(".product"):
                yield row.select_one(".name").text, row.select_one(".price").text
            time.sleep(1)


def save(path: Path):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(prices())
