"""The SBOM of the server."""

import json
from pathlib import Path

import pytest

from mock_project import ROOT
from pipeline.core import custody
from pipeline.release import sbom

pytestmark = pytest.mark.slow

LOCK = ROOT / "requirements/serve.txt"
MODEL, BENTO = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"


def document(path: Path) -> dict:
    sbom.write(path, "bakery", "7", LOCK, MODEL, BENTO)
    return json.loads(path.read_text())


def test_each_package_that_is_installed_is_named(tmp_path):
    content = document(tmp_path / "sbom.json")
    assert (content["bomFormat"], content["specVersion"]) == ("CycloneDX", "1.6")
    urls = {one["purl"] for one in content["components"] if one["type"] == "library"}
    assert "pkg:pypi/scikit-learn@1.9.1" in urls
    assert len(urls) == len(sbom.locked(LOCK)) > 20
    assert not any("pywin32" in url or "colorama" in url for url in urls), "of another system"


def test_the_model_and_the_bento_are_named_by_their_digests(tmp_path):
    content = document(tmp_path / "sbom.json")
    (model,) = (one for one in content["components"] if one["type"] == "machine-learning-model")
    assert model["hashes"] == [{"alg": "SHA-256", "content": "1" * 64}]
    top = content["metadata"]["component"]
    assert (top["name"], top["version"]) == ("bakery", "7")
    assert top["hashes"] == [{"alg": "SHA-256", "content": "2" * 64}]


def test_the_same_content_has_the_same_bytes(tmp_path):
    document(tmp_path / "one.json")
    document(tmp_path / "other.json")
    assert custody.digest(tmp_path / "one.json") == custody.digest(tmp_path / "other.json")
