"""The server can be operated: health checks, metrics, a description of its API, and its speed."""


def test_it_says_that_it_lives_and_is_ready(client):
    for path in ("/livez", "/readyz"):
        assert client.get(path).status_code == 200, f"{path} does not answer 200"


def test_it_counts_its_requests_for_prometheus(client):
    text = client.get("/metrics").text
    assert 'predict_requests_total{code="200"}' in text, "/metrics does not count requests"


def test_it_describes_itself(client, rules):
    paths = client.get("/docs.json").json()["paths"]
    assert "/predict" in paths, "the OpenAPI document has no /predict"


def test_no_request_fails_under_load(artefacts):
    errors = artefacts["under_load"]["errors"]
    assert errors == 0, f"{errors:.0f} requests failed under load"


def test_it_keeps_up_under_load(artefacts, settings):
    rate, p99 = (artefacts["under_load"][key] for key in ("requests_per_second", "p99_ms"))
    assert rate >= settings.min_requests_per_second, (
        f"under load it answers {rate:.0f} requests a second, fewer than "
        f"smoke.min_requests_per_second {settings.min_requests_per_second:g}"
    )
    assert p99 <= settings.max_loaded_p99_ms, (
        f"under load 99 % of the requests take up to {p99:.0f} ms, more than "
        f"smoke.max_loaded_p99_ms {settings.max_loaded_p99_ms:g}"
    )


def test_a_request_of_one_row_is_fast_enough(artefacts, settings):
    p95 = artefacts["latency_ms"]["p95"]
    assert p95 <= settings.max_p95_ms, (
        f"95 % of the requests take up to {p95:.0f} ms, more than smoke.max_p95_ms "
        f"{settings.max_p95_ms:g}"
    )
