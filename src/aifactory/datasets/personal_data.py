"""Signs of personal data in a column: its name, and values that pass the check of an identifier.

Signs, not verdicts: they tell a steward where to look. Checks that many random numbers pass (one in eleven
nine-digit numbers is a valid BSN) count only when nearly all values pass, or when the name agrees.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Confidence(StrEnum):
    """How sure a sign is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True)
class Hint:
    """One sign: the kind of data, how sure, and the share (0-1) of sampled values that pass its check."""

    kind: str
    confidence: Confidence
    share: float


def is_bsn(value: str) -> bool:
    """Dutch citizen service number: the eleven-test with weights 9…2 and -1; 8 digits get a leading zero.

    Also as people group it (1234.56.789), and as a number with a fraction: what a column of numbers with gaps becomes.
    """
    if 9 < len(value) < 12:
        value = _BETWEEN_GROUPS.sub("", value) if _GROUPED_BSN.fullmatch(value) else value.removesuffix(".0")
    if len(value) not in {8, 9} or not (value.isascii() and value.isdigit()):
        return False
    digits = [int(d) for d in value.zfill(9)]
    weighted = sum(w * d for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
    return any(digits) and weighted % 11 == 0


def is_iban(value: str) -> bool:
    """Bank account number, ISO 13616: moved and read as a number, it leaves 1 when divided by 97."""
    if not (15 <= len(value) <= 50 and value[:2].isalpha()):
        return False
    compact = _BETWEEN_GROUPS.sub("", value).upper()
    if not _IBAN.fullmatch(compact):
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def has_email(value: str) -> bool:
    """An e-mail address anywhere in the value."""
    return "@" in value and bool(_EMAIL.search(value))


def is_phone(value: str) -> bool:
    """A Dutch number of ten digits, or an international one of 8 to 15 (ITU-T E.164)."""
    return value[:1] in _BEFORE_PHONES and bool(_PHONE.fullmatch(_BETWEEN_DIGITS.sub("", value)))


def is_postcode(value: str) -> bool:
    """A Dutch postcode: four digits from 1000 on, two letters; SA, SD and SS are not given out."""
    return len(value) in {6, 7} and bool(_POSTCODE.fullmatch(value.upper()))


def is_ip_address(value: str) -> bool:
    """An IPv4 or IPv6 address."""
    if not (value.count(".") == 3 or value.count(":") >= 2):
        return False
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def is_long_text(value: str) -> bool:
    """Free text in which people may be described: more than 80 characters and twelve words."""
    return len(value) > 80 and value.count(" ") >= 12


_BETWEEN_GROUPS = re.compile(r"[\s.-]")
_GROUPED_BSN = re.compile(r"\d{3,4}([ .-])\d{2}\1\d{3}|\d{2,3}([ .-])\d{3}\2\d{3}", re.ASCII)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63})*\.[A-Za-z]{2,24}\b")
_BEFORE_PHONES = frozenset("0+()./- ")
_BETWEEN_DIGITS = re.compile(r"[\s()./-]")
_PHONE = re.compile(r"0[1-9]\d{8}|(\+|00)[1-9]\d{7,14}")
_POSTCODE = re.compile(r"[1-9]\d{3} ?(?!SA|SD|SS)[A-Z]{2}")
#: How the names of Dutch streets end.
_STREETS = "straat|laan|weg|plein|kade|singel|gracht|hof|dreef|steeg|pad|dijk|park|baan|plantsoen"
_ADDRESS = re.compile(rf"[A-Z0-9][\w.' -]{{0,40}}(?i:{_STREETS})\.? \d{{1,5}}[ -]?[A-Za-z0-9]{{0,5}}")
_BETWEEN = "(van|von|de|den|der|het|'t|ter|ten|te|el|op)"
_SURNAME = "('t )?[A-Z][A-Za-zÀ-ÿ'-]+"
_NAME = re.compile(
    rf"([A-Z]\.? ?){{1,4}}( ?{_BETWEEN})* ?{_SURNAME}|[A-Z][A-Za-zà-ÿ-]+(( {_BETWEEN})* {_SURNAME}){{1,3}}"
)


def is_address(value: str) -> bool:
    """A Dutch street with a house number: a word that ends as streets do, then one to five digits."""
    return bool(len(value) < 80 and " " in value and _ADDRESS.fullmatch(value))


def is_name(value: str) -> bool:
    """Two to four capitalised words, or initials and a surname, with or without a Dutch `van der`.

    Many names of places look so too: it counts only when nearly all values do.
    """
    return bool(len(value) < 60 and " " in value and _NAME.fullmatch(value))


@dataclass(frozen=True)
class _Kind:
    code: str
    named: str
    check: Callable[[str], bool] | None
    #: share of values that must pass before the values alone are a sign
    threshold: float = 0.5
    #: as sure as it gets: a check that other things pass too never makes certain
    surest: Confidence = Confidence.HIGH
    #: whether a telling column name makes it likely, whatever the values look like
    named_is_enough: bool = False


_KINDS = (
    _Kind("bsn", r"bsn|burgerservice|sofi", is_bsn, threshold=0.9),
    _Kind("iban", r"iban|rekeningn|bank.?account", is_iban, threshold=0.05),
    _Kind("email", r"e.?mail", has_email, threshold=0.02),
    _Kind("phone", r"phone|telefoon|mobiel|mobile.?n", is_phone, threshold=0.8),
    _Kind("postcode", r"post.?code|zip.?code", is_postcode),
    _Kind("ip-address", r"\bip.?(addr|adres)", is_ip_address, threshold=0.2),
    _Kind("free-text", r"remark|opmerking|comment|toelichting|notes?\b", is_long_text, threshold=0.2),
    _Kind(
        "name",
        r"(first|last|sur|full|middle|family|given).?name|achternaam|voornaam|roepnaam|^naam$",
        is_name,
        threshold=0.9,
        surest=Confidence.MEDIUM,
        named_is_enough=True,
    ),
    _Kind("birth-date", r"birth|geboort|\bdob\b", None),
    _Kind("address", r"street|straat|home.?address|woonadres|huisn", is_address, named_is_enough=True),
    _Kind(
        "person-number", r"(patient|person|citizen|client|member|student|burger).{0,3}(id|nr|num|code)", None
    ),
)

_CHECKS = tuple((kind.code, kind.check) for kind in _KINDS if kind.check)
#: What consists of these passes no other checks than those below.
_OF_NUMBERS = "0123456789 .,-+()/"
_CHECKS_OF_NUMBERS = tuple(
    (code, check) for code, check in _CHECKS if code in {"bsn", "phone", "ip-address", "free-text"}
)

#: Columns that single out a person when combined (quasi-identifiers).
_QUASI = re.compile(
    r"\bage\b|leeftijd|birth|geboort|\bsex\b|gender|geslacht|post.?code|zip.?code|municipal|gemeente"
)


#: Under this key `passes` keeps how many values there were.
EVERY = "every"


def passes(values: Iterable[str]) -> Counter[str]:
    """Count which checks the values of a column pass (as text, no empty ones); of parts of it, these add up."""
    found: Counter[str] = Counter()
    for value, times in Counter(values).items():
        found[EVERY] += times
        text = value.strip()
        if text.isalpha():  # a word alone passes none of them
            continue
        for code, check in _CHECKS if text.strip(_OF_NUMBERS) else _CHECKS_OF_NUMBERS:
            if check(text):
                found[code] += times
    return found


def hinted(column: str, passed: Counter[str]) -> list[Hint]:
    """Return the signs for one column, given its name and which checks a sample of its values passed."""
    name = _words(column)
    found = []
    for kind in _KINDS:
        named = bool(re.search(kind.named, name))
        share = passed[kind.code] / passed[EVERY] if passed[EVERY] else 0.0
        if confidence := _confidence(kind, named=named, share=share):
            found.append(Hint(kind.code, confidence, round(share, 3)))
    return found


def hints(column: str, values: Iterable[str]) -> list[Hint]:
    """Return the signs for one column, given its name and a sample of its values as text (no empty ones)."""
    return hinted(column, passes(values))


def with_rare(found: list[Hint], shares: dict[str, float]) -> list[Hint]:
    """Add identifiers that a look at every row found and the sample missed: likely, however few they are."""
    known = {hint.kind for hint in found if hint.confidence != Confidence.LOW}
    rare = [
        Hint(kind, Confidence.MEDIUM, round(share, 6)) for kind, share in shares.items() if kind not in known
    ]
    return [hint for hint in found if hint.kind not in {one.kind for one in rare}] + rare


def is_quasi_identifier(column: str) -> bool:
    """Whether a column of this name helps to single out a person when combined with others."""
    return bool(_QUASI.search(_words(column)))


def _words(column: str) -> str:
    """`patientId` and `patient_id` both read `patient id`."""
    return re.sub(r"[_\W]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)).strip().lower()


def _confidence(kind: _Kind, *, named: bool, share: float) -> Confidence | None:
    if kind.check is None:
        return Confidence.MEDIUM if named else None
    if share >= max(kind.threshold, 0.9) or (named and share >= 0.5):
        return kind.surest
    if named and kind.named_is_enough:
        return Confidence.MEDIUM
    if share >= kind.threshold:
        return Confidence.MEDIUM
    return Confidence.LOW if named else None
