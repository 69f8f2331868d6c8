"""The encoding of a text file, which is decoded to its end in blocks: no file is too large."""

import codecs
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

BLOCK = 2**20  # bytes that are decoded at once
MIXED = 0.1  # share of valid UTF-8 beyond ASCII from which a file is in two encodings
CONTROLS = {*range(32), 127} - {*b"\t\n\v\f\r\x1a"}  # bytes that no text holds


def open_bytes(path: Path, compression: str) -> BinaryIO:
    """Open a file; `compression` is `gzip`, or empty."""
    return gzip.open(path, "rb") if compression else path.open("rb")


def encoding_of(path: Path, compression: str, zeros: bool = False) -> str:
    """Return the encoding in which the whole file is text: UTF-8 and UTF-16 before Latin-1.

    Raises ValueError for what is no text; UTF-8 may hold zero bytes where `zeros` says so.
    """
    with open_bytes(path, compression) as file:
        mark = file.read(3)
    if mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if any("\0" in text for text in _decoded(path, compression, "utf-16")):
            raise ValueError("it is no text: it holds zero bytes")
        return "utf-16"
    try:
        for text in _decoded(path, compression, "utf-8"):
            if not zeros and "\0" in text:
                raise ValueError("it is no text: it holds zero bytes")
    except UnicodeDecodeError:
        return _eight_bit(path, compression)
    return "utf-8-sig" if mark == codecs.BOM_UTF8 else "utf-8"


def _blocks(path: Path, compression: str) -> Iterator[bytes]:
    with open_bytes(path, compression) as file:
        while block := file.read(BLOCK):
            yield block


def _decoded(path: Path, compression: str, encoding: str, errors: str = "strict") -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    for block in _blocks(path, compression):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _eight_bit(path: Path, compression: str) -> str:
    """Return the encoding of one byte a character that fits; ValueError for two encodings."""
    known, bad = 0, 0
    for text in _decoded(path, compression, "utf-8", "replace"):
        wrong = text.count("\ufffd")
        known += len(text) - len(text.encode("ascii", "ignore")) - wrong
        bad += wrong
    if known > MIXED * (known + bad):
        raise ValueError("some of it is UTF-8 and some is not; save it in one encoding")
    seen = set().union(*map(set, _blocks(path, compression)))
    if seen & CONTROLS:
        raise ValueError("it is no text: it holds control characters")
    if not any(0x80 <= byte < 0xA0 for byte in seen):
        return "latin-1"
    if seen & {0x81, 0x8D, 0x8F, 0x90, 0x9D}:
        raise ValueError("it is neither UTF-8 nor Windows-1252 text; save it as UTF-8")
    return "cp1252"
