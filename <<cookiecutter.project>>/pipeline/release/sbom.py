"""The SBOM of the server, in CycloneDX: the packages of requirements/serve.txt, and the model."""

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
    """Return the packages that the lock file installs on this system, in its order."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    packages = [
        Requirement(line.rstrip(" \\"))
        for line in lines
        if line and not line.startswith((" ", "#", "-"))
    ]
    return [package for package in packages if not package.marker or package.marker.evaluate()]


def write(path: Path, name: str, version: str, requirements: Path, model: str, digest: str) -> None:
    """Write the SBOM of the Bento `name`:`version`; equal content gives equal bytes.

    Args:
        path: the file to write.
        name: the project's name.
        version: the Bento's version.
        requirements: the lock file of the packages that the server gets.
        model: the digest of the model file ("sha256:…").
        digest: the digest of the Bento.
    """
    bom = Bom()
    # By default these are random, and two SBOMs of the same content would differ.
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, digest)
    bom.metadata.timestamp = datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC)
    bom.metadata.component = Component(
        type=ComponentType.APPLICATION,
        name=name,
        version=version,
        bom_ref=f"{name}:{version}",
        hashes=[_hash(digest)],
    )
    for package in locked(requirements):
        version = next(iter(package.specifier)).version
        url = PackageURL("pypi", name=package.name, version=version)
        bom.components.add(
            Component(
                type=ComponentType.LIBRARY,
                name=package.name,
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
