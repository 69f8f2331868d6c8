"""The report's part on provenance: each file with its digest, the stages that wrote and read it,
and whether it still has the same bytes.
"""

from pathlib import Path
from typing import Any

from pipeline.core import custody
from pipeline.core.errors import Refusal
from pipeline.html import page
from pipeline.report.stages import PASSED, Step, champion_apart

SHORT = len("sha256:") + 16  # of a digest; the records hold all of it


def build(steps: list[Step], blessing: dict[str, Any]) -> page.Part:
    """Return the part; `blessing` is the record of `smoke`, empty where there is none."""
    recorded = [step for step in steps if step.record]
    apart = champion_apart(step.path for step in steps)
    rows = [_row(path, sha, recorded, apart) for path, sha in files(recorded).items()]
    reading = (
        "Each file is written by one stage and read by later ones. The bytes that were written, "
        "read, and are in the file now must be the same. Digests are shortened here; the "
        "records of the stages hold them whole."
    )
    columns = ["file", "digest", "written by", "read by", "now"]
    items = [_state(recorded, apart), page.Table("The chain of digests", reading, columns, rows)]
    items += _records(recorded) + _image(blessing)
    lead = "Every file from the raw rows to the image, by the digest of its bytes."
    return page.Part("custody", "Custody", lead, items)


def files(steps: list[Step]) -> dict[str, str]:
    """Return the digest of each file in the records, in the order of the journey."""
    digests: dict[str, str] = {}
    for step in steps:
        for path, sha in {**step.record["inputs"], **step.record["outputs"]}.items():
            digests.setdefault(path, sha)
    return digests


def _row(path: str, sha: str, steps: list[Step], apart: Path | None) -> list[str]:
    writers = [step.name for step in steps if path in step.record["outputs"] or path == step.path]
    readers = [step.name for step in steps if path in step.record["inputs"]]
    expected = {step.record[kind][path] for step in steps for kind in ("inputs", "outputs")
                if path in step.record[kind]}  # fmt: skip
    if path == str(apart):
        now = "changed: this model was deployed"
    elif not Path(path).exists():
        now = "missing"
    else:
        now = "same" if expected == {custody.digest(Path(path))} else "changed"
    return [path, sha[:SHORT], ", ".join(writers) or "you", ", ".join(readers) or "–", now]


def _state(steps: list[Step], apart: Path | None) -> page.Text:
    """Return whether the chain of digests holds up to the last stage that has a record."""
    heading = "Is the chain whole?"
    last = steps[-1]
    try:
        broken = custody.verify(Path(last.path), apart_from=apart)
    except Refusal as refusal:
        broken = [str(refusal)]
    if broken:
        return page.Text(heading, f"No: up to `{last.name}` it is broken.", broken, bad=True)
    further = "" if last.verdict == PASSED else " No stage passed after it."
    sentence = f"Yes: all digests up to `{last.name}` were recomputed and are the same.{further}"
    return page.Text(heading, sentence)


def _records(steps: list[Step]) -> list[page.Table]:
    rows = [[step.name, step.path, custody.digest(Path(step.path))[:SHORT], step.record["verdict"]]
            for step in steps]  # fmt: skip
    reading = "The record of a stage names the files that it read and wrote, and its parameters."
    return [page.Table("Records", reading, ["stage", "record", "digest", "verdict"], rows)]


def _image(blessing: dict[str, Any]) -> list[page.Table]:
    keys = {"image": "image", "bento": "Bento", "model": "model", "revision": "commit of the code"}
    rows = [[label, blessing[key]] for key, label in keys.items() if blessing.get(key)]
    if not rows:
        return []
    reading = "The blessing is for this image alone; `make deploy` deploys no other."
    return [page.Table("What was blessed", reading, ["property", "value"], rows)]
