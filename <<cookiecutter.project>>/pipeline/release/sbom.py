"""What the server is made of, as a CycloneDX document: the packages of serve.txt, and the model."""

import datetime
import uuid
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement

SPEC = SchemaVersion.V1_6


def locked(requirements: Path) -> list[Requirement]:
    """Return what the locked `requirements` install on this system, in their order."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    found = [
        Requirement(line.rstrip(" \\"))
        for line in lines
        if line and not line.startswith((" ", "#", "-"))
    ]
    return [one for one in found if one.marker is None or one.marker.evaluate()]


def write(path: Path, name: str, version: str, requirements: Path, model: str, digest: str) -> None:
    """Write the document of the Bento `name`:`version` to `path`: the same bytes for the same.

    Args:
        path: the file.
        name: of the project.
        version: of the Bento.
        requirements: the locked file whose packages the server gets.
        model: the digest of the model file ("sha256:…").
        digest: that of the Bento.
    """
    bom = Bom()
    # What is random by default would make two documents of the same content differ.
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, digest)
    bom.metadata.timestamp = datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC)
    bom.metadata.component = Component(
        type=ComponentType.APPLICATION,
        name=name,
        version=version,
        bom_ref=f"{name}:{version}",
        hashes=[_hash(digest)],
    )
    for one in locked(requirements):
        version = next(iter(one.specifier)).version
        url = PackageURL("pypi", name=one.name, version=version)
        bom.components.add(
            Component(
                type=ComponentType.LIBRARY,
                name=one.name,
                version=version,
                purl=url,
                bom_ref=url.to_string(),
            )
        )
    bom.components.add(
        Component(
            type=ComponentType.MACHINE_LEARNING_MODEL,
            name="models/model.skops",
            bom_ref=model,
            hashes=[_hash(model)],
        )
    )
    bom.register_dependency(bom.metadata.component, list(bom.components))
    text = make_outputter(bom, OutputFormat.JSON, SPEC).output_as_string(indent=2)
    path.write_text(f"{text}\n", encoding="utf-8")


def _hash(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest.removeprefix("sha256:"))
