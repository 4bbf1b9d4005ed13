"""Currencies by their ISO 4217 codes, with the names and signs that people say."""

from functools import lru_cache

_TABLE = """
USD $ us$ | dollar, us dollar, u.s. dollar, american dollar, united states dollar, buck
EUR € | euro
GBP £ | pound, pound sterling, british pound, sterling, quid
JPY ¥ | yen, japanese yen
CNY | yuan, renminbi, rmb, chinese yuan
INR ₹ | rupee, indian rupee
AUD a$ | australian dollar
CAD c$ | canadian dollar
NZD | new zealand dollar
HKD | hong kong dollar
SGD | singapore dollar
TWD | taiwan dollar, new taiwan dollar
CHF | swiss franc, franc
SEK | swedish krona, swedish crown
NOK | norwegian krone, norwegian crown
DKK | danish krone, danish crown
PLN | zloty, polish zloty
CZK | koruna, czech koruna, czech crown
HUF | forint, hungarian forint
RON | leu, romanian leu
BGN | lev, bulgarian lev
TRY ₺ | lira, turkish lira
RUB ₽ | ruble, rouble, russian ruble
UAH ₴ | hryvnia, ukrainian hryvnia
ILS ₪ | shekel, israeli shekel
AED | dirham, uae dirham, emirati dirham
SAR | riyal, saudi riyal
QAR | qatari riyal
KWD | kuwaiti dinar
EGP | egyptian pound
ZAR | rand, south african rand
NGN ₦ | naira, nigerian naira
KES | kenyan shilling
BRL r$ | real, brazilian real, reais
MXN | mexican peso
ARS | argentine peso
CLP | chilean peso
COP | colombian peso
PEN | sol, peruvian sol
KRW ₩ | won, korean won, south korean won
THB ฿ | baht, thai baht
IDR | rupiah, indonesian rupiah
MYR | ringgit, malaysian ringgit
PHP ₱ | philippine peso
VND ₫ | dong, vietnamese dong
PKR | pakistani rupee
BDT ৳ | taka, bangladeshi taka
"""


def _read_table() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        signs, _, names = line.partition(" | ")
        code, *symbols = signs.split()
        for word in (code.lower(), *symbols, *(n.strip() for n in names.split(","))):
            found.setdefault(word, code)
            found.setdefault(f"{word}s", code)
    return found


_CODES = _read_table()


def currency_code(text: str) -> str:
    """Return the code of a currency named by its code, sign or name, in either number; empty for anything else.

    A code of three letters counts only in capitals (`try` and `all` are words).
    """
    text = " ".join(text[:60].split())
    code = _CODES.get(text.lower(), "")
    return "" if text.upper() == code and text != code else code


@lru_cache(maxsize=1)
def currency_symbols() -> str:
    """Return the alternatives of a pattern that finds the signs."""
    return "[" + "".join(sorted({w for w in _CODES if len(w) == 1 and not w.isalnum()})) + "]"
