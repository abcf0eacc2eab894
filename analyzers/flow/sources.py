"""Where other people's data enters a program: tables, for all injection rules alike."""

from __future__ import annotations

import re
from typing import Final

from analyzers.flow.origin import Level


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Objects that are a request, by the name that was imported.
REQUESTS: Final = frozenset(
    {
        "flask.request", "flask.globals.request", "bottle.request", "quart.request",
        "sanic.request", "werkzeug.local.request", "web.ctx",
    }
)  # fmt: skip
# Frameworks and modules whose import says that a file serves a network.
NETWORK_MODULES: Final = _words(
    """flask quart django rest_framework fastapi starlette aiohttp bottle pyramid tornado sanic
    falcon webob werkzeug cherrypy web http cgi wsgiref socketserver socket ssl websockets
    websocket zmq ninja litestar blacksheep channels robyn responder masonite flask_restful
    flask_restx azure functions_framework twisted hug connexion molten asgiref uvicorn odoo
    frappe"""
)
# Parameters that are a request, by name and by what they are annotated with.
REQUEST_NAMES: Final = frozenset({"request", "req", "http_request", "web_request", "websocket"})
REQUEST_TYPES: Final = re.compile(
    r"(^|\.)(Request|HttpRequest|HTTPConnection|WSGIRequest|WebSocket|ASGIRequest|HttpRequestBase)$"
)

# Frameworks whose import says that a parameter called so is one: not a client's, nor a socket.
FRAMEWORKS: Final = NETWORK_MODULES - _words("http ssl socket web websockets websocket zmq azure")
# What only the requests have that a server gets.
SERVERS_WORDS: Final = _words(
    """args form GET POST COOKIES FILES META query_params path_params match_info matchdict
    query_string get_json get_argument get_arguments get_query_argument get_param rel_url
    body_arguments query_arguments form_data"""
)
# What of a request the one who sends it decides over, and what not.
REQUEST_DATA: Final = _words(
    """args form values cookies headers json data files path full_path url base_url query_string
    GET POST REQUEST META COOKIES FILES body query params query_params path_params match_info
    forms params matchdict POST_DATA arguments body_arguments query_arguments uri raw_path
    path_qs rel_url raw_uri referrer referer user_agent stream environ input json_body text
    content rfile view_args get_json get_data get_argument get_query_argument host
    get_arguments post read form_data stream_data get_full_path path_info build_absolute_uri
    authorization get_param get_media media bounded_stream form_dict receive_text receive_json
    receive_bytes recv receive iter_text iter_json get_raw_uri data_json"""
)
REQUEST_OWN: Final = _words(
    """method session user app endpoint scheme is_secure is_ajax content_length remote_addr
    is_json blueprint url_rule user_id db state client registry route_url auth csrf_token
    context is_authenticated resolver_match current_app loop transport"""
)
# What of it is only ever a number or one of a few words.
SESSIONS: Final = frozenset(
    {"flask.session", "quart.session", "flask.globals.session", "bottle.session"}
)

# Functions whose answer is somebody else's.
FUNCTIONS: Final[dict[str, tuple[Level, str]]] = {
    "input": (Level.LOCAL, "standard input"),
    "raw_input": (Level.LOCAL, "standard input"),
    "sys.stdin.read": (Level.LOCAL, "standard input"),
    "sys.stdin.readline": (Level.LOCAL, "standard input"),
    "sys.stdin.readlines": (Level.LOCAL, "standard input"),
    "sys.stdin.buffer.read": (Level.LOCAL, "standard input"),
    "fileinput.input": (Level.LOCAL, "standard input"),
    "getpass.getpass": (Level.LOCAL, "standard input"),
    "os.getenv": (Level.UNKNOWN, "the environment"),
    "cgi.FieldStorage": (Level.REMOTE, "a form"),
    "cgi.parse": (Level.REMOTE, "a form"),
    "web.input": (Level.REMOTE, "a form"),
    "web.data": (Level.REMOTE, "a request"),
    **dict.fromkeys(
        (
            f"streamlit.{place}{name}"
            for place in ("", "sidebar.")
            for name in ("text_input", "text_area", "chat_input")
        ),
        (Level.REMOTE, "a visitor"),
    ),
    "requests.get": (Level.LOCAL, "a server's answer"),
    "requests.post": (Level.LOCAL, "a server's answer"),
    "requests.request": (Level.LOCAL, "a server's answer"),
    "httpx.get": (Level.LOCAL, "a server's answer"),
    "httpx.post": (Level.LOCAL, "a server's answer"),
    "urllib.request.urlopen": (Level.LOCAL, "a server's answer"),
    "urllib2.urlopen": (Level.LOCAL, "a server's answer"),
}
# Objects and constants of libraries that are somebody else's.
NAMES: Final[dict[str, tuple[Level, str]]] = {
    "sys.argv": (Level.LOCAL, "the command line"),
    "sys.stdin": (Level.LOCAL, "standard input"),
    "os.environ": (Level.UNKNOWN, "the environment"),
    "flask.request": (Level.REMOTE, "a request"),
}
# The names in an archive are those that whoever packed it gave them.
ARCHIVE: Final = "an archive"
# Attributes that hold them.
OF_ARCHIVES: Final = frozenset({"filelist", "NameToInfo"})
# Methods whose answer is somebody else's, whatever they are called on.
METHODS: Final[dict[str, tuple[Level, str]]] = {
    "recv": (Level.REMOTE, "a socket"),
    "recvfrom": (Level.REMOTE, "a socket"),
    "receive_text": (Level.REMOTE, "a web socket"),
    "receive_json": (Level.REMOTE, "a web socket"),
    "get_argument": (Level.REMOTE, "a request"),
    "get_arguments": (Level.REMOTE, "a request"),
    "get_query_argument": (Level.REMOTE, "a request"),
    "get_query_arguments": (Level.REMOTE, "a request"),
    "get_body_argument": (Level.REMOTE, "a request"),
    "get_body_arguments": (Level.REMOTE, "a request"),
    "infolist": (Level.LOCAL, ARCHIVE),
    "namelist": (Level.LOCAL, ARCHIVE),
    "getmembers": (Level.LOCAL, ARCHIVE),
    "getnames": (Level.LOCAL, ARCHIVE),
    "parse_args": (Level.LOCAL, "the command line"),
    "parse_known_args": (Level.LOCAL, "the command line"),
}
# Classes whose objects serve a request, by a base, and what of `self` the sender decides over.
HANDLERS: Final[tuple[tuple[re.Pattern[str], frozenset[str]], ...]] = (
    (
        re.compile(
            r"(^|\.)(BaseHTTPRequestHandler|SimpleHTTPRequestHandler|CGIHTTPRequestHandler)$"
        ),
        frozenset({"path", "headers", "rfile", "requestline", "raw_requestline"}),
    ),
    (re.compile(r"(^|\.)(Base|Stream|Datagram)RequestHandler$"), frozenset({"request", "rfile"})),
)
# Classes whose methods of these names get what stands in the address of a request.
VIEWS: Final = re.compile(r"(^|\.)((Web)?RequestHandler|\w*View|\w*ViewSet|HTTPEndpoint|Resource)$")
VIEW_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
# Classes whose methods get the message of a call from the network, and its context.
SERVICERS: Final = re.compile(r"(^|\.)\w*Servicer$")
# What a WSGI server calls an application with.
WSGI: Final = ("environ", "start_response")
# A decorator's last part that makes a function serve requests, if its first argument is a path.
ROUTES: Final = frozenset(
    {
        "route", "get", "post", "put", "delete", "patch", "head", "options", "websocket",
        "api_route", "view", "add_route",
    }
)  # fmt: skip
# Decorators without a path that do so.
ROUTES_WITHOUT_PATH: Final = frozenset(
    {"api_view", "view_config", "expose", "cherrypy.expose", "strawberry.field",
     "strawberry.mutation", "strawberry.subscription"}
)  # fmt: skip
# Variables of a route that hold no text: Flask's and Django's `<int:id>`, Starlette's `{id:int}`.
HARMLESS_VARIABLE: Final = re.compile(
    r"<(?:int|float|uuid|any\([^)]*\)):(\w+)>|\{(\w+):(?:int|float|uuid)\}"
)
HARMLESS_TYPES: Final = frozenset(
    {
        "int", "float", "bool", "complex", "UUID", "uuid.UUID", "datetime", "datetime.datetime",
        "date", "datetime.date", "Decimal", "decimal.Decimal", "Literal", "typing.Literal",
        "Optional[int]", "PositiveInt", "time", "timedelta", "datetime.timedelta", "IPv4Address",
        "ipaddress.IPv4Address", "IPv6Address", "ipaddress.IPv6Address", "NoneType", "Enum",
        *(f"UUID{version}" for version in range(1, 9)), "PositiveFloat", "NonNegativeInt",
        "NonNegativeFloat", "NegativeInt", "StrictInt", "StrictBool", "StrictFloat",
        "IPvAnyAddress", "PastDate", "FutureDate", "AwareDatetime", "NaiveDatetime",
    }
)  # fmt: skip
