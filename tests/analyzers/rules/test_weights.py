"""How grave and how sure: only what is proven is blocked, only what matters is loud."""

from __future__ import annotations

import pytest

from analyzers.check import scan


@pytest.mark.parametrize(
    ("text", "rule", "weight", "action"),
    [
        (
            "import requests\nrequests.get(u, verify=False)",
            "tls-verification-off", "high high", "block",
        ),
        (
            "import requests\nrequests.get('https://localhost/x', verify=False)",
            "tls-verification-off", "high medium", "fix",
        ),
        ("x = 'glpat-" + "x8Zk2LmQ9vTn4RbW7yHd'", "exposed-secret", "high high", "block"),
        ("x = 'a\u202eb'", "invisible-character", "high high", "block"),
        ("x = '\u05e9\u202eb'", "invisible-character", "low low", "annotate"),
        ("api_key = '9f8a7c6b5d4e3f2a1b0c9d8e'", "hard-coded-secret", "high medium", "fix"),
        ("password = 'hunter2'", "hard-coded-secret", "medium medium", "annotate"),
        ("def test_it():\n    password = 'hunter2'", "hard-coded-secret", "low low", "annotate"),
        ("import hashlib\nhashlib.md5(password)", "weak-hash", "medium high", "fix"),
        ("import hashlib\nhashlib.md5(block)", "weak-hash", "medium medium", "annotate"),
        ("import hashlib\netag = hashlib.md5(body)", "weak-hash", "low low", "annotate"),
        (
            "import hashlib\ndef to_md5(t):\n    return hashlib.md5(t)",
            "weak-hash", "low low", "annotate",
        ),
        ("n = random.random()", "weak-random", "low low", "annotate"),
        ("import random\ntoken = random.random()", "weak-random", "medium medium", "annotate"),
        ("import random\ntoken = random.Random(7)", "weak-random", "low low", "annotate"),
        (
            "import random\ncode = random.randint(100000, 999999)",
            "weak-random", "medium medium", "annotate",
        ),
        ("code = random.randint(1, 99)", "weak-random", "low low", "annotate"),
        (
            "import random\ndef session_id():\n    return random.getrandbits(128)",
            "weak-random", "medium medium", "annotate",
        ),
        (
            "import random\ndef api_key():\n    return random.choices(a, k=40)",
            "weak-random", "medium medium", "annotate",
        ),
        (
            "import shutil\nshutil.unpack_archive(a, b, 'gztar')",
            "archive-extraction", "medium medium", "annotate",
        ),
        (
            "import shutil\nshutil.unpack_archive('a.tar.gz')",
            "archive-extraction", "medium medium", "annotate",
        ),
        (
            "import shutil\nshutil.unpack_archive(a, b)",
            "archive-extraction", "low low", "annotate",
        ),
        (
            "import tarfile\nt = tarfile.open(a)\nfor m in t.getmembers():\n    t.extract(m, d)",
            "archive-extraction", "medium medium", "annotate",
        ),
        (
            "import tarfile\nt = tarfile.open(a)\nt.extract('notes.txt', d)",
            "archive-extraction", "medium low", "annotate",
        ),
        (
            "import pickle\ndef f(a):\n    return pickle.loads(pickle.dumps(a))",
            "unsafe-deserialisation", "low low", "annotate",
        ),
        (
            "def test_token():\n    n = random.random()",
            "weak-random", "low low", "annotate",
        ),
        (
            "import random\ndef make_token():\n    return random.random()",
            "weak-random", "medium medium", "annotate",
        ),
        (
            "if __name__ == '__main__':\n    app.run(host=host, debug=True)",
            "debug-mode", "low medium", "annotate",
        ),
        ("app.run(debug=True)", "debug-mode", "medium medium", "annotate"),
        ("import os\nos.chmod(p, 0o777)", "permissive-mode", "medium high", "fix"),
        ("import os\nos.open(p, f, 0o666)", "permissive-mode", "low high", "annotate"),
        ("r.set_cookie('a', b, secure=False)", "insecure-cookie", "medium high", "fix"),
        ("r.set_cookie('a', b)", "insecure-cookie", "medium medium", "annotate"),
    ],
)  # fmt: skip
def test_a_finding_weighs_what_is_known_of_it(
    text: str, rule: str, weight: str, action: str
) -> None:
    found = [f for f in scan(text + "\n", "python").findings if f.rule == rule]
    assert [(f"{f.severity} {f.confidence}", f.action) for f in found] == [(weight, action)]
