import io
import random
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aifactory.kit.archives import ArchiveFacts, ArchiveLimits
from aifactory.kit.canonical import digest
from aifactory.kit.content import (
    KINDS,
    ArchiveBomb,
    ContentFacts,
    ContentLimits,
    TooLarge,
    TypeLies,
    UnsafeName,
    inspect,
    measured,
    safe_name,
)

SMALL = ContentLimits(size=1_000_000, archive=ArchiveLimits(members=10, unpacked=100_000, ratio=50))


def png(width=1, height=1):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def packed(files, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return buffer.getvalue()


GOOD = {
    "a.csv": ("text/csv", "naam;leeftijd\nZoë;41\n".encode()),
    "a.tsv": ("text/tab-separated-values", b"a\tb\n1\t2\n"),
    "a.txt": ("text/plain", b"plain"),
    "a.md": ("text/markdown", b"# Title"),
    "a.json": ("application/json", b' {"a": 1}'),
    "a.pdf": ("application/pdf", b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"),
    "a.png": ("image/png", png()),
    "a.JPG": ("image/jpeg", b"\xff\xd8\xff\xe0" + b"x" * 20 + b"\xff\xd9"),
    "a.parquet": ("application/vnd.apache.parquet", b"PAR1" + b"x" * 9 + struct.pack("<I", 9) + b"PAR1"),
}


def look(tmp_path, data, name, declared_type="", limits=SMALL):
    file = tmp_path / "upload"
    file.write_bytes(data)
    return inspect(file, declared_name=name, declared_type=declared_type, allowed=KINDS, limits=limits)


@pytest.mark.parametrize("name", GOOD)
def test_a_true_file_gives_its_facts(tmp_path, name):
    media_type, data = GOOD[name]
    assert look(tmp_path, data, name, media_type) == ContentFacts(name, media_type, len(data), digest(data))


def test_a_plain_archive_is_counted(tmp_path):
    data = packed([("data/a.csv", b"a,b\n"), ("b.csv", b"1,2,3\n")])
    facts = look(tmp_path, data, "set.zip", "application/octet-stream")
    assert facts == ContentFacts("set.zip", "application/zip", len(data), digest(data), ArchiveFacts(2, 10))


LIES = {
    "a program as CSV": ("a.csv", b"MZ\x90\x00" + b"\0" * 100),
    "a web page as CSV": ("a.csv", b"\n <!DOCTYPE html><script>alert(1)</script>"),
    "NUL in text": ("a.csv", b"a,b\n1,\x002\n"),
    "Latin-1 text": ("a.csv", "naam\nZoë\n".encode("latin-1")),
    "half a character": ("a.txt", "Zoë".encode()[:-1]),
    "empty": ("a.csv", b""),
    "text as PDF": ("a.pdf", b"hello"),
    "cut-off PDF": ("a.pdf", b"%PDF-1.7 and no end"),
    "image of a trillion pixels": ("a.png", png(1_000_000, 1_000_000)),
    "text as JSON": ("a.json", b"hello"),
    "CSV as parquet": ("a.parquet", b"a,b\n1,2\n1,2\n1,2\n"),
    "parquet with an impossible footer": ("a.parquet", b"PAR1" + struct.pack("<I", 99) + b"PAR1"),
    "kind not taken": ("a.exe", b"MZ"),
    "no suffix": ("data", b"a,b"),
    "PDF that is an archive too": ("a.pdf", b"%PDF-1.7\n%%EOF\n" + packed([("%%EOF", b"x")])),
}


@pytest.mark.parametrize("case", LIES)
def test_a_lie_is_refused(tmp_path, case):
    name, data = LIES[case]
    with pytest.raises(TypeLies) as refusal:
        look(tmp_path, data, name)
    assert refusal.value.rule == "file-type"
    assert refusal.value.field == "file"


def test_the_refusal_says_what_it_truly_is(tmp_path):
    with pytest.raises(TypeLies, match=r"a.csv should be text/csv, but it is Windows Executable"):
        look(tmp_path, LIES["a program as CSV"][1], "a.csv")


def test_a_declared_type_may_not_contradict_the_name(tmp_path):
    with pytest.raises(TypeLies, match="sent as image/png"):
        look(tmp_path, b"a,b\n", "a.csv", "image/png")
    assert look(tmp_path, b"a,b\n", "a.csv", "text/plain; charset=utf-8").media_type == "text/csv"


def member(name, data, **attributes):
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    for key, value in attributes.items():
        setattr(info, key, value)
    return info, data


def lying_size():
    """An archive whose list says 10 bytes where 90,000 unpack."""
    data = packed([("a.csv", b"0" * 90_000)])
    true, false = struct.pack("<I", 90_000), struct.pack("<I", 10)
    assert data.count(true) == 2
    return data.replace(true, false)


def overlapping():
    """Two entries in the list that point at the same packed bytes."""
    data = bytearray(packed([("a.csv", b"1" * 50), ("b.csv", b"2" * 50)]))
    second = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)
    return bytes(data)


def random_text(size):
    return random.Random(7).randbytes(size)


BOMBS = {
    "archive-ratio": lambda: packed([("a.csv", b"0" * 99_000)]),
    "archive-size": lambda: packed([("a.bin", random_text(60_000)), ("b.bin", random_text(60_000))]),
    "archive-members": lambda: packed([(f"{n}.csv", b"x") for n in range(11)]),
    "archive-nested": lambda: packed([("inner.zip", packed([("a", b"x")]))]),
    "archive-encrypted": lambda: packed([("a.csv", b"x")]).replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"
    ),
    "archive-link": lambda: packed([member("a.csv", b"/etc/passwd", external_attr=0o120777 << 16)]),
    "archive-method": lambda: packed([("a.csv", b"x" * 100)], zipfile.ZIP_LZMA),
    "archive-overlap": overlapping,
    "archive-sound": lying_size,
    "archive-unique-names": lambda: packed([("a.csv", b"x"), ("A.csv", b"y")]),
}


@pytest.mark.parametrize("rule", BOMBS)
def test_a_bomb_is_refused_for_its_own_reason(tmp_path, rule):
    with pytest.raises(ArchiveBomb) as refusal:
        look(tmp_path, BOMBS[rule](), "a.zip")
    assert refusal.value.rule == rule


def test_ten_gigabytes_of_zeros_cost_no_ten_gigabytes(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as stream:
        for _ in range(200):
            stream.write(bytes(1 << 20))
    with pytest.raises(ArchiveBomb) as refusal:
        look(tmp_path, buffer.getvalue(), "a.zip")
    assert refusal.value.rule in {"archive-size", "archive-ratio"}


@pytest.mark.parametrize(
    "name", ["../a", "/etc/passwd", "a/../../b", "c:\\a", "a\\..\\b", "a/./b", "a\u202eb", "a//b"]
)
def test_a_member_may_not_climb_out(tmp_path, name):
    with pytest.raises(UnsafeName):
        look(tmp_path, packed([(name, b"x")]), "a.zip")


@given(st.binary(max_size=300))
def test_any_bytes_after_the_mark_of_a_zip_give_facts_or_a_refusal(tmp_path_factory, data):
    with pytest.raises(ArchiveBomb):
        look(tmp_path_factory.mktemp("z"), b"PK\x03\x04" + data, "a.zip")


def test_a_large_file_is_refused_by_its_size(tmp_path):
    with pytest.raises(TooLarge, match="larger than 1 MB"):
        look(tmp_path, b"x" * 1_000_001, "a.csv")


def test_a_stream_is_not_read_past_the_limit():
    taken = []

    def two_gigabytes():
        for n in range(2_000):
            taken.append(n)
            yield bytes(1_000)

    with pytest.raises(TooLarge):
        list(measured(two_gigabytes(), 5_500))
    assert taken == [0, 1, 2, 3, 4, 5]


NAMES = {
    "../../etc/passwd": "passwd",
    "C:\\Users\\me\\data.csv": "data.csv",
    "invoice\u202evsc.exe": "invoicevsc.exe",
    "a\x00b\r\n.csv": "ab.csv",
    "  two   words .csv": "two words.csv",
    "<b>.csv": "_b_.csv",
    "CON.csv": "_CON.csv",
    "..hidden": "hidden",
    "e\u0301.csv": "é.csv",
    "x" * 300 + ".csv": "x" * 146 + ".csv",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_are_made_safe(name):
    assert safe_name(name) == NAMES[name]


@pytest.mark.parametrize("name", ["", "..", "///", "\u202e", "...", "-"])
def test_a_name_of_nothing_is_refused(name):
    with pytest.raises(UnsafeName):
        safe_name(name)


@given(st.text())
def test_a_safe_name_is_safe_and_stays_so(name):
    try:
        safe = safe_name(name)
    except UnsafeName:
        return
    assert safe_name(safe) == safe
    assert not set("/\\\0\n\r") & set(safe)
    assert 0 < len(safe.encode()) <= 150
