# mypy: ignore-errors
# ruff: noqa
"""Files of one folder and of no other."""

from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse

ROOT = Path("/srv/files").resolve()
app = FastAPI()


@app.get("/files/{name:path}")
def download(name: str) -> FileResponse:
    target = (ROOT / name).resolve()
    if not target.is_relative_to(ROOT) or not target.is_file():
        raise HTTPException(status_code=404, detail="no such file")
    return FileResponse(target)
