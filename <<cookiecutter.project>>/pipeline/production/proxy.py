"""The proxy in front of the replicas: HAProxy in a container of its own (deploy/proxy).

It publishes the port. Each request goes to a replica that is ready; when a replica dies, another
one gets its requests. Requests with the header TO_CANARY go to the canary.
"""

import socket
from pathlib import Path

import httpx

from pipeline.core.errors import CouldNotTell, Refusal
from pipeline.production.target import Traffic
from pipeline.release import engine
from pipeline.release.engine import Engine, EngineError, Limits

FOLDER = Path("deploy/proxy")
PORT = 8080  # in the container
TO_CANARY = {"X-Release": "canary"}  # see haproxy.cfg
LIMITS = Limits(memory="256m", cpus=1.0)
SETTINGS = "org.ml-template.settings"  # the label with the settings it was started with
RESPONSES = "haproxy_backend_http_responses_total"


class Proxy:
    """The proxy of the stack `name`, on this engine; `base` is the image that it is built from."""

    def __init__(self, machine: Engine, name: str, base: str, port: int):
        self.engine, self.stack, self.base, self.port = machine, name, base, port
        self.name = f"{name}-proxy"

    def running(self) -> bool:
        """Return whether its container runs."""
        container = self.engine.container(self.name)
        return bool(container) and container["State"]["Running"]

    def up(self, network: str) -> None:
        """Build and start it, unless it runs with the same settings already."""
        try:
            image = self.engine.build(FOLDER, self.name, {}, base=self.base, named="PROXY")
        except EngineError as error:
            raise Refusal(
                f"the proxy cannot be made of {self.base} ({error}); load that image, or name "
                "another one in params.yaml (deploy.proxy_image)"
            ) from None
        settings = f"{image} {self.port}"
        container = self.engine.container(self.name)
        same = container and container["Config"]["Labels"].get(SETTINGS) == settings
        if same and container["State"]["Running"]:
            return
        self.remove()
        options = ["--restart=unless-stopped", f"--network={network}", f"--env=STACK={self.stack}"]
        options += [f"--label={SETTINGS}={settings}"]
        options += self.engine.publish(self.port, PORT)
        self.engine.start(image, self.name, LIMITS, *options)

    def remove(self) -> None:
        """Remove its container, running or not."""
        self.engine.remove(self.name)

    @property
    def address(self) -> str:
        """The URL at which production answers."""
        return f"http://{self.engine.host()}:{self.port}"

    def require_free_port(self) -> None:
        """Raise CouldNotTell when another program of this machine listens at its port."""
        if self.engine.host() != engine.LOCAL:
            return  # an engine on another machine says so itself
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((engine.LOCAL, self.port))
            except OSError:
                raise CouldNotTell(
                    f"port {self.port} is taken by another program; stop it, or choose "
                    "another port in params.yaml (deploy.port)"
                ) from None

    def traffic(self) -> Traffic:
        """Return how many clients' requests it has passed on to the server, and how many failed."""
        # Only a rollout needs the parser.
        from prometheus_client.parser import text_string_to_metric_families

        try:
            url, scope = f"{self.address}/proxy-metrics", {"scope": "backend"}
            text = httpx.get(url, params=scope, timeout=10, trust_env=False).text
            families = list(text_string_to_metric_families(text))
        except (httpx.HTTPError, ValueError) as error:
            raise Refusal(f"the proxy does not answer ({error!r})") from None
        counts = {
            sample.labels["code"]: int(sample.value)
            for family in families
            for sample in family.samples
            if sample.name == RESPONSES and sample.labels["proxy"] == "server"
        }
        return Traffic(sum(counts.values()), counts.get("5xx", 0))
