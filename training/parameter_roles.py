"""What kind of value a parameter takes, read from its type, name and description.

Roles that nobody says in a sentence (tokens, bodies, cursors) are `opaque`; `plumbing` is what no call needs a word
for.
"""

import re

PLUMBING = re.compile(
    r"^(api[-_ ]?version|access_?token|oauth_?token|alt|callback|pretty_?print|quota_?user|upload_?protocol|"
    r"upload_?type|"
    r"\$?\.?xgafv|key|accept|content-?type|authorization|x-.*|x_.*|user-?agent|client_?token|client_?request_?id|"
    r"subscription_?id|if-(none-)?match|idempotency.*|nonce|signature|self|cls|ctx|kwargs|args|out|ax|dry_?run|"
    r"acquire-policy-token|change-reference|no-wait|api_?key|apikey|trace_?id|correlation_?id|fields|"
    r"callback_?url|notification_?url|webhook_?url|target_?url|hook_?url|no_wait|force-string|format_?callback)$",
    re.I,
)
OPAQUE = re.compile(
    r"token|secret|password|credential|body|payload|config|options|settings|propert|metadata|schema|polic|header|etag|"
    r"cursor|"
    r"signature|hash|digest|encrypt|certificate|json|xml|script|template|expression|filter|mapping|definition|"
    r"parameters|"
    r"(^|[ _])data$|object|function|callable|blob|base64|bytes$|content$|attributes|variables|params|context|"
    r"skip token|page token|array|matrix",
    re.I,
)
_NUMERIC: tuple[tuple[str, str], ...] = (
    ("latitude", r"\blat(itude)?\b"),
    ("longitude", r"\b(lon|lng|long)(gitude)?\b"),
    ("year", r"\byear\b"),
    ("page", r"\bpage( number| no| index)?$|^page$"),
    ("offset", r"\boffset\b|\bskip\b|start index"),
    ("limit",
    r"\blimit\b|\bmax(imum)? (results|items|records|number|count|rows|keys)|per page|page size|\btop\b|\btake\b|"
    r"\bsize\b$|\bcount\b|num results|max results|number of (items|results|records)"),
    ("percent", r"percent|\brate\b|ratio|probability|discount"),
    ("price",
    r"price|amount|cost|salary|income|budget|balance|fee\b|principal|loan|payment|revenue|value usd|investment"),
    ("temperature", r"temperature|\btemp\b"),
    ("age", r"\bage\b"),
    ("speed", r"speed|velocity"),
    ("weight", r"weight|\bmass\b"),
    ("distance", r"distance|radius|mileage"),
    ("pixels", r"\b(pixel|width|height|left|top|font size)\b"),
    ("length", r"length|depth|thickness|diameter|altitude|elevation|\bbase\b|\bside\b"),
    ("area", r"\barea\b|square"),
    ("volume", r"volume|capacity"),
    ("duration",
    r"duration|\btimeout\b|interval|seconds|minutes|hours|\bdays\b|\bmonths\b|\byears\b|\bttl\b|period|delay"),
    ("bytes", r"\b(memory|disk|storage|bytes|gb|mb)\b"),
    ("energy", r"energy|power\b|voltage|watt"),
    ("integer id", r"\bid\b|identifier|\bnumber$"),
    ("count",
    r"^(quantity|adults|children|guests|passengers|seats|bedrooms|people|copies|nights|rooms|attempts|retries|"
    r"players|bars)$"),
)  # fmt: skip
_TEXTUAL: tuple[tuple[str, str], ...] = (
    ("email", r"e-?mail"),
    ("url", r"\b(url|uri|link|website|href|webhook)\b"),
    ("phone", r"phone|mobile|fax|msisdn"),
    ("arn", r"\barn\b"),
    ("uuid", r"\b(uuid|guid)\b"),
    ("ip", r"\bip( address)?\b|\bipv4\b"),
    ("cidr", r"\bcidr\b|address prefix"),
    ("timezone", r"time ?zone|\btz\b"),
    ("currency", r"currency"),
    ("language", r"\blanguages?\b|\blocale\b|\blang\b"),
    ("color", r"colou?r\b"),
    ("formula", r"\bexpr(ession)?\b|\bequation\b|\bformula\b|\bpolynomial\b"),
    ("datetime",
    r"date ?time|timestamp|time stamp|(created|updated|modified|start|end)s? ?(at|time)\b|\bsince\b|\bafter\b|"
    r"\bbefore\b|\buntil\b"),
    ("date", r"\b(date|day|birthday|dob|deadline|from date|to date)\b|\b(from|to)$"),
    ("month", r"\bmonth\b"),
    ("time", r"\btime\b|\bhour\b"),
    ("first name", r"(first|given) ?name"),
    ("last name", r"(last|family|sur) ?name"),
    ("username", r"user ?name|\blogin\b|\bhandle\b|screen ?name|user principal"),
    ("person",
    r"\b(assignee|author|artist|person|full name|employee|contact|recipient|customer|patient|owner|driver|guest|"
    r"manager|candidate|student|player|user|member|attendee)s?( name)?$"),
    ("city", r"\b(city|town)\b|\b(origin|destination|departure|arrival)\b"),
    ("state", r"\b(state|province)$"),
    ("country code", r"country ?code"),
    ("country", r"\bcountry\b|nation\b"),
    ("zip", r"\b(zip|postal|postcode)"),
    ("region", r"\b(region|zone|location|datacenter|geo)\b"),
    ("address", r"\b(address|street|addr)\b"),
    ("place", r"\b(place|venue|where)\b"),
    ("company", r"\b(company|organi[sz]ation|vendor|supplier|brand|employer|manufacturer|publisher|team)\b( name)?$"),
    ("ticker", r"\b(ticker|symbol|stock)\b"),
    ("product", r"\b(product|item|article)( name)?$"),
    ("resource", r"^(parent|resource)$"),
    ("path", r"\b(path|file|filename|file name|folder|directory|dir)\b"),
    ("domain", r"\b(domain|host|hostname|site|server)( name)?\b"),
    ("version", r"\bversion\b"),
    ("status", r"\b(status|state)\b"),
    ("role", r"\brole\b"),
    ("category", r"\b(category|genre|topic|type|kind|industry)\b"),
    ("sort", r"\b(orderby|sort|order|order by|sort by|direction)\b"),
    ("query", r"\b(query|q|search|keywords?|search ?(text|term|string)|term|question|phrase)\b"),
    ("code", r"\b(code|sku|serial|number|no|reference|ref|license)\b"),
    ("tag", r"\b(tag|label|hashtag)s?\b"),
    ("sentence",
    r"\b(message|text|comment|note|description|details|reason|summary|content|body|answer|prompt|feedback|caption|"
    r"bio)\b"),
    ("title", r"\b(title|subject|headline|display name|friendly name|song|album|movie|book|event|track|game|show)\b"),
    ("id", r"\bids?\b|identifier|\bkey\b|\brun\b"),
    ("slug",
    r"\bnames?\b|project|group|cluster|bucket|queue|vault|workspace|namespace|account|service|repo|repository|"
    r"branch|database|table|index|slug|alias|profile|resource|channel|app\b|instance|network|job|task|policy"),
)  # fmt: skip
TEMPLATE = re.compile(r"(?:\w+/\{\w+\}/?){1,5}(?:\w+)?")
_COMPILED_N = [(role, re.compile(pattern, re.I)) for role, pattern in _NUMERIC]
_COMPILED_T = [(role, re.compile(pattern, re.I)) for role, pattern in _TEXTUAL]


def name_words(name: str) -> str:
    """Return the words of an identifier: `filter[organization_id]` → `filter organization id`."""
    name = re.sub(r"^[$.]+", "", name)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return " ".join(re.sub(r"[^A-Za-z0-9]+", " ", spaced).lower().split())


def role_of(parameter: dict, loose: bool = False) -> str:
    """Return what kind of value a parameter takes. `loose`: an untyped parameter takes plain text (command lines)."""
    schema = parameter.get("schema") or {}
    kind = schema.get("type")
    name = name_words(parameter["name"])
    description = (parameter.get("description") or "")[:300]
    if PLUMBING.match(parameter["name"].lstrip("-")):
        return "plumbing"
    if schema.get("enum"):
        return "enum"
    if kind == "boolean":
        return "boolean"
    if kind == "object" or (OPAQUE.search(name) and kind not in ("integer", "number")):
        return "opaque"
    if kind == "array":
        return _array(schema.get("items") or {}, name, description)
    if kind in ("integer", "number"):
        return _numeric(name, description)
    return _text(name, description, kind is not None, loose) if kind in ("string", None) else "opaque"


def _array(items: object, name: str, description: str) -> str:
    if isinstance(items, dict) and items.get("enum"):
        return "choices"
    inner = items.get("type") if isinstance(items, dict) else "?"
    if inner in ("integer", "number"):
        return "numbers"
    role = _textual(name, description) if inner in (None, "string") else ""
    return f"list:{role}" if role in LISTABLE else "opaque"


_UNTYPED = frozenset(("", "status", "category", "slug", "sort", "code", "date"))
_OF_THINGS = frozenset(("region", "city", "status", "version", "query", "address", "place", "domain", "sentence"))
_NAMING = re.compile(r"(zone|location|group|site|server|host|service|plan|pool|\w+ \w+) name$")


def _text(name: str, description: str, typed: bool, loose: bool) -> str:
    if TEMPLATE.search(description):
        return "resource"
    role = _textual(name, description)
    if not typed and not loose and (role in _UNTYPED or not any(p.search(name) for _, p in _COMPILED_T)):
        return "opaque"
    if re.search(r"\b(json|base64|serialized|html|regex|cron)\b", description, re.I):
        return "opaque"
    if role in _OF_THINGS and _NAMING.search(name):
        return "slug"
    if role == "address" and loose:
        return "domain"
    return role or ("word" if typed else "opaque")


def _numeric(name: str, description: str) -> str:
    for role, pattern in _COMPILED_N:
        if pattern.search(name):
            return role
    for role, pattern in _COMPILED_N[:18]:
        if len(name) < 4 and pattern.search(description):
            return role
    return "number"


def _textual(name: str, description: str) -> str:
    for role, pattern in _COMPILED_T:
        if pattern.search(name):
            return role
    if re.search(r"\b(number of|how many|integer)\b", description, re.I):
        return "number text"
    for role, pattern in _COMPILED_T[:-1]:
        if role != "formula" and pattern.search(description.split(".")[0][:80]):
            return role
    return ""


LISTABLE = frozenset(("email", "id", "tag", "slug", "city", "country", "person", "username", "company", "product",
"language", "category",
                      "status", "url", "path", "ip", "uuid", "query", "color", "role", "ticker", "currency",
                      "code"))  # fmt: skip

RANGES: dict[str, tuple[float, float]] = {
    "year": (1950, 2030), "page": (1, 30), "offset": (5, 200), "limit": (2, 100), "percent": (1, 60),
    "temperature": (-10, 40),
    "age": (5, 90), "speed": (5, 200), "weight": (1, 150), "distance": (1, 500), "pixels": (10, 1920), "length": (1,
    100),
    "area": (10, 900), "volume": (1, 300), "duration": (1, 60), "bytes": (1, 512), "energy": (1, 500),
    "integer id": (1, 99999),
    "number": (0, 120), "price": (5, 9000), "latitude": (-80, 80), "longitude": (-179, 179), "number text": (1, 40),
    "count": (1, 13),
}  # fmt: skip
NUMERIC = frozenset(RANGES)
