# mypy: ignore-errors
# ruff: noqa
"""Items behind an API key."""

import os
import secrets
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, Field

API_KEY_NAME = "X-API-Key"
api_key_header = APIKeyHeader(name=API_KEY_NAME, auto_error=True)
app = FastAPI(title="items")


class Item(BaseModel):
    name: str = Field(min_length=1, max_length=100)
    price: float = Field(gt=0)


def check_key(api_key: Annotated[str, Security(api_key_header)]) -> None:
    if not secrets.compare_digest(api_key, os.environ["API_KEY"]):
        raise HTTPException(status_code=403, detail="wrong key")


ITEMS: dict[int, Item] = {}


@app.get("/items/{item_id}", dependencies=[Depends(check_key)])
def read_item(item_id: int) -> Item:
    if item_id not in ITEMS:
        raise HTTPException(status_code=404, detail="no such item")
    return ITEMS[item_id]


@app.post("/items", status_code=201, dependencies=[Depends(check_key)])
def create_item(item: Item) -> dict[str, int]:
    number = len(ITEMS) + 1
    ITEMS[number] = item
    return {"id": number}
