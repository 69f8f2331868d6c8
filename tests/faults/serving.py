"""Faults of the package, the image and the server in it."""

from faults.fault import Break, Fault, both, edited
from faults.model import former_model_kept

SERVICE, PREDICTOR, FRONT = (
    "pipeline/serving/service.py",
    "pipeline/serving/predictor.py",
    "pipeline/serving/front.py",
)
DOCKERFILE, LOCK = "deploy/Dockerfile", "requirements/serve.txt"
MADE = " && python3 /build/root.py \\\n"
WHEEL = "--hash=sha256:d2b21379479718539dc15fce53b876251a0efe7615352dfe49f6ad1bc507848d"


def at_start(statement: str) -> Break:
    """Return a fault that lets the service do something when it starts."""
    begin = "        def __init__(self):\n"
    return edited(SERVICE, begin, f"{begin}            {statement}\n")


def at_each_request(statement: str) -> Break:
    """Return a fault that lets the service do something before it scores."""
    scored = "        scores = self.scorer.scores_of(rows)"
    return edited(PREDICTOR, scored, f"        {statement}\n{scored}")


FAULTS = [
    Fault(
        "another scikit-learn in the image",
        edited(LOCK, "scikit-learn==1.9.1 ", "scikit-learn==1.8.0 "),
        "package",
        "would get scikit-learn==1.8.0, and the model was trained with 1.9.1",
    ),
    Fault(
        "an entry that holds no service",
        edited("deploy/serve.py", "service = build(", "server = build("),
        "package",
        "bentoml build failed: Failed to load bento or import service 'serve:service'",
    ),
    Fault(
        "a wheel that is not the locked one",
        edited(LOCK, WHEEL, f"--hash=sha256:{'0' * 64}"),
        "containerize",
        "the wheels of release/bento/src/requirements/serve.txt cannot be fetched",
    ),
    Fault(
        "a server that is root",
        edited(DOCKERFILE, "USER 10001:10001\n", ""),
        "containerize",
        "deploy/Dockerfile: the server would be root",
        alike=True,
    ),
    Fault(
        "another model in the Bento than the one that was judged",
        both(
            former_model_kept,
            edited("params.yaml", "arguments: {C: 1.0,", "arguments: {C: 0.5,"),
            edited(
                "pipeline/release/bento.py",
                "copyfile(model, ",
                'copyfile("deploy/former.skops", ',
            ),
        ),
        "smoke",
        "release/bento holds another models/model.skops than the one that was judged",
        alike=True,
    ),
    Fault(
        "a service that needs a module that is not packaged",
        edited(
            SERVICE,
            "import bentoml\n",
            'import bentoml\n__import__("importlib").import_module("pipeline.gates.drift")\n',
        ),
        "smoke",
        "No module named 'pipeline.gates'",
        alike=True,
    ),
    Fault(
        "a package that the image lacks",
        edited(
            DOCKERFILE, MADE, f"{MADE} && rm -r /build/root/opt/venv/lib/*/site-packages/skops \\\n"
        ),
        "smoke",
        "No module named 'skops'",
    ),
    Fault(
        "a service that rounds",
        edited(PREDICTOR, "answers = predictions(scores", "answers = predictions(scores.round(3)"),
        "smoke",
        "from the offline one",
    ),
    Fault(
        "a service that takes a missing speed for 0",
        at_each_request("rows = [{**row, 'speed': row['speed'] or 0} for row in rows]"),
        "smoke",
        "from the offline one",
        alike=True,
    ),
    Fault(
        "a service that labels by another threshold",
        edited(PREDICTOR, 'self.settings["decision_threshold"], self', "0.9, self"),
        "smoke",
        "rows are labelled wrongly",
        alike=True,
    ),
    Fault(
        "a service that takes fields it does not know",
        edited(
            "pipeline/data/schema.py", 'extra="forbid", title=title', 'extra="ignore", title=title'
        ),
        "smoke",
        "`no_such_field`, an unknown field: 200",
        alike=True,
    ),
    Fault(
        "a service that reads a body of any size",
        edited(FRONT, 'settings["max_body_mb"] * 2**20', "2**40"),
        "smoke",
        "a body of 5 MiB: 400",
        alike=True,
    ),
    Fault(
        "a service that counts no requests",
        edited(FRONT, "telemetry.answered(status, time.perf_counter() - begin)", "pass"),
        "smoke",
        "/metrics does not count requests",
        alike=True,
    ),
    Fault(
        "a slow service",
        at_each_request("__import__('time').sleep(0.4)"),
        "smoke",
        "more than smoke.max_p95_ms",
    ),
    Fault(
        "a service that falls behind under load",
        at_each_request("__import__('time').sleep(0.03)"),
        "smoke",
        "requests a second, fewer than smoke.min_requests_per_second",
        alike=True,
    ),
    Fault(
        "a service that nearly fills its memory",
        at_start(f"self.kept = b'x' * {262 * 2**20}"),
        "smoke",
        "of smoke.memory 512m, more than smoke.max_memory_share",
        alike=True,
    ),
    Fault(
        "a service that asks the network when it starts",
        at_start("s = __import__('socket'); s.gethostbyname(s.gethostname())"),
        "smoke",
        "without a network it was not ready",
        alike=True,
    ),
    Fault(
        "a server that drops what it has in hand when it is asked to stop",
        edited("pipeline/serving/server.py", "GRACE_SECONDS = 25 ", "GRACE_SECONDS = 0 "),
        "smoke",
        "the server lost a request in flight",
    ),
    Fault(
        "a memory hog",
        at_each_request("self.kept = [*getattr(self, 'kept', []), bytearray(b'x') * 2**26]"),
        "smoke",
        "it used more than 512m of memory and was killed",
    ),
    Fault(
        "a crash after some requests",
        at_each_request("self.left = getattr(self, 'left', 20) - 1 or __import__('os')._exit(9)"),
        "smoke",
        "the server did not answer a request",
    ),
    Fault(
        "a service that writes where it may not",
        at_each_request("__import__('pathlib').Path(__file__).with_name('asked').touch()"),
        "smoke",
        "500: ",
        alike=True,
    ),
    Fault(
        "a list of targets that is empty",
        edited("params.yaml", "targets: [built] ", "targets: [] "),
        "smoke",
        "`smoke.targets`: a server that is started nowhere is not proved",
    ),
    Fault(
        "a server that gets ready where it was built and not on another target",
        both(
            edited("params.yaml", "targets: [built] ", "targets: [built, process] "),
            at_start("__import__('os').stat('/bento')"),
        ),
        "smoke",
        "on `process` (smoke.targets in params.yaml): the server did not start",
        alike=True,
    ),
    Fault(
        "a server deaf to SIGTERM",
        at_start("__import__('signal').signal(15, __import__('signal').SIG_IGN)"),
        "smoke",
        "asked to stop, the server ended with exit code 137",
        alike=True,
    ),
]
