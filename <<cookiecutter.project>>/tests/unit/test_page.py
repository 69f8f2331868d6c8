"""One self-contained page."""

from html.parser import HTMLParser

import pytest

from pipeline import page

SECTIONS = [
    page.Table("Metrics", "Read me.", ["name", "value"], [["accuracy", 0.5], ["<b>", None]]),
    page.Figure("ROC", "Above is better.", "<svg><path d='M0'/></svg>"),
]


class Links(HTMLParser):
    """Notes every address that a browser would fetch."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("src", "href")]
        if tag in ("script", "link", "img"):
            self.found.append(tag)


def test_a_page_fetches_nothing():
    links = Links()
    links.feed(page.render("Evaluation", "passed", "120 rows.", [], SECTIONS))
    assert links.found == []


def test_values_are_text_and_pictures_are_pictures():
    text = page.render("Evaluation", "stopped", "<i>", ["accuracy < 0.9"], SECTIONS)
    assert "&lt;i&gt;" in text
    assert "<td>&lt;b&gt;</td><td>–</td>" in text
    assert '<li class="bad">accuracy &lt; 0.9</li>' in text
    assert "<svg><path d='M0'/></svg>" in text


def test_a_verdict_in_a_cell_is_coloured():
    table = page.Table("Slices", "Worst first.", ["verdict"], [["failed"], ["0.5"]])
    text = page.render("Evaluation", "passed", "", [], [table])
    assert '<td class="bad">failed</td>' in text
    assert "<td>0.5</td>" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (True, "yes"),
        (False, "no"),
        (0.123456, "0.1235"),
        (12345, "12,345"),
        ("x", "x"),
    ],
)
def test_a_cell_is_shown_as_people_read_it(value, text):
    assert page.shown(value) == text
