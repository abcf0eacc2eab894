"""Secrets in the syntax of other languages; those in Python are in the fixture."""

from __future__ import annotations

import pytest

from analyzers.rules.text.exposed_secret import find

SECRET = "tk7-93hd82hfK29dh20Qs"


@pytest.mark.parametrize(
    "line",
    [
        'const apiKey = "{}";', "let apiKey = '{}'", "const apiKey: string = `{}`;",
        'private static final String API_KEY = "{}";', 'string apiKey = "{}";',
        'apiKey := "{}"', '$apiKey = "{}";', ':api_key => "{}"', '"api_key" => "{}",',
        'static char *api_key = "{}";', 'this.apiKey = "{}";',
        '{{ apiKey: "{}" }}', '"api_key": "{}",', "API_KEY={}", "export API_KEY={}",
        "api_key: {}", "  - api_key: {}", 'val apiKey = "{}"',
        "host=db user=app password={} port=1",
        "https://app:{}@api.corp.net/v1",
    ],
)  # fmt: skip
def test_a_literal_under_a_secrets_name_is_found_where_it_stands(line: str) -> None:
    text = f"first line\n{line.format(SECRET)}\nlast line\n"
    (finding,) = find(text)
    assert text[finding.span.start : finding.span.end] == SECRET
    assert finding.cwe == 798


@pytest.mark.parametrize(
    "line",
    [
        "const apiKey = process.env.API_KEY;", 'const apiKeyName = "{}";', 'const apiKey = "";',
        'const label = {{ password: "Password" }};', "API_KEY=", "API_KEY=${{API_KEY}}",
        "password: str", "api_key: $API_KEY", "const apiKey = `${{{}}}`;", 'if (token === "{{") {{',
        'connect(host=host, user=user, password=os.environ["DB_PASSWORD"])',
        "the password = something that you know", "https://app:password@localhost/v1",
        "https://app:${{PASSWORD}}@api.corp.net/v1",
    ],
)  # fmt: skip
def test_what_is_no_secret_is_left_alone(line: str) -> None:
    assert list(find(line.format(SECRET))) == []


def test_offsets_count_characters_even_where_lower_case_is_longer() -> None:
    text = f'İİİ\nconst apiKey = "{SECRET}"; // İ\n'
    (finding,) = find(text)
    assert text[finding.span.start : finding.span.end] == SECRET


@pytest.mark.parametrize(
    "part",
    ["const ", "password", "key=", "://", "a:b@", "x://a:", "token: ", "var key", "eyJ-", "sk-",
     "-----BEGIN PRIVATE KEY-----", "aws ", "host=password=", "\n\n", "İ"],
)  # fmt: skip
def test_a_hundred_thousand_characters_of_anything_are_read(part: str) -> None:
    list(find(part * (100_000 // len(part))))
