"""Countries, languages and US states by their codes, with the names that people say.

Countries by ISO 3166-1, languages by ISO 639-1 with the region they are most likely written in (CLDR),
states by their postal codes.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_COUNTRIES = """
AF AFG Afghanistan; AX ALA Åland Islands; AL ALB Albania; DZ DZA Algeria; AS ASM American Samoa; AD AND Andorra; AO
AGO Angola; AI AIA Anguilla; AQ ATA Antarctica; AG ATG Antigua and Barbuda; AR ARG Argentina; AM ARM Armenia; AW ABW
Aruba; AU AUS Australia; AT AUT Austria; AZ AZE Azerbaijan; BS BHS Bahamas; BH BHR Bahrain; BD BGD Bangladesh; BB
BRB Barbados; BY BLR Belarus; BE BEL Belgium; BZ BLZ Belize; BJ BEN Benin; BM BMU Bermuda; BT BTN Bhutan; BO BOL
Bolivia; BQ BES Caribbean Netherlands; BA BIH Bosnia and Herzegovina; BW BWA Botswana; BV BVT Bouvet Island; BR BRA
Brazil; IO IOT British Indian Ocean Territory; BN BRN Brunei; BG BGR Bulgaria; BF BFA Burkina Faso; BI BDI Burundi;
KH KHM Cambodia; CM CMR Cameroon; CA CAN Canada; CV CPV Cape Verde; KY CYM Cayman Islands; CF CAF Central African
Republic; TD TCD Chad; CL CHL Chile; CN CHN China; CX CXR Christmas Island; CC CCK Cocos Islands; CO COL Colombia;
KM COM Comoros; CG COG Congo; CD COD Democratic Republic of the Congo; CK COK Cook Islands; CR CRI Costa Rica; CI
CIV Côte d'Ivoire; HR HRV Croatia; CU CUB Cuba; CW CUW Curaçao; CY CYP Cyprus; CZ CZE Czechia; DK DNK Denmark; DJ
DJI Djibouti; DM DMA Dominica; DO DOM Dominican Republic; EC ECU Ecuador; EG EGY Egypt; SV SLV El Salvador; GQ GNQ
Equatorial Guinea; ER ERI Eritrea; EE EST Estonia; ET ETH Ethiopia; FK FLK Falkland Islands; FO FRO Faroe Islands;
FJ FJI Fiji; FI FIN Finland; FR FRA France; GF GUF French Guiana; PF PYF French Polynesia; TF ATF French Southern
Territories; GA GAB Gabon; GM GMB Gambia; GE GEO Georgia; DE DEU Germany; GH GHA Ghana; GI GIB Gibraltar; GR GRC
Greece; GL GRL Greenland; GD GRD Grenada; GP GLP Guadeloupe; GU GUM Guam; GT GTM Guatemala; GG GGY Guernsey; GN GIN
Guinea; GW GNB Guinea-Bissau; GY GUY Guyana; HT HTI Haiti; HM HMD Heard and McDonald Islands; VA VAT Vatican City;
HN HND Honduras; HK HKG Hong Kong; HU HUN Hungary; IS ISL Iceland; IN IND India; ID IDN Indonesia; IR IRN Iran; IQ
IRQ Iraq; IE IRL Ireland; IM IMN Isle of Man; IL ISR Israel; IT ITA Italy; JM JAM Jamaica; JP JPN Japan; JE JEY
Jersey; JO JOR Jordan; KZ KAZ Kazakhstan; KE KEN Kenya; KI KIR Kiribati; KP PRK North Korea; KR KOR South Korea; XK
XKX Kosovo; KW KWT Kuwait; KG KGZ Kyrgyzstan; LA LAO Laos; LV LVA Latvia; LB LBN Lebanon; LS LSO Lesotho; LR LBR
Liberia; LY LBY Libya; LI LIE Liechtenstein; LT LTU Lithuania; LU LUX Luxembourg; MO MAC Macao; MK MKD North
Macedonia; MG MDG Madagascar; MW MWI Malawi; MY MYS Malaysia; MV MDV Maldives; ML MLI Mali; MT MLT Malta; MH MHL
Marshall Islands; MQ MTQ Martinique; MR MRT Mauritania; MU MUS Mauritius; YT MYT Mayotte; MX MEX Mexico; FM FSM
Micronesia; MD MDA Moldova; MC MCO Monaco; MN MNG Mongolia; ME MNE Montenegro; MS MSR Montserrat; MA MAR Morocco; MZ
MOZ Mozambique; MM MMR Myanmar; NA NAM Namibia; NR NRU Nauru; NP NPL Nepal; NL NLD Netherlands; NC NCL New
Caledonia; NZ NZL New Zealand; NI NIC Nicaragua; NE NER Niger; NG NGA Nigeria; NU NIU Niue; NF NFK Norfolk Island;
MP MNP Northern Mariana Islands; NO NOR Norway; OM OMN Oman; PK PAK Pakistan; PW PLW Palau; PS PSE Palestine; PA PAN
Panama; PG PNG Papua New Guinea; PY PRY Paraguay; PE PER Peru; PH PHL Philippines; PN PCN Pitcairn Islands; PL POL
Poland; PT PRT Portugal; PR PRI Puerto Rico; QA QAT Qatar; RE REU Réunion; RO ROU Romania; RU RUS Russia; RW RWA
Rwanda; BL BLM Saint Barthélemy; SH SHN Saint Helena; KN KNA Saint Kitts and Nevis; LC LCA Saint Lucia; MF MAF Saint
Martin; PM SPM Saint Pierre and Miquelon; VC VCT Saint Vincent and Grenadines; WS WSM Samoa; SM SMR San Marino; ST
STP São Tomé and Príncipe; SA SAU Saudi Arabia; SN SEN Senegal; RS SRB Serbia; SC SYC Seychelles; SL SLE Sierra
Leone; SG SGP Singapore; SX SXM Sint Maarten; SK SVK Slovakia; SI SVN Slovenia; SB SLB Solomon Islands; SO SOM
Somalia; ZA ZAF South Africa; GS SGS South Georgia and South Sandwich Islands; SS SSD South Sudan; ES ESP Spain; LK
LKA Sri Lanka; SD SDN Sudan; SR SUR Suriname; SJ SJM Svalbard and Jan Mayen; SZ SWZ Eswatini; SE SWE Sweden; CH CHE
Switzerland; SY SYR Syria; TW TWN Taiwan; TJ TJK Tajikistan; TZ TZA Tanzania; TH THA Thailand; TL TLS Timor-Leste;
TG TGO Togo; TK TKL Tokelau; TO TON Tonga; TT TTO Trinidad and Tobago; TN TUN Tunisia; TR TUR Turkey; TM TKM
Turkmenistan; TC TCA Turks and Caicos Islands; TV TUV Tuvalu; UG UGA Uganda; UA UKR Ukraine; AE ARE United Arab
Emirates; GB GBR United Kingdom; US USA United States; UM UMI US Outlying Islands; UY URY Uruguay; UZ UZB
Uzbekistan; VU VUT Vanuatu; VE VEN Venezuela; VN VNM Vietnam; VG VGB British Virgin Islands; VI VIR US Virgin
Islands; WF WLF Wallis and Futuna; EH ESH Western Sahara; YE YEM Yemen; ZM ZMB Zambia; ZW ZWE Zimbabwe
"""
_ALSO = """
US America; US United States of America; US USA; US States; GB UK; GB Great Britain; GB Britain;
KR Republic of Korea;
KR Korea; KP Democratic People's Republic of Korea; RU Russian Federation; CZ Czech Republic; TR Türkiye; AE UAE;
AE Emirates; NL Holland; CI Ivory Coast; MM Burma; MK Macedonia; SZ Swaziland; TL East Timor; CV Cabo Verde;
VN Viet Nam; TW Republic of China; CN People's Republic of China; CN Mainland China; IR Islamic Republic of Iran;
SY Syrian Arab Republic; VA Holy See; VA Vatican; CD DR Congo; CD DRC; CD Congo Kinshasa; CG Republic of the Congo;
CG Congo Brazzaville; MO Macau; LA Lao; MD Republic of Moldova; TZ United Republic of Tanzania;
BO Plurinational State of Bolivia; VE Bolivarian Republic of Venezuela; BN Brunei Darussalam; FK Malvinas;
PS Palestinian Territories; BA Bosnia; IE Republic of Ireland; DE Federal Republic of Germany;
SA Kingdom of Saudi Arabia; FM Federated States of Micronesia; ZA RSA
"""
_ADJECTIVES_OF = """
AR Argentine; AR Argentinian; AT Austrian; AU Australian; BE Belgian; BR Brazilian; CA Canadian; CH Swiss; CL Chilean;
CN Chinese; CO Colombian; CZ Czech; DE German; DK Danish; EE Estonian; EG Egyptian; ES Spanish; FI Finnish; FR French;
GB British; GB English; GR Greek; HR Croatian; HU Hungarian; ID Indonesian; IE Irish; IL Israeli; IN Indian;
IS Icelandic; IT Italian; JP Japanese; KE Kenyan; KR Korean; KR South Korean; LT Lithuanian; LV Latvian; MA Moroccan;
MX Mexican; MY Malaysian; NG Nigerian; NL Dutch; NO Norwegian; NZ New Zealand; PE Peruvian; PH Filipino; PK Pakistani;
PL Polish; PT Portuguese; RO Romanian; RU Russian; SA Saudi; SE Swedish; SG Singaporean; SI Slovenian; SK Slovak;
TH Thai; TR Turkish; TW Taiwanese; UA Ukrainian; US American; VN Vietnamese; ZA South African
"""
_LANGUAGES = """
aa-ET Afar; ab-GE Abkhazian; af-ZA Afrikaans; ak-GH Akan; am-ET Amharic; an-ES Aragonese; ar-EG Arabic; as-IN
Assamese; av-RU Avaric; ay-BO Aymara; az-AZ Azerbaijani; ba-RU Bashkir; be-BY Belarusian; bg-BG Bulgarian; bi-VU
Bislama; bm-ML Bambara; bn-BD Bangla; bo-CN Tibetan; br-FR Breton; bs-BA Bosnian; ca-ES Catalan; ce-RU Chechen;
ch-GU Chamorro; co-FR Corsican; cr-CA Cree; cs-CZ Czech; cv-RU Chuvash; cy-GB Welsh; da-DK Danish; de-DE German;
dv-MV Divehi; dz-BT Dzongkha; ee-GH Ewe; el-GR Greek; en-US English; eo Esperanto; es-ES Spanish; et-EE Estonian;
eu-ES Basque; fa-IR Persian; ff-SN Fula; fi-FI Finnish; fj-FJ Fijian; fo-FO Faroese; fr-FR French; fy-NL Western
Frisian; ga-IE Irish; gd-GB Scottish Gaelic; gl-ES Galician; gn-PY Guarani; gu-IN Gujarati; gv-IM Manx; ha-NG Hausa;
he-IL Hebrew; hi-IN Hindi; ho-PG Hiri Motu; hr-HR Croatian; ht-HT Haitian Creole; hu-HU Hungarian; hy-AM Armenian;
hz-NA Herero; ia Interlingua; id-ID Indonesian; ie-EE Interlingue; ig-NG Igbo; ii-CN Sichuan Yi; ik-US Inupiaq; io
Ido; is-IS Icelandic; it-IT Italian; iu-CA Inuktitut; ja-JP Japanese; jv-ID Javanese; ka-GE Georgian; kg-CD Kongo;
ki-KE Kikuyu; kj-NA Kuanyama; kk-KZ Kazakh; kl-GL Kalaallisut; km-KH Khmer; kn-IN Kannada; ko-KR Korean; kr-NG
Kanuri; ks-IN Kashmiri; ku-TR Kurdish; kv-RU Komi; kw-GB Cornish; ky-KG Kyrgyz; la-VA Latin; lb-LU Luxembourgish;
lg-UG Ganda; li-NL Limburgish; ln-CD Lingala; lo-LA Lao; lt-LT Lithuanian; lu-CD Luba-Katanga; lv-LV Latvian; mg-MG
Malagasy; mh-MH Marshallese; mi-NZ Māori; mk-MK Macedonian; ml-IN Malayalam; mn-MN Mongolian; mr-IN Marathi; ms-MY
Malay; mt-MT Maltese; my-MM Burmese; na-NR Nauru; nb-NO Norwegian Bokmål; nd-ZW North Ndebele; ne-NP Nepali; ng-NA
Ndonga; nl-NL Dutch; nn-NO Norwegian Nynorsk; no-NO Norwegian; nr-ZA South Ndebele; nv-US Navajo; ny-MW Nyanja;
oc-FR Occitan; oj-CA Ojibwa; om-ET Oromo; or-IN Odia; os-GE Ossetic; pa-IN Punjabi; pi-IN Pali; pl-PL Polish; ps-AF
Pashto; pt-BR Portuguese; qu-PE Quechua; rm-CH Romansh; rn-BI Rundi; ro-RO Romanian; ru-RU Russian; rw-RW
Kinyarwanda; sa-IN Sanskrit; sc-IT Sardinian; sd-PK Sindhi; se-NO Northern Sami; sg-CF Sango; si-LK Sinhala; sk-SK
Slovak; sl-SI Slovenian; sm-WS Samoan; sn-ZW Shona; so-SO Somali; sq-AL Albanian; sr-RS Serbian; ss-ZA Swati; st-ZA
Southern Sotho; su-ID Sundanese; sv-SE Swedish; sw-TZ Swahili; ta-IN Tamil; te-IN Telugu; tg-TJ Tajik; th-TH Thai;
ti-ET Tigrinya; tk-TM Turkmen; tl-PH Tagalog; tn-ZA Tswana; to-TO Tongan; tr-TR Turkish; ts-ZA Tsonga; tt-RU Tatar;
tw Twi; ty-PF Tahitian; ug-CN Uyghur; uk-UA Ukrainian; ur-PK Urdu; uz-UZ Uzbek; ve-ZA Venda; vi-VN Vietnamese; vo
Volapük; wa-BE Walloon; wo-SN Wolof; xh-ZA Xhosa; yi-UA Yiddish; yo-NG Yoruba; za-CN Zhuang; zh-CN Chinese; zu-ZA
Zulu
"""
_ALSO_SPOKEN = """
zh-CN Mandarin; zh-CN Mandarin Chinese; zh-CN Simplified Chinese; zh-TW Traditional Chinese; zh-HK Cantonese;
pt-BR Brazilian Portuguese; pt-PT European Portuguese; en-GB British English; en-US American English;
en-AU Australian English; en-CA Canadian English; en-IN Indian English; fr-CA Canadian French; fr-CA Quebec French;
fr-CH Swiss French; de-AT Austrian German; de-CH Swiss German; es-MX Mexican Spanish; es-419 Latin American Spanish;
es-ES European Spanish; es-ES Castilian; bn-BD Bengali; fa-IR Farsi; tl-PH Filipino; or-IN Oriya; ps-AF Pushto;
nb-NO Bokmal; nn-NO Nynorsk; ht-HT Haitian; ki-KE Gikuyu; ug-CN Uighur; fy-NL Frisian; gd-GB Gaelic; ky-KG Kirghiz;
ff-SN Fulah; dv-MV Maldivian; ny-MW Chichewa; rn-BI Kirundi; st-ZA Sotho; ab-GE Abkhaz
"""
_STATES = """
AK Alaska; AL Alabama; AR Arkansas; AZ Arizona; CA California; CO Colorado; CT Connecticut; DC District of Columbia;
DE Delaware; FL Florida; GA Georgia; HI Hawaii; IA Iowa; ID Idaho; IL Illinois; IN Indiana; KS Kansas; KY Kentucky;
LA Louisiana; MA Massachusetts; MD Maryland; ME Maine; MI Michigan; MN Minnesota; MO Missouri; MS Mississippi; MT
Montana; NC North Carolina; ND North Dakota; NE Nebraska; NH New Hampshire; NJ New Jersey; NM New Mexico; NV Nevada;
NY New York; OH Ohio; OK Oklahoma; OR Oregon; PA Pennsylvania; RI Rhode Island; SC South Carolina; SD South Dakota;
TN Tennessee; TX Texas; UT Utah; VA Virginia; VT Vermont; WA Washington; WI Wisconsin; WV West Virginia; WY Wyoming;
DC Washington DC
"""
_EDGES = re.compile(r"^(?:the|state of|province of)\s+|\s+(?:language|state)$|['’]s$", re.I)
_REGIONAL = re.compile(r"(.{2,40}?)\s*[(,/-]\s*(.{2,40}?)\)?|(.{2,30}?)\s+(?:of|from|in)\s+(.{2,40})", re.I)
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}|419))?")
MAX_LENGTH = 80
"""A longer text names none of them."""


@dataclass(frozen=True, slots=True)
class Country:
    """A country by both of its codes, in capitals."""

    alpha2: str
    alpha3: str


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its code of two letters; `region` is the one said with it, or empty, `usual` its likeliest."""

    code: str
    region: str
    usual: str


def _rows(table: str) -> Iterator[list[str]]:
    for entry in " ".join(table.split()).split("; "):
        yield entry.split(" ", 1)


def _key(name: str) -> str:
    """A name without case, accents, marks and words that add nothing."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    bare = bare.casefold().replace("&", " and ").replace(".", "")
    bare = " ".join(re.findall(r"[a-z0-9]+", bare.replace("'", "").replace("’", "")))
    return re.sub(r"\bst\b", "saint", bare)


def _read_countries() -> dict[str, Country]:
    found: dict[str, Country] = {}
    codes: dict[str, Country] = {}
    for alpha2, rest in _rows(_COUNTRIES):
        alpha3, name = rest.split(" ", 1)
        codes[alpha2] = found[_key(name)] = Country(alpha2, alpha3)
    for alpha2, name in _rows(_ALSO):
        found[_key(name)] = codes[alpha2]
    return found


def _read_languages() -> dict[str, Language]:
    found: dict[str, Language] = {}
    for table in (_LANGUAGES, _ALSO_SPOKEN):
        for tag, name in _rows(table):
            code, _, region = tag.partition("-")
            known = found.get(code)
            usual = known.usual if known else region
            found.setdefault(code, Language(code, "", usual))
            found[_key(name)] = Language(code, region if region != usual or (" " in name and known) else "", usual)
    return found


_COUNTRY_NAMES = _read_countries()
_COUNTRY_CODES = {c: one for one in _COUNTRY_NAMES.values() for c in (one.alpha2, one.alpha3)} | {
    "UK": _COUNTRY_NAMES["united kingdom"]
}
_ADJECTIVES = {_key(name): _COUNTRY_CODES[alpha2] for alpha2, name in _rows(_ADJECTIVES_OF)}
_LANGUAGE_NAMES = _read_languages()
_STATE_NAMES = {_key(name): code for code, name in _rows(_STATES)}
_STATE_CODES = frozenset(_STATE_NAMES.values())
_STATES_BY_CODE = dict(reversed(list(_rows(_STATES))))


def _said(text: str) -> str:
    text = " ".join(text.split()).strip(" ,.;:!?\"'“”‘’`()") if len(text) <= MAX_LENGTH else ""
    before = ""
    while text != before:
        before, text = text, _EDGES.sub("", text)
    return text


def country_of(adjective: str) -> Country | None:
    """Return the country that an adjective is of (`Spanish`); None for any other word."""
    return _ADJECTIVES.get(_key(adjective))


def country(text: str) -> Country | None:
    """Return the country that a text names, or gives by a code in capitals (`us` is a word); None for any other."""
    said = _said(text)
    code = said.replace(".", "")
    return (_COUNTRY_CODES.get(code) if len(code) in (2, 3) else None) or _COUNTRY_NAMES.get(_key(said))


def language(text: str) -> Language | None:
    """Return the language that a text names: `British English`, `French (Canada)` or `en_US`; not `no` or `it`."""
    said = _said(text)
    known = _LANGUAGE_NAMES.get(_key(said)) if len(said) > 3 else None
    if known is not None:
        return known
    tag = _TAG.fullmatch(said)
    if tag and tag[2] and tag[1].islower() and tag[1] in _LANGUAGE_NAMES and len(tag[1]) == 2:
        region = tag[2].upper()
        return Language(tag[1], region, region) if region in _COUNTRY_CODES or region == "419" else None
    parts = _REGIONAL.fullmatch(said)
    if parts is None:
        return None
    one, where = _LANGUAGE_NAMES.get(_key(parts[1] or parts[3])), country(parts[2] or parts[4])
    return Language(one.code, where.alpha2, one.usual) if one and where and len(parts[1] or parts[3]) > 3 else None


def us_state(text: str) -> str:
    """Return the postal code of a US state named in full or by its code in capitals; empty for anything else."""
    said = _said(text)
    code = said.replace(".", "")
    return code if code in _STATE_CODES else _STATE_NAMES.get(_key(said), "")


def state_name(code: str) -> str:
    """Return the name of the US state with a postal code; empty where there is none."""
    return _STATES_BY_CODE.get(code, "")


def is_country_code(text: str) -> bool:
    """Whether a text, in either case, is a code of a country, of two letters or three."""
    return text.upper() in _COUNTRY_CODES


def is_language_code(text: str) -> bool:
    """Whether a text is a language's code of two letters, with or without a region."""
    tag = _TAG.fullmatch(text)
    known = tag is not None and len(tag[1]) == 2 and tag[1].lower() in _LANGUAGE_NAMES
    return bool(tag and known and (not tag[2] or tag[2] == "419" or tag[2].upper() in _COUNTRY_CODES))


def is_state_code(text: str) -> bool:
    """Whether a text, in either case, is the postal code of a US state."""
    return text.upper() in _STATE_CODES
