"""Releases of the mock project, and what answers at its port in production."""

from engine import FakeEngine

GOLDEN = {"row": {"size": "small"}, "prediction": {"label": "no", "probability": 0.25}}


def release_of(number: int) -> dict:
    """Return a release whose image is `sha256:<number>` and whose model is `m<number>`."""
    return {
        "bento": f"bakery:{number}",
        "image": f"sha256:{number}",
        "reference": f"sha256:{number}",
        "model": f"m{number}",
        "golden": GOLDEN,
        "limits": {"memory": "512m", "cpus": 1.0},
        "revision": "0123abcd",
        "files": {},
    }


class Oven:
    """Answers as the proxy before the services that the fake engine runs would.

    `answers[image]` is what /predict says; an image that is not there is never ready. `metrics` is
    what the proxy tells of itself.
    """

    def __init__(self, fake: FakeEngine):
        self.fake = fake
        self.metrics = ""
        self.answers: dict[str, object] = {}

    def add(self, release: dict, answer: object = None) -> None:
        """Give the engine the release's image, and a server that answers rightly or as given."""
        self.fake.add_image(release["image"], tag=release["bento"])
        predictions = [release["golden"]["prediction"]]
        self.answers[release["image"]] = answer or {
            "model": release["model"],
            "predictions": predictions,
        }

    def __call__(self, method: str, path: str, body):
        if path.startswith("/proxy-metrics"):
            return (200, self.metrics)
        service = "bakery_canary" if path.startswith("/canary") else "bakery_server"
        image = self.fake.served.get(service)
        if image not in self.answers:
            return (503, {})
        return (200, {} if path.endswith("/readyz") else self.answers[image])
