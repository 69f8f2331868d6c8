"""Constant load on a server, in a process of its own: every answer is looked at.

    python load.py URL CONNECTIONS BODIES

Each connection posts the bodies in turn until the process is asked to end (SIGTERM); then it
prints, as JSON, how many requests were answered and by which model, and what was lost or wrong.
BODIES is JSON: a list of {"body": ..., "answers": {model: prediction}}.
"""

import collections
import http.client
import json
import signal
import sys
import threading
import time
from urllib.parse import urlsplit

ended = threading.Event()
answered: collections.Counter = collections.Counter()  # by model
lost: list[str] = []
wrong: list[str] = []
slowest = [0.0]


def same(one: dict, other: dict) -> bool:
    """Whether two predictions are the same, their numbers to 1e-9."""
    return one.keys() == other.keys() and all(
        abs(value - other[key]) <= 1e-9 if isinstance(value, float) else value == other[key]
        for key, value in one.items()
    )


def ask(url, asked: list[dict]) -> None:
    """Post the bodies one after the other, over one connection as long as it lasts."""
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    number = 0
    while not ended.is_set():
        one = asked[number % len(asked)]
        number += 1
        begin = time.monotonic()
        try:
            connection.request("POST", "/predict", json.dumps(one["body"]))
            reply = connection.getresponse()
            text = reply.read()
        except (OSError, http.client.HTTPException) as error:
            lost.append(repr(error))
            connection.close()
            continue
        slowest[0] = max(slowest[0], time.monotonic() - begin)
        if reply.status != 200:
            lost.append(f"{reply.status}: {text[:200]!r}")
            continue
        answer = json.loads(text)
        answered[answer["model"]] += 1
        expected = one["answers"].get(answer["model"])
        if expected is None or not same(answer["predictions"][0], expected):
            wrong.append(text.decode()[:300])


def main() -> None:
    url, count = urlsplit(sys.argv[1]), int(sys.argv[2])
    asked = json.loads(sys.argv[3])
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    threads = [threading.Thread(target=ask, args=(url, asked)) for _ in range(count)]
    for thread in threads:
        thread.start()
    while not ended.wait(0.2):
        pass
    for thread in threads:
        thread.join()
    outcome = {"answered": answered, "lost": lost[:5], "wrong": wrong[:5]}
    counts = {"lost_count": len(lost), "wrong_count": len(wrong), "slowest": slowest[0]}
    print(json.dumps({**outcome, **counts}))


if __name__ == "__main__":
    main()
