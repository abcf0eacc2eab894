"""What the functions of libraries make of what they are given: tables."""

from __future__ import annotations

from typing import Final

from analyzers.flow.context import ESCAPED, SHELL_QUOTED
from analyzers.flow.origin import EVERYTHING, RESOLVED


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Says that the program itself has encoded a text, so that decoding gives back what it was.
ENCODED: Final = "encoded"
_URL_PART = frozenset({"xss", "ssrf", "redirect", "header", "ldap", "log", ENCODED})
_BASE64 = frozenset({"xss", "sql", "command", "ldap", "xpath", "log", "header", ENCODED})
ENCODED_USES: Final = _URL_PART | _BASE64 | {"path"}
_TEXTS = frozenset({"xss", "path", "log", "header", "ldap", "xpath"})
_MARKUP = frozenset({"xss", "xpath", "template-text", ESCAPED})

# What a name means in a file that does not say where it comes from: `from flask import *`, or a
# piece that was cut out below its imports.
WELL_KNOWN: Final[dict[str, str]] = {
    **{
        name: f"flask.{name}"
        for name in (
            "redirect", "jsonify", "url_for", "render_template", "render_template_string",
            "make_response", "send_file", "send_from_directory", "abort", "Response", "flash",
        )
    },
    "escape": "markupsafe.escape", "Markup": "markupsafe.Markup",
    "render": "django.shortcuts.render",
    "HttpResponse": "django.http.HttpResponse", "JsonResponse": "django.http.JsonResponse",
    "HttpResponseRedirect": "django.http.HttpResponseRedirect",
    "mark_safe": "django.utils.safestring.mark_safe",
    "format_html": "django.utils.html.format_html",
    "secure_filename": "werkzeug.utils.secure_filename", "Path": "pathlib.Path",
    "urlparse": "urllib.parse.urlparse", "urlsplit": "urllib.parse.urlsplit",
    "check_password_hash": "werkzeug.security.check_password_hash",
    "HTMLResponse": "fastapi.responses.HTMLResponse",
    "JSONResponse": "fastapi.responses.JSONResponse",
    "RedirectResponse": "fastapi.responses.RedirectResponse",
    "FileResponse": "fastapi.responses.FileResponse",
}  # fmt: skip
# Text that knows itself to be safe, and escapes what is put into it.
MARKUP: Final = frozenset({"markupsafe.Markup", "flask.Markup", "jinja2.Markup"})
# Answers that no one can put text into: numbers, digests, random names, the program's own data.
HARMLESS: Final = _words(
    """int float bool complex len ord hash id abs round isinstance issubclass callable hasattr
    range uuid.UUID uuid.uuid4 uuid.uuid1 decimal.Decimal fractions.Fraction
    ipaddress.ip_address ipaddress.ip_network ipaddress.IPv4Address ipaddress.IPv6Address
    datetime.datetime datetime.date datetime.timedelta datetime.datetime.now
    datetime.datetime.utcnow datetime.date.today datetime.datetime.strptime
    datetime.datetime.fromisoformat datetime.date.fromisoformat
    datetime.datetime.fromtimestamp time.time time.strftime time.monotonic time.perf_counter
    time.localtime time.gmtime time.time_ns random.random random.randint random.randrange
    secrets.token_hex secrets.token_urlsafe secrets.token_bytes secrets.randbelow hashlib.md5
    hashlib.sha1 hashlib.sha256 hashlib.sha512 hashlib.blake2b hashlib.new zlib.crc32
    os.getpid os.cpu_count os.path.getsize os.path.exists os.path.isfile os.path.isdir
    os.path.isabs os.path.getmtime any all math.floor math.ceil bcrypt.checkpw bcrypt.hashpw
    werkzeug.security.check_password_hash werkzeug.security.generate_password_hash
    hmac.compare_digest secrets.compare_digest hmac.new binascii.hexlify binascii.crc32
    struct.calcsize flask.jsonify flask.url_for flask.redirect flask.abort
    flask.render_template flask.render_template_string flask.flash flask.send_file
    flask.send_from_directory django.urls.reverse django.shortcuts.render
    django.shortcuts.redirect django.http.JsonResponse fastapi.responses.JSONResponse
    jinja2.Environment platform.system platform.machine platform.platform os.getcwd os.getuid
    tempfile.mkdtemp tempfile.gettempdir tempfile.mkstemp tempfile.NamedTemporaryFile
    shutil.which"""
)
# Methods of the same sort, whatever they are called on.
HARMLESS_METHODS: Final = _words(
    """hexdigest isoformat timestamp rfind rindex isdigit isalpha isalnum startswith endswith
    isnumeric isdecimal isidentifier is_file is_dir exists stat total_seconds is_relative_to
    bit_length toordinal is_absolute match_any"""
)
# Those of strings that other objects have too, with other answers.
HARMLESS_OF_STRINGS: Final = frozenset({"find", "index", "count"})
# Say that a text is made of letters or digits alone.
PLAIN_METHODS: Final = frozenset(
    {"isdigit", "isalnum", "isnumeric", "isdecimal", "isalpha", "isidentifier"}
)
# What is harmless for these uses, and for others what it was.
SANITISERS: Final[dict[str, frozenset[str]]] = {
    "shlex.quote": frozenset({"command", SHELL_QUOTED}),
    "shlex.join": frozenset({"command", SHELL_QUOTED}),
    "pipes.quote": frozenset({"command", SHELL_QUOTED}),
    "html.escape": _MARKUP,
    "cgi.escape": frozenset({"xss"}),
    "markupsafe.escape": _MARKUP,
    "markupsafe.Markup.escape": _MARKUP,
    "flask.escape": _MARKUP,
    "jinja2.escape": _MARKUP,
    "jinja2.utils.escape": _MARKUP,
    "django.utils.html.escape": _MARKUP,
    "django.utils.html.conditional_escape": _MARKUP,
    "django.utils.html.format_html": _MARKUP,
    "django.utils.html.strip_tags": frozenset({"xss"}),
    "werkzeug.utils.escape": _MARKUP,
    "xml.sax.saxutils.escape": frozenset({"xss", "xml"}),
    "xml.sax.saxutils.quoteattr": frozenset({"xss", "xml", "xpath"}),
    "bleach.clean": frozenset({"xss"}),
    "nh3.clean": frozenset({"xss"}),
    "lxml.html.clean.clean_html": frozenset({"xss"}),
    "werkzeug.utils.secure_filename": frozenset({"path", "command", "header"}),
    "os.path.basename": frozenset({"path"}),
    "ntpath.basename": frozenset({"path"}),
    "posixpath.basename": frozenset({"path"}),
    "werkzeug.utils.safe_join": frozenset({"path"}),
    "werkzeug.security.safe_join": frozenset({"path"}),
    "flask.safe_join": frozenset({"path"}),
    "django.utils._os.safe_join": frozenset({"path"}),
    "os.path.abspath": frozenset({RESOLVED}),
    "os.path.realpath": frozenset({RESOLVED}),
    "os.path.normpath": frozenset({RESOLVED}),
    "ldap3.utils.conv.escape_filter_chars": frozenset({"ldap"}),
    "ldap.filter.escape_filter_chars": frozenset({"ldap"}),
    "ldap.filter.filter_format": frozenset({"ldap"}),
    "ldap.dn.escape_dn_chars": frozenset({"ldap"}),
    "ldap3.utils.dn.escape_rdn": frozenset({"ldap"}),
    "urllib.parse.quote": _URL_PART,
    "urllib.parse.quote_plus": _URL_PART | {"path"},
    "urllib.parse.urlencode": _URL_PART | {"path"},
    "urllib.quote": _URL_PART,
    "urllib.quote_plus": _URL_PART | {"path"},
    "re.escape": frozenset({"regex"}),
    "base64.b64encode": _BASE64,
    "base64.b32encode": _BASE64 | {"path"},
    "base64.b16encode": _BASE64 | {"path"},
    "base64.urlsafe_b64encode": _BASE64 | {"path"},
    "psycopg2.sql.Identifier": frozenset({"sql"}),
    "psycopg2.sql.Literal": frozenset({"sql"}),
    "psycopg.sql.Identifier": frozenset({"sql"}),
    "psycopg.sql.Literal": frozenset({"sql"}),
    "psycopg2.extensions.quote_ident": frozenset({"sql"}),
    "sqlalchemy.bindparam": frozenset({"sql"}),
    "sqlalchemy.literal": frozenset({"sql"}),
    "MySQLdb.escape_string": frozenset({"sql"}),
    "pymysql.converters.escape_string": frozenset({"sql"}),
    "json.dumps": frozenset({"data", "log"}),
}
SANITISING_METHODS: Final[dict[str, frozenset[str]]] = {
    "resolve": frozenset({RESOLVED}),
    "absolute": frozenset({RESOLVED}),
    "escape_string": frozenset({"sql"}),
    "quote_identifier": frozenset({"sql"}),
    "quote_name": frozenset({"sql"}),
    "mogrify": frozenset({"sql"}),
    "render": frozenset({"xss"}),
    "render_to_string": frozenset({"xss"}),
}
# Queries that are put together of parts which know what they are.
COMPOSERS: Final = frozenset({"psycopg2.sql.SQL", "psycopg.sql.SQL"})
# What undoes the harmlessness again.
DECODERS: Final = _words(
    """urllib.parse.unquote urllib.parse.unquote_plus html.unescape base64.b64decode
    base64.urlsafe_b64decode base64.b32decode base64.b16decode binascii.unhexlify
    bytes.fromhex base64.decodebytes codecs.decode"""
)
# Give back what they are given, with nothing done about it; the first argument's whole.
WHOLE: Final = _words(
    """str bytes bytearray urllib.parse.unquote urllib.parse.unquote_plus base64.b64decode
    base64.urlsafe_b64decode base64.b64encode base64.urlsafe_b64encode base64.b32decode
    base64.b32encode html.unescape binascii.unhexlify codecs.decode codecs.encode os.fsdecode
    os.fsencode os.path.expanduser os.path.expandvars copy.copy copy.deepcopy typing.cast
    unicodedata.normalize textwrap.dedent os.path.normcase io.BytesIO sys.intern os.fspath
    pathlib.Path pathlib.PurePath pathlib.PosixPath os.path.abspath os.path.realpath
    os.path.normpath urllib.parse.urlparse urllib.parse.urlsplit yarl.URL furl.furl
    asyncio.wait_for ast.literal_eval json.loads json.dumps"""
)
WHOLE_METHODS: Final = _words(
    """strip lstrip rstrip lower upper casefold title capitalize swapcase encode decode
    expanduser resolve absolute as_posix __str__ copy tobytes geturl read text json getvalue"""
)
# Give back something of what they are given, and are known to.
PARTS: Final = _words(
    """os.path.splitext os.path.dirname os.path.split re.split re.findall re.sub re.match
    re.search re.fullmatch sorted reversed list tuple set frozenset dict zip enumerate map
    filter min max sum next iter repr format itertools.chain bytes.join str.join
    urllib.parse.parse_qs urllib.parse.parse_qsl urllib.parse.urljoin os.path.relpath
    os.path.join json.load csv.reader csv.DictReader io.StringIO struct.unpack pickle.dumps
    shlex.split shlex.join functools.partial collections.deque collections.OrderedDict
    collections.defaultdict urllib.parse.urlunparse urllib.parse.quote urllib.parse.quote_plus
    urllib.parse.urlencode html.escape markupsafe.escape string.Template flask.make_response
    make_response flask.Response django.http.HttpResponse sqlalchemy.text text
    markupsafe.Markup flask.Markup django.utils.safestring.mark_safe"""
)
PART_METHODS: Final = _words(
    """split rsplit splitlines partition rpartition replace format join translate zfill ljust
    rjust center removeprefix removesuffix expandtabs get getlist get_all getfirst getvalue
    pop keys values items setdefault group groups groupdict readline readlines substitute
    safe_substitute joinpath with_suffix with_name relative_to to_dict dict as_dict model_dump
    getall popitem most_common get_json get_data form"""
)
# The answer is not made of the arguments: a file, a server, a database or a program gives it.
OTHERS: Final = _words(
    """open io.open os.popen os.system subprocess.run subprocess.call subprocess.check_output
    subprocess.check_call subprocess.Popen subprocess.getoutput os.listdir os.scandir
    glob.glob os.walk sqlite3.connect eval exec getattr setattr print logging.getLogger
    codecs.open importlib.import_module __import__ smtplib.SMTP socket.socket"""
)
OTHER_METHODS: Final = _words(
    """execute executemany executescript fetchone fetchall fetchmany cursor search xpath find_one
    filter filter_by first all one scalar scalars query read_text read_bytes select objects
    commit connect raw"""
)
# A file that was sent with a request, and what is read from as from an open file: no paths.
UPLOAD: Final = "an upload"
STREAMS: Final = frozenset({UPLOAD, "io.BytesIO", "io.StringIO", "StringIO.StringIO"})
OF_UPLOADS: Final = frozenset({"stream", "file"})
# What models say of themselves in the code, and no data says of them.
OWN_ATTRIBUTES: Final = frozenset(
    {"_meta", "__tablename__", "__table__", "__name__", "__qualname__"}
)
READ_IN_PARTS: Final = frozenset({"read", "readline", "readexactly", "readuntil", "read1"})
READS: Final = frozenset({"read_text", "read_bytes", "open", "iterdir", "glob", "rglob", "stat"})
# Calls that do not come back.
NO_RETURN: Final = _words(
    """sys.exit exit quit os._exit os.abort flask.abort abort werkzeug.exceptions.abort
    bottle.abort pytest.fail pytest.skip quart.abort"""
)
NO_RETURN_METHODS: Final = frozenset({"fail", "abort", "send_error_and_close"})
# Raise where the argument is no number or name of its sort.
PROVING: Final = _words(
    """int float uuid.UUID decimal.Decimal ipaddress.ip_address ipaddress.ip_network
    ipaddress.IPv4Address ipaddress.IPv6Address datetime.datetime.strptime
    datetime.date.fromisoformat datetime.datetime.fromisoformat"""
)
# Types whose objects have a meaning for the heap.
CONTAINERS: Final[dict[str, str]] = {
    "list": "list", "dict": "dict", "set": "set", "tuple": "list", "frozenset": "set",
    "collections.deque": "list", "collections.OrderedDict": "dict",
    "collections.defaultdict": "dict", "collections.Counter": "dict",
    "types.MappingProxyType": "dict",
    "queue.Queue": "queue", "queue.SimpleQueue": "queue", "asyncio.Queue": "queue",
    "multiprocessing.Queue": "queue", "queue.LifoQueue": "stack",
    "configparser.ConfigParser": "sections", "configparser.RawConfigParser": "sections",
    "configparser.SafeConfigParser": "sections", "ConfigParser.ConfigParser": "sections",
    "io.StringIO": "text", "io.BytesIO": "text", "StringIO.StringIO": "text",
    "types.SimpleNamespace": "object", "argparse.Namespace": "object",
}  # fmt: skip

# What a function that is not in the file says it does, by the words of its name.
BELIEVED: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    (
        r"(escape|sanitiz|sanitis|clean|encode|quote|strip)\w*_?(for_?)?(html|xml|markup|tags)",
        _MARKUP,
    ),
    (r"(html|xml)_?(escape|quote|sanitiz|clean|encode)", _MARKUP),
    (r"(escape|quote|sanitiz|sanitis|clean)\w*_?(sql|identifier|query)", frozenset({"sql"})),
    (r"(escape|quote|sanitiz|sanitis)\w*_?(shell|arg|cmd|command)", frozenset({"command"})),
    (r"(secure|safe|sanitiz\w*|sanitis\w*|clean)_?(file_?name|path|join)", frozenset({"path"})),
    (r"(escape|quote)\w*_?(ldap|filter|dn|rdn)", frozenset({"ldap"})),
    (r"(?<!un)safe(?!_?load)|whitelist|allowlist", EVERYTHING),
    # Who cleans a text does not say for what: not for a shell, a query or an interpreter.
    (r"sanitiz|sanitis|(^|_)clean(ed|_|$)", _TEXTS),
    (r"^escape$|^quote$|(^|_)escape(d)?(_|$)", frozenset({"xss", "sql", "xpath", "ldap"})),
    (r"^(to_|parse_|as_)?(int|float|number|uuid|date)$", EVERYTHING),
)
# Functions that say whether a value may be used.
VALIDATORS: Final = (
    r"(^|_)(is_?(safe|valid|allow|trusted|permitted|whitelist|known)|valid(ate)?(_|$)|verify|"
    r"check_(url|host|path|name|file|input)|allowed|url_has_allowed_host)"
)
