"""The proxy before the replicas: HAProxy in a container of its own (deploy/proxy).

It publishes the port. A request goes to a replica that is ready; one whose replica dies meanwhile
goes to another. Those that say so in a header go to the canary.
"""

from pathlib import Path

from pipeline.core.errors import Refusal
from pipeline.release.engine import Engine, EngineError, Limits

FOLDER = Path("deploy/proxy")
PORT = 8080  # in the container
TO_CANARY = {"X-Release": "canary"}  # the header that leads to the canary, see haproxy.cfg
LIMITS = Limits(memory="256m", cpus=1.0)
SETTINGS = "org.ml-template.settings"  # the label that tells with what it was started


class Proxy:
    """The proxy of the stack `name`, on this engine."""

    def __init__(self, machine: Engine, name: str, base: str, port: int):
        self.engine, self.stack, self.base, self.port = machine, name, base, port
        self.name = f"{name}-proxy"

    def running(self) -> bool:
        found = self.engine.container(self.name)
        return bool(found) and found["State"]["Running"]

    def up(self, network: str) -> None:
        """Build and start it, unless one runs that was started with the same settings."""
        try:
            image = self.engine.build(FOLDER, self.name, {}, base=self.base, named="PROXY")
        except EngineError as error:
            raise Refusal(
                f"the proxy cannot be made of {self.base} ({error}); load that image, or name "
                "another one in params.yaml (deploy.proxy_image)"
            ) from None
        settings = f"{image} {self.port}"
        found = self.engine.container(self.name)
        same = found and found["Config"]["Labels"].get(SETTINGS) == settings
        if same and found["State"]["Running"]:
            return
        self.remove()
        options = ["--restart=unless-stopped", f"--network={network}", f"--env=STACK={self.stack}"]
        options += [f"--label={SETTINGS}={settings}"]
        options += self.engine.publish(self.port, PORT)
        self.engine.start(image, self.name, LIMITS, *options)

    def remove(self) -> None:
        self.engine.remove(self.name)

    @property
    def address(self) -> str:
        """The URL at which production answers."""
        return f"http://{self.engine.host()}:{self.port}"
