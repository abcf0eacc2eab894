"""As much of MongoDB's driver as the programs need: filters that know operators."""

from __future__ import annotations

from typing import Any


class Collection:
    """Documents, in the order in which they came."""

    def __init__(self) -> None:
        self._held: list[dict[str, Any]] = []

    def insert_one(self, document: dict[str, Any]) -> None:
        self._held.append(document)

    def find_one(self, wanted: dict[str, Any]) -> dict[str, Any] | None:
        return next((one for one in self._held if _fits(one, wanted)), None)


class Database:
    def __init__(self) -> None:
        self.users = Collection()


class MongoClient:
    def __init__(self, address: str = "") -> None:
        self.address = address
        self.shop = Database()


def _fits(document: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(_agrees(document.get(key), asked) for key, asked in wanted.items())


def _agrees(held: object, asked: object) -> bool:
    if not isinstance(asked, dict) or not any(key.startswith("$") for key in asked):
        return held == asked
    return all((held == to) is (operator == "$eq") for operator, to in asked.items())
