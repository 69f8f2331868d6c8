"""Digests, and the chain of records from the raw rows to the deployment.

Each stage's record names the digest of what went in (`inputs`) and of what came out (`outputs`).
`verify` follows the chain back from a record: what went into a stage must be what came out of
another, every verdict must be `passed`, each section of `params.yaml` must still be what the stage
read, and every file must still have the bytes that the records name.
"""

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from pipeline.core import params
from pipeline.core.errors import Refusal
from pipeline.core.files import plain, read_json

BLOCK = 2**20


def digest(path: Path) -> str:
    """Return `sha256:...` of a file, or of a folder: of its files' names and bytes."""
    if path.is_dir():
        lines = [
            f"{file.relative_to(path).as_posix()}\0{digest(file)}\n"
            for file in sorted(path.rglob("*"))
            if file.is_file() and "__pycache__" not in file.parts
        ]
        return text_digest("".join(lines))
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return f"sha256:{total.hexdigest()}"


def text_digest(text: str) -> str:
    """Return `sha256:...` of a text in UTF-8."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def links(kinds: dict[str, str], paths: dict[str, Path]) -> dict[str, dict[str, str]]:
    """Return the digests of the files that a stage read and wrote, by path.

    `kinds` names the kind of each of `paths`; only `input` and `output` count. An output that a
    closed gate never wrote is left out.
    """
    return {
        f"{kind}s": {
            path.as_posix(): digest(path)
            for key, path in paths.items()
            if kinds[key] == kind and path.exists()
        }
        for kind in ("input", "output")
    }


def verify(*last: Path, apart_from: Path | None = None) -> list[str]:
    """Return what is broken in the chain that ends with the records `last`; empty when it holds.

    A record among the inputs of a record is followed; any other input must be an output of a
    record that was followed, or a source (the raw table, the schema). The source `apart_from` may
    have other bytes now.
    """
    records = _chain(*last)
    broken = []
    digest_now = functools.cache(lambda path: digest(Path(path)))  # most are in many records
    written = {path: sha for record in records.values() for path, sha in record["outputs"].items()}
    for name, record in records.items():
        stage = record["stage"]
        if record["verdict"] != "passed":
            broken.append(f"{name}: the gate `{stage}` did not pass")
        broken += changed_params(name, record)
        for path, expected in {**record["inputs"], **record["outputs"]}.items():
            if path == str(apart_from):
                continue
            if written.get(path, expected) != expected:
                broken.append(f"{path}: `{stage}` read another one than the chain holds now")
            elif not Path(path).exists():
                broken.append(f"{path}: is missing, and `{stage}` used it")
            elif digest_now(path) != expected:
                broken.append(f"{path}: its bytes changed after `{stage}`")
    return sorted(set(broken))


def summary(last: Path) -> dict[str, Any]:
    """Return the provenance of the record `last`: each file's digest, and each stage's verdict and
    digest of its parameters.
    """
    records = _chain(last).values()
    return {
        "files": {
            path: sha
            for record in records
            for path, sha in {**record["inputs"], **record["outputs"]}.items()
        },
        "verdicts": {record["stage"]: record["verdict"] for record in records},
        "params": {
            record["stage"]: text_digest(json.dumps(record["params"], sort_keys=True))
            for record in records
        },
    }


def _chain(*last: Path) -> dict[str, dict[str, Any]]:
    """Return the records from `last` back to the first stage, by their path."""
    records: dict[str, dict[str, Any]] = {}
    todo = list(last)
    while todo:
        path = todo.pop()
        if path.as_posix() in records:
            continue
        record = records[path.as_posix()] = _record(path)
        todo += [Path(name) for name in record["inputs"] if _is_record(name)]
    return records


def _is_record(name: str) -> bool:
    return name.endswith(".json") and name.split("/")[0] in ("reports", "release")


def _record(path: Path) -> dict[str, Any]:
    record = read_json(path)
    keys = {"stage", "verdict", "params", "inputs", "outputs"}
    if not isinstance(record, dict) or not keys <= record.keys():
        raise Refusal(f"{path} is not a stage's record; `make validate` makes it anew")
    return record


def changed_params(name: str, record: dict[str, Any]) -> list[str]:
    """Return the keys of the stage's section that changed since the stage read it."""
    stage, then = record["stage"], record["params"]
    now = plain(params.section(stage))
    return [
        f"params.yaml: `{stage}.{key}` changed after `{stage}`"
        for key in sorted({*then, *now})
        if then.get(key) != now.get(key)
    ]
