"""The child process that talks to the Hugging Face hub; `codegen.store.hub` starts it as a script.

    hub_child.py list REPO
        prints the repository's commit, licence and files as JSON
    hub_child.py fetch REPO COMMIT FOLDER [[NAME, BYTES], ...]
        fetches the files into FOLDER, going on where earlier runs stopped

It imports nothing of ours. A failure is one line on stderr and exit code 1. It ends itself when
its parent is gone, so that a killed pull does not download on. Files are fetched with ranged
requests through huggingface_hub's session, address and token: `hf_hub_download` (2.4) starts every
file anew in a fresh process.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

# How long to wait after a first, second and third broken connection that brought nothing.
_PAUSES_S = (0.2, 0.8, 3.0)


def list_repo(repo: str) -> None:
    """Prints what the repository holds."""
    from huggingface_hub import HfApi

    info = HfApi().model_info(repo, files_metadata=True, timeout=5)
    card = info.card_data.to_dict() if info.card_data is not None else {}
    licence = card.get("license")
    if licence == "other":
        licence = card.get("license_name") or licence
    files = [
        {
            "name": file.rfilename,
            "bytes": file.size,
            "etag": file.lfs.sha256 if file.lfs is not None else file.blob_id,
        }
        for file in info.siblings or ()
    ]
    print(json.dumps({"commit": info.sha, "licence": licence, "files": files}))  # noqa: T201


def fetch_files(repo: str, commit: str, folder: Path, files: list[tuple[str, int]]) -> None:
    """Fetches every file that is not complete yet."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    for name, size in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        url = hf_hub_url(repo, name, revision=commit)
        path.touch()
        fruitless = 0
        while (before := path.stat().st_size) != size:
            try:
                _append_rest(url, path, size)
                break
            except HfHubHTTPError:
                raise
            except HfHubHTTPError.__bases__[0]:  # A broken connection, of whichever HTTP library.
                fruitless = 0 if path.stat().st_size > before else fruitless + 1
                if fruitless > len(_PAUSES_S):
                    raise
                time.sleep(0 if fruitless == 0 else _PAUSES_S[fruitless - 1])


def _append_rest(url: str, path: Path, size: int) -> None:
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    with path.open("ab") as file:
        if file.tell() > size:
            file.truncate(0)
        headers = build_hf_headers() | {
            "Range": f"bytes={file.tell()}-",
            "Accept-Encoding": "identity",
        }
        with get_session().stream("GET", url, headers=headers, follow_redirects=True) as answer:
            hf_raise_for_status(answer)
            if answer.status_code != 206:
                file.truncate(0)
            # In the sizes they come in: what is gathered into larger ones is lost when it breaks.
            for chunk in answer.iter_raw():
                file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _end_with_parent() -> None:
    # Not through sys.stdin, whose lock would be held when the interpreter shuts down.
    while os.read(0, 1):
        pass
    os._exit(1)


def _main(arguments: list[str]) -> str | None:
    try:
        from huggingface_hub.errors import (
            GatedRepoError,
            HfHubHTTPError,
            OfflineModeIsEnabled,
            RepositoryNotFoundError,
        )
    except ImportError:
        return "huggingface_hub is not installed (pip install 'leadsman[hub]')"
    try:
        if arguments[0] == "list":
            list_repo(arguments[1])
        else:
            repo, commit, folder, files = arguments[1:]
            fetch_files(repo, commit, Path(folder), json.loads(files))
    except OfflineModeIsEnabled:
        return "HF_HUB_OFFLINE is set"
    except GatedRepoError:
        return f"{arguments[1]} asks for a log-in: accept its terms on the hub and set HF_TOKEN"
    except RepositoryNotFoundError:
        return f"{arguments[1]} does not exist there, or is private and HF_TOKEN is not set"
    except (HfHubHTTPError.__bases__[0], OSError, ValueError) as error:
        return " ".join(str(error).split())[:300] or type(error).__name__
    return None


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.exit(_main(sys.argv[1:]))
