"""Texts that stand for the values of parameters: names, places, identifiers, addresses, by what they are."""

import random
from collections.abc import Callable

import generated_words as words


def pick(table: tuple[str, ...] | list[str]) -> Callable[[random.Random], str]:
    return lambda chance: chance.choice(table)


PLACES_KNOWN = [tuple(line.split("|")) for line in words.PLACES.splitlines()]


def person(chance: random.Random) -> str:
    roll = chance.random()
    given, family = chance.choice(words.GIVEN), chance.choice(words.FAMILY)
    if roll < 0.35:
        return given
    if roll < 0.4:
        return f"{chance.choice(('Dr.', 'Mr.', 'Ms.', 'Mrs.'))} {family}"
    return f"{given} {family}"


def city(chance: random.Random) -> str:
    name, state, country = chance.choice(PLACES_KNOWN)
    roll = chance.random()
    if roll < 0.3:
        return f"{name}, {state or country}"
    return name


def slug(chance: random.Random) -> str:
    one, two = chance.choice(words.ADJECTIVES), chance.choice(words.NOUNS)
    three = chance.choice(words.NOUNS)
    return chance.choice(
        (
            f"{one}-{two}", f"{one}_{two}", f"{two}{chance.randint(1, 99)}", f"{one.title()}{two.title()}",
            f"my-{two}", f"My{two.title()}", two, f"{two}-{three}-{chance.randint(1, 20):02}",
            f"{one.title()} {two.title()}",
            f"{two}-{one}", f"{three.title()} {two.title()}", f"{one} {two}",
        )
    )  # fmt: skip


def identifier(chance: random.Random) -> str:
    number = chance.randint(1, 99999)
    letters = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(3))
    return chance.choice(
        (
            str(number), str(chance.randint(100000, 99999999)), f"{letters}{chance.randint(10, 999)}",
            f"{letters.upper()}-{number}",
            f"{letters[:2].upper()}{number}", f"{letters}_{number}", uuid(chance),
            f"{chance.choice(words.NOUNS)}-{number}",
            f"{chance.choice(words.NOUNS)}_{chance.randint(1, 999)}", f"{number:x}{letters}{chance.randint(1, 9)}f",
        )
    )  # fmt: skip


def uuid(chance: random.Random) -> str:
    text = f"{chance.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def email(chance: random.Random) -> str:
    given, family = chance.choice(words.GIVEN).lower(), chance.choice(words.FAMILY).lower().replace("'", "")
    given = given.replace("á", "a")
    left = chance.choice(
        (given, f"{given}.{family}", f"{given[0]}{family}", f"{given}{chance.randint(1, 99)}", "support", "sales")
    )
    return f"{left}@{chance.choice(words.DOMAINS)}"


def url(chance: random.Random) -> str:
    tail = chance.choice(
        (
            "",
            f"/{chance.choice(words.NOUNS)}",
            f"/{chance.choice(words.NOUNS)}/{chance.randint(1, 500)}",
            "/index.html",
        )
    )
    return f"{chance.choice(('https://', 'https://www.', 'http://', 'www.'))}{chance.choice(words.DOMAINS)}{tail}"


def path(chance: random.Random, ending: str = "") -> str:
    name = f"{chance.choice(words.PATH_STEMS)}.{ending or chance.choice(words.ENDINGS)}"
    return name if chance.random() < 0.5 else f"{chance.choice(words.FOLDERS)}/{name}"


def username(chance: random.Random) -> str:
    given, sign, family = chance.choice(words.GIVEN), chance.choice(("", "_", ".")), chance.choice(words.FAMILY)
    number = chance.choice(("", str(chance.randint(1, 99))))
    return f"{given.lower()}{sign}{family.lower()}{number}".replace("'", "")


def phone(chance: random.Random) -> str:
    a, b, c = chance.randint(200, 989), chance.randint(200, 999), chance.randint(1000, 9999)
    return chance.choice((f"+1{a}{b}{c}", f"{a}-{b}-{c}", f"+49 {a} {b}{c}", f"({a}) {b}-{c}", f"{a}{b}{c}"))


def address(chance: random.Random) -> str:
    street = f"{chance.randint(1, 999)} {chance.choice(words.STREETS)}"
    return street if chance.random() < 0.6 else f"{street}, {chance.choice(PLACES_KNOWN)[0]}"


def ip(chance: random.Random) -> str:
    return ".".join(str(chance.randint(1, 254)) for _ in range(4))


def arn(chance: random.Random) -> str:
    service = chance.choice(("s3", "lambda", "iam", "sns", "ecs", "kms"))
    account, kind = chance.randint(10**11, 10**12 - 1), chance.choice(words.NOUNS)
    return f"arn:aws:{service}:us-east-1:{account}:{kind}/{slug(chance).replace(' ', '-')}"


def code(chance: random.Random) -> str:
    letters = "".join(chance.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(chance.randint(2, 4)))
    return chance.choice(
        (
            f"{letters}{chance.randint(10, 9999)}",
            f"{letters}-{chance.randint(10, 99999)}",
            f"{chance.randint(1000, 99999)}",
            letters,
        )
    )


def version(chance: random.Random) -> str:
    return chance.choice(
        (
            f"{chance.randint(0, 9)}.{chance.randint(0, 20)}",
            f"v{chance.randint(1, 9)}",
            f"{chance.randint(0, 9)}.{chance.randint(0, 9)}.{chance.randint(0, 30)}",
        )
    )


def title(chance: random.Random) -> str:
    roll = chance.random()
    if roll < 0.6:
        return chance.choice(words.TITLES)
    if roll < 0.8:
        return f"{chance.choice(words.ADJECTIVES).title()} {chance.choice(words.NOUNS).title()}"
    return f"{chance.choice(words.COMPANIES)} {chance.choice(words.NOUNS).title()}"


def place(chance: random.Random) -> str:
    return chance.choice(
        (
            city(chance),
            f"{chance.choice(words.FAMILY)} Park",
            f"the {chance.choice(words.COLORS)} room".title()[4:],
            f"{chance.choice(words.FAMILY)} Hotel",
        )
    )


def word(chance: random.Random) -> str:
    tables = (words.WORDS, words.CATEGORIES, words.TAGS, words.TOPICS)
    return chance.choice((slug(chance), *[chance.choice(table) for table in tables], code(chance)))


TEXTS: dict[str, Callable[[random.Random], str]] = {
    "email": email, "url": url, "phone": phone, "arn": arn, "uuid": uuid, "ip": ip, "code": code, "version": version,
    "title": title,
    "cidr": lambda c: f"10.{c.randint(0, 254)}.0.0/{c.choice((8, 16, 24))}",
    "timezone": pick(words.TIMEZONES), "currency": pick(words.CURRENCIES), "color": pick(words.COLORS),
    "language": lambda c: c.choice(words.LANGUAGES if c.random() < 0.75 else words.LANGUAGE_CODES),
    "formula": pick(words.FORMULAS), "month": pick(words.MONTHS),
    "first name": pick(words.GIVEN), "last name": pick(words.FAMILY), "person": person,
    "username": username,
    "city": city, "state": pick(words.STATES), "country code": pick(words.COUNTRY_CODES),
    "country": lambda c: c.choice(PLACES_KNOWN)[2], "zip": lambda c: f"{c.randint(10000, 99999)}",
    "region": lambda c: c.choice(words.REGIONS) if c.random() < 0.5 else city(c), "address": address,
    "place": place,
    "company": pick(words.COMPANIES),
    "ticker": lambda c: "".join(c.choice("ABCDEFGHIKLMNOPRSTXZ") for _ in range(c.randint(3, 4))),
    "product": pick(words.PRODUCTS), "path": path, "domain": pick(words.DOMAINS), "status": pick(words.STATUSES),
    "role": pick(words.ROLES), "category": pick(words.CATEGORIES), "query": pick(words.TOPICS),
    "tag": pick(words.TAGS),
    "sort": pick("name date price created_at title relevance asc desc ascending descending".split()),
    "sentence": pick(words.SENTENCES), "id": identifier, "slug": slug,
    "word": word,
}  # fmt: skip
