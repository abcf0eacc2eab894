"""Where data from outside enters a script, and what makes it harmless: tables of names.

A name here is a path: `req.query` is what the script writes, `@fs.readFile` what it got of the
module "fs", however it calls it.
"""

from __future__ import annotations

import re

OF_REQUEST = (
    "query", "params", "body", "headers", "rawHeaders", "cookies", "signedCookies", "url",
    "originalUrl", "file", "files", "rawBody", "hostname", "path", "param", "get", "header",
    "json", "text", "formData", "nextUrl", "payload", "fields",
)  # fmt: skip
OF_CONTEXT = (
    "query", "params", "querystring", "headers", "url", "originalUrl", "href", "path",
)  # fmt: skip
OF_EVENT = (
    "queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "body",
    "headers", "rawQueryString", "rawPath",
)  # fmt: skip
OF_DOCUMENT = ("URL", "documentURI", "referrer", "baseURI", "cookie")
# The names that a path from outside begins with, each with those of which one comes next.
PATHS = {
    "req": OF_REQUEST,
    "_req": OF_REQUEST,
    "request": OF_REQUEST,
    "ctx": OF_CONTEXT,
    "context": OF_CONTEXT,
    "event": OF_EVENT,
    "evt": OF_EVENT,
    "router": ("query",),
    "document": ("location", *OF_DOCUMENT),
    "window": ("location", "name", "document"),
    "self": ("location", "name", "document"),
    "globalThis": ("location", "document"),
    "top": ("location", "document"),
    "parent": ("location", "document"),
}


def _any(names: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(names)})"


# What a client of this server, or a page that leads here, can write.
REMOTE = re.compile(
    r"^(?:this\.)?(?:_?req|request|ctx\.req|ctx\.request|context\.req|context\.request|c\.req)"
    rf"\.{_any(OF_REQUEST)}(?:\.|$)"
    rf"|^(?:ctx|context)\.{_any(OF_CONTEXT)}(?:\.|$)"
    rf"|^(?:event|evt)\.{_any(OF_EVENT)}(?:\.|$)"
    r"|^router\.query(?:\.|$)"
)
# Of an upload, what the server made up: where it put the file.
STORED = re.compile(r"\.files?(?:\.\w+|\.\*)?\.(?:path|filename|destination|size|tempFilePath)$")
PAGE = re.compile(
    r"^(?:(?:window|self|globalThis|top|parent)\.)?(?:document\.)?location"
    r"(?:\.(?:search|hash|href|pathname)(?:\.|$)|$)"
    rf"|^(?:window\.)?document\.{_any(OF_DOCUMENT)}(?:\.|$)"
    r"|^(?:window|self)\.name(?:\.|$)"
)
LOCAL = re.compile(r"^(?:@process\.|process\.|@)argv(?:\.|$)")
# Frameworks that hand what a client wrote to a parameter that is marked.
DECORATORS = frozenset(
    {"Body", "Query", "Param", "Headers", "Cookies", "UploadedFile", "BodyParam"}
)
# What the people who run the script decide.
CONFIGURED = re.compile(
    r"^(?:process\.env|@process\.env|import\.meta|(?:this\.)?_?(?:config|configuration|settings"
    r"|options|constants|env)|__dirname|__filename|[A-Z][A-Z0-9_]+)(?:\.|$)"
    r"|(?:^|\.)[A-Z][A-Z0-9]*_[A-Z0-9_]+$"
)
HOLDERS = frozenset({"query", "params", "body", "headers", "cookies"})

# Calls whose answer holds what they were given.
PASSING = frozenset(
    {"String", "decodeURIComponent", "decodeURI", "unescape", "parse", "stringify", "atob",
     "btoa", "from", "assign", "format", "join", "resolve", "normalize", "URL", "URLSearchParams",
     "concat", "values", "keys", "entries", "fromEntries", "inspect", "all", "toString",
     "cloneDeep", "clone", "structuredClone", "freeze", "promisify", "Buffer", "Blob", "fill"}
)  # fmt: skip
# Methods of a text or list that give it, or part of it, back.
KEEPING = frozenset(
    {"toString", "valueOf", "trim", "trimStart", "trimEnd", "trimLeft", "trimRight",
     "toLowerCase", "toUpperCase", "slice", "substring", "substr", "replace", "replaceAll",
     "split", "join", "concat", "at", "charAt", "padStart", "padEnd", "repeat", "normalize",
     "get", "getAll", "pop", "shift", "map", "filter", "find", "reverse", "sort", "flat",
     "values", "keys", "entries", "then", "toLocaleString", "toLocaleLowerCase",
     "toLocaleUpperCase", "match", "exec", "json", "text", "data", "next", "param", "header",
     "query", "reduce", "flatMap"}
)  # fmt: skip
# Calls that leave nothing harmful for any sink.
CLEANING = frozenset(
    {"Number", "parseInt", "parseFloat", "Boolean", "BigInt", "isNaN", "isFinite", "isInteger",
     "Symbol", "Date", "charCodeAt", "codePointAt", "indexOf", "lastIndexOf", "includes",
     "startsWith", "endsWith", "test", "has", "some", "every", "digest", "createHash", "hash",
     "hashSync", "compare", "compareSync", "randomBytes", "randomUUID", "now", "random", "floor",
     "round", "ceil", "abs", "min", "max", "toFixed", "getTime", "count", "length", "ObjectId",
     "Types", "isEmail", "isURL", "isAlphanumeric", "isUUID", "isInt", "sanitize",
     "sanitizeInput", "sanitizeFilename", "encode", "validate", "validated"}
)  # fmt: skip
# And those that do so for one kind of sink.
FOR_HTML = frozenset(
    {"encodeURIComponent", "encodeURI", "escape", "escapeHtml", "escapeHTML",
     "escapeHtmlEntities", "escapeXml", "sanitizeHtml", "sanitizeHTML", "xss", "filterXSS",
     "htmlEscape", "htmlEncode", "createTextNode", "purify", "encodeHTML", "escapeHtmlAttribute"}
)  # fmt: skip
FOR_SHELL = frozenset(
    {"quote", "shellEscape", "shellescape", "shellQuote", "escapeShellArg", "escape"}
)
FOR_SQL = frozenset(
    {"escape", "escapeId", "escapeLiteral", "escapeIdentifier", "quoteIdentifier", "quoteIdent",
     "quoteLiteral", "literal", "identifier", "ident", "wrapIdentifier", "quote", "quoteTable",
     "placeholder", "placeholders", "encodeURIComponent"}
)  # fmt: skip
FOR_PATH = frozenset(
    {"basename", "extname", "sanitize", "sanitizeFilename", "filenamify", "slugify", "parse_"}
)
FOR_URL = frozenset({"encodeURIComponent"})
FOR_REGEX = frozenset(
    {"escapeRegExp", "escapeRegex", "escapeStringRegexp", "regexEscape", "escape", "quote",
     "RegExpEscape", "escapeRegExpCharacters"}
)  # fmt: skip
# A list is held against these, item by item: `ids.filter((id) => /^\d+$/.test(id))`.
KEPT_ITEMS = re.compile(r"\.(?:test|has|includes|hasOwn)\s*\(|\bis(?:Integer|UUID|Valid)\w*\b")
# What makes a schema, which says what may be in what is parsed with it.
SCHEMA = re.compile(r"\b(?:z|Joi|yup|v|t|Type|s)\s*\.\s*\w+\(")
ANY_TEXT = re.compile(r"\b(?:string|any|unknown|String|Any|Unknown|extend|merge|record)\b")
# A condition that mentions data in one of these has looked at it.
CHECKS = (
    r"(?:includes|has|test|match|some|indexOf|hasOwn|hasOwnProperty|is[A-Z]\w*|valid\w*|check\w*"
    r"|allow\w*|verify\w*|startsWith|contains|inArray|isSafe\w*|exec)"
)
