"""The production container: one name, one port, and the former release kept until the new answers.

`deploy`, `rollback`, `status` and `undeploy` act on it; `replay` and `monitor` find it here.
"""

import datetime
import socket
import stat
import tempfile
from pathlib import Path
from typing import Any

import httpx
from pydantic import Field

from pipeline import champion, engine, params
from pipeline.package import Project
from pipeline.sandbox import NotReady, wait_ready
from pipeline.stage import CouldNotTell, Refusal, read_json, write_json

PREDICTIONS = "/predictions"  # where deploy/Dockerfile lets the service log
TOKEN = "/run/secrets/token"  # where the service finds the token that clients must send
SOURCE = "/bento/src"  # and where it puts the model and the schema
KEPT = 10  # former releases remembered for `make rollback`
TOLERANCE = 1e-9
BACK_SECONDS = 120  # for the former release to answer again


class Params(params.Section):
    """Section `deploy` of params.yaml."""

    port: int = Field(ge=1, le=65535)
    ready_seconds: float = Field(gt=0)
    token_file: str | None = None


class Production:
    """The production container of this project, on the engine that answers."""

    def __init__(self):
        self.settings = params.load("deploy", Params)
        project = params.load("project", Project).name
        self.engine = engine.find("container")
        self.name, self.volume = f"{project}-production", f"{project}-predictions"
        self.former = f"{self.name}-former"

    @property
    def address(self) -> str:
        return f"http://{self.engine.host()}:{self.settings.port}"

    def state(self) -> str | None:
        """Return why the container is down, or None while it runs."""
        found = self.engine.container(self.name)
        if found is None:
            return "there is no container"
        if found["State"]["Running"]:
            return None
        return f"it stopped with exit code {found['State']['ExitCode']}"

    def switch(self, release: dict[str, Any]) -> None:
        """Run `release`; should it not answer rightly in time, bring the former one back.

        Raises Refusal when the new one failed, CouldNotTell when the port is not ours to take.
        """
        self._heal()
        current = self.engine.container(self.name)
        if current is None:
            self._require_free_port()
        else:
            self.engine.run("rename", self.name, self.former)
            self.engine.run("stop", self.former, timeout=120)
        try:
            self._start(release)
            self.prove(release)
        except BaseException as error:
            logs = self.engine.logs(self.name, 5).splitlines()
            back = self._bring_back()
            if not isinstance(error, Refusal):
                raise
            said = f" (it printed: {logs[-1]})" if logs else ""
            raise type(error)(
                f"{release['bento']} was not deployed: {error}{said}; {back}"
            ) from None
        self.engine.remove(self.former)

    def _heal(self) -> None:
        """Undo a switch that was killed half-way: the former container is the right one."""
        if self.engine.container(self.former):
            self._bring_back()

    def _bring_back(self) -> str:
        self.engine.remove(self.name)
        if self.engine.container(self.former) is None:
            return "nothing was deployed before"
        self.engine.run("rename", self.former, self.name)
        self.engine.run("start", self.name)
        try:
            wait_ready(self.address, self.state, BACK_SECONDS)
        except NotReady as error:
            return f"the former release was started again but does not answer either ({error})"
        return "the former release answers again"

    def _require_free_port(self) -> None:
        if self.engine.host() != engine.LOCAL:
            return  # the engine is on another machine and will say it itself
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((engine.LOCAL, self.settings.port))
            except OSError:
                raise CouldNotTell(
                    f"port {self.settings.port} is taken by another program; stop it, or choose "
                    "another port in params.yaml (deploy.port)"
                ) from None

    def _start(self, release: dict[str, Any]) -> None:
        options = ["--restart=unless-stopped", f"--volume={self.volume}:{PREDICTIONS}"]
        options += self.engine.publish(self.settings.port)
        if file := self._token_file():
            options += [f"--volume={file.resolve()}:{TOKEN}:ro", f"--env=TOKEN_FILE={TOKEN}"]
        limits = engine.Limits(**release["limits"])
        self.engine.start(release["image"], self.name, limits, *options)

    def _token_file(self) -> Path | None:
        """Return the file of the token; refuse one that the server could not read."""
        if self.settings.token_file is None:
            return None
        file, key = Path(self.settings.token_file), "deploy.token_file in params.yaml"
        if not file.is_file() or not file.read_text(encoding="utf-8").strip():
            raise Refusal(f"{file} holds no token ({key}; null: none is needed)")
        if not file.stat().st_mode & stat.S_IROTH:
            raise Refusal(f"the server's user cannot read {file} ({key}); run `chmod o+r {file}`")
        return file

    @property
    def headers(self) -> dict[str, str]:
        """What a client has to send along with its rows."""
        if (file := self._token_file()) is None:
            return {}
        token = file.read_text(encoding="utf-8").strip().splitlines()[0].strip()
        return {"Authorization": f"Bearer {token}"}

    def prove(self, release: dict[str, Any]) -> None:
        """Wait until the release is ready and answers the golden row as it did when blessed."""
        wait_ready(self.address, self.state, self.settings.ready_seconds)
        golden = release["golden"]
        try:
            rows = {"rows": [golden["row"]]}
            url, headers = f"{self.address}/predict", self.headers
            answer = httpx.post(url, json=rows, headers=headers, trust_env=False).json()
            made, model = answer["predictions"][0], answer["model"]
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise Refusal(f"it does not answer the golden row ({error!r})") from None
        if model != release["model"]:
            raise Refusal(f"it serves the model {model}, not {release['model']}")
        if not alike(made, golden["prediction"]):
            raise Refusal(f"it answers {made} to the golden row, not {golden['prediction']}")

    def crown(self, release: dict[str, Any]) -> None:
        """Make the model that now runs the champion: it is copied out of the container itself."""
        with tempfile.TemporaryDirectory() as folder:
            self.engine.run("cp", f"{self.name}:{SOURCE}/.", folder, timeout=600)
            champion.crown(Path(folder), release["bento"])

    def collect(self, folder: Path) -> None:
        """Copy what the service logged into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.engine.run("cp", f"{self.name}:{PREDICTIONS}/.", str(folder), timeout=600)


def alike(one: Any, other: Any) -> bool:
    """Whether two answers are the same, their numbers to within TOLERANCE."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= TOLERANCE
    return one == other


def release_of(blessing: dict[str, Any], blessing_digest: str) -> dict[str, Any]:
    """Return what is needed to run a blessed image again: its id, its limits, its golden row."""
    limits = {key: blessing["params"][key] for key in ("memory", "cpus")}
    kept = {key: blessing[key] for key in ("bento", "image", "model", "golden", "revision")}
    files = blessing["chain"]["files"]
    return {**kept, "limits": limits, "blessing": blessing_digest, "files": files}


def history(deployment: Path) -> list[dict[str, Any]]:
    """Return the releases deployed so far, the current one first; empty when there is none."""
    return read_json(deployment)["releases"] if deployment.exists() else []


def write_history(deployment: Path, releases: list[dict[str, Any]]) -> None:
    """Write the releases, the current one first, with the time at which it was deployed."""
    if releases:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        releases = [{**releases[0], "deployed_at": now}, *releases[1 : KEPT + 1]]
    write_json(deployment, {"releases": releases})
