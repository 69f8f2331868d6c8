"""In which encoding a file is text, to its end."""

import gzip

import pytest

from pipeline.data import encoding


@pytest.fixture
def told(tmp_path, monkeypatch):
    """`told(content)` writes a file, and returns its encoding; blocks of it are small."""

    def told(content: bytes, compression: str = "") -> str:
        path = tmp_path / "file"
        path.write_bytes(gzip.compress(content) if compression else content)
        return encoding.encoding_of(path, compression)

    monkeypatch.setattr(encoding, "BLOCK", 5)
    return told


@pytest.mark.slow
@pytest.mark.parametrize("compression", ["", "gzip"])
@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        ("", "utf-8", "utf-8"),
        ("plain", "utf-8", "utf-8"),
        ("naïve, 価格\n" * 9, "utf-8", "utf-8"),
        ("naïve", "utf-8-sig", "utf-8-sig"),
        ("naïve, 価格", "utf-16", "utf-16"),
        ("plain for long, then naïve", "latin-1", "latin-1"),
        ("12 €, naïve", "cp1252", "cp1252"),
    ],
)
def test_a_text_is_told_by_its_bytes(told, text, codec, name, compression):
    assert told(text.encode(codec), compression) == name


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a,b\n1,2\n3,\0", "it holds zero bytes"),
        ("a\0b".encode("utf-16"), "it holds zero bytes"),
        ("naïve".encode("utf-16")[:-1], "truncated data"),
        (b"\xff\x01\x02", "it holds control characters"),
        ("naïve\n".encode() + "naïve\n".encode("latin-1"), "some of it is UTF-8 and some is not"),
        (b"na\xefve \x81", "neither UTF-8 nor Windows-1252"),
    ],
)
def test_what_is_no_text_is_an_error(told, content, sentence):
    with pytest.raises(ValueError, match=sentence):
        told(content)
