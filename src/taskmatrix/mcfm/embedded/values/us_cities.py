"""Large cities of the United States: their names in full, and their states for documents that want `city, state`.

Of cities with one name the largest is meant; where none is much larger than another, the name is left out.
"""

import re
import string
from functools import lru_cache

from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.values.codes import state_name, us_state

_CITIES = """
AK: Anchorage, Fairbanks, Juneau. AL: Birmingham, Huntsville, Mobile, Montgomery, Tuscaloosa.
AR: Fayetteville, Little Rock. AZ: Chandler, Mesa, Phoenix, Scottsdale, Tempe, Tucson.
CA: Anaheim, Bakersfield, Berkeley, Beverly Hills, Burbank, Fresno, Fremont, Huntington Beach, Irvine, Long Beach,
Los Angeles, Malibu, Modesto, Mountain View, Oakland, Palo Alto, Pasadena, Sacramento, San Bernardino, San Diego,
San Francisco, San Jose, Santa Ana, Santa Barbara, Santa Clara, Santa Monica, Stockton, Sunnyvale.
CO: Boulder, Colorado Springs, Denver, Fort Collins. CT: Bridgeport, Hartford, New Haven, Stamford. DC: Washington.
DE: Dover, Wilmington. FL: Fort Lauderdale, Jacksonville, Key West, Miami, Miami Beach, Orlando, Sarasota,
St. Petersburg, Tallahassee, Tampa. GA: Atlanta, Augusta, Savannah. HI: Honolulu. IA: Cedar Rapids, Des Moines.
ID: Boise. IL: Chicago, Evanston, Naperville, Rockford. IN: Fort Wayne, Indianapolis, South Bend. KS: Topeka, Wichita.
KY: Lexington, Louisville. LA: Baton Rouge, New Orleans, Shreveport. MA: Boston, Cambridge, Worcester.
MD: Annapolis, Baltimore. MI: Ann Arbor, Detroit, Flint, Grand Rapids, Lansing. MN: Duluth, Minneapolis, Saint Paul,
St. Paul. MO: Kansas City, Saint Louis, St. Louis. MS: Biloxi, Jackson. MT: Billings, Bozeman, Missoula.
NC: Asheville, Charlotte, Durham, Greensboro, Raleigh, Winston-Salem. ND: Bismarck, Fargo. NE: Lincoln, Omaha.
NH: Concord. NJ: Atlantic City, Hoboken, Jersey City, Newark, Princeton, Trenton. NM: Albuquerque, Santa Fe.
NV: Carson City, Henderson, Las Vegas, Reno. NY: Albany, Brooklyn, Buffalo, Ithaca, Manhattan, New York, New York City,
Rochester, Syracuse, Yonkers. OH: Akron, Cincinnati, Cleveland, Columbus, Dayton, Toledo. OK: Oklahoma City, Tulsa.
OR: Eugene, Portland, Salem. PA: Allentown, Harrisburg, Philadelphia, Pittsburgh. RI: Newport, Providence.
SC: Charleston, Columbia. SD: Rapid City, Sioux Falls. TN: Chattanooga, Knoxville, Memphis, Nashville.
TX: Amarillo, Austin, Corpus Christi, Dallas, El Paso, Fort Worth, Galveston, Houston, Irving, Laredo, Lubbock, Plano,
San Antonio, Waco. UT: Provo, Salt Lake City. VA: Alexandria, Norfolk, Richmond, Virginia Beach. VT: Burlington.
WA: Bellevue, Redmond, Seattle, Spokane, Tacoma. WI: Green Bay, Madison, Milwaukee. WY: Cheyenne.
"""
_STATES = {
    city.strip().lower(): code
    for code, cities in re.findall(r"([A-Z]{2}): ((?:[^:]|\n)+?)\.(?=\s+[A-Z]{2}:|\s*$)", _CITIES)
    for city in cities.split(",")
}
_SHORT = {
    "atl": "Atlanta",
    "chi-town": "Chicago",
    "d.c": "Washington, D.C.",
    "dc": "Washington, D.C.",
    "hk": "Hong Kong",
    "kl": "Kuala Lumpur",
    "l.a": "Los Angeles",
    "la": "Los Angeles",
    "lax": "Los Angeles",
    "n.y": "New York",
    "nola": "New Orleans",
    "ny": "New York",
    "n.y.c": "New York",
    "nyc": "New York",
    "philly": "Philadelphia",
    "san fran": "San Francisco",
    "sd": "San Diego",
    "s.f": "San Francisco",
    "sf": "San Francisco",
    "sfo": "San Francisco",
    "vegas": "Las Vegas",
}
_AIRPORTS = frozenset(("lax", "sfo"))
_CITY_AND_STATE = re.compile(
    r"\bcity(?: name)? and(?: the)? state\b(?! names?)|\bform(?:at)?\b[^.]{0,20}\bcity, ?state\b", re.I
)
_SHOWN = re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+){0,2}, ([A-Z]{2})\b")
_NAMED = re.compile(r"(?P<city>[A-Za-z][A-Za-z.' -]{1,40}?)(?:,\s*|\s+)(?P<state>[A-Za-z]{2,}(?: [A-Za-z]+){0,2})")
_SPELLED = re.compile(r"\bCity, ?ST\b")
MAX_TEXT = 4_000


def state_of_city(text: str) -> str:
    """Return the postal code of the state that a large US city lies in; empty for anything else."""
    return _STATES.get(text.strip().lower(), "")


def full_name(text: str) -> str:
    """Return the name of a city that is known by a short one (`SF`, `Philly`); empty for anything else."""
    return _SHORT.get(text.strip().rstrip(".").lower(), "")


def name_of_city(text: str) -> str:
    """Return the same where any place may be meant: `LAX` may be the airport."""
    return "" if text.strip().lower() in _AIRPORTS else full_name(text)


def city_and_state(text: str, parameter: ParameterView) -> str:
    """Return `city, ST` for a large US city, or one with its state, where a document asks for both; else empty."""
    named = _NAMED.fullmatch(text)
    small = text.islower()
    said = us_state(named["state"].upper() if small and len(named["state"]) == 2 else named["state"]) if named else ""
    if named and said:
        asked = small or (len(named["state"]) > 2 and _SPELLED.search(parameter.text[:MAX_TEXT]) is not None)
        city = string.capwords(named["city"]) if small else named["city"]
        return f"{city}, {said}" if asked and _asks_for_state(parameter.text[:MAX_TEXT]) else ""
    code = state_of_city(text)
    return f"{text}, {code}" if code and _asks_for_state(parameter.text[:MAX_TEXT]) else ""


def named_state(text: str, parameter: ParameterView) -> str:
    """Return the name of the state of a large US city, where a parameter takes a state; else empty."""
    words = parameter.name.lower().replace("_", " ").split()
    code = state_of_city(text) if words[-1:] == ["state"] and not us_state(text) else ""
    return state_name(code) if code and "city" not in words else ""


@lru_cache(maxsize=4_096)
def _asks_for_state(text: str) -> bool:
    shown = any(us_state(found[1]) for found in _SHOWN.finditer(text))
    return shown or bool(_CITY_AND_STATE.search(text) or _SPELLED.search(text))
