"""One self-contained page."""

from html.parser import HTMLParser

import pytest

from pipeline.html import page

pytestmark = pytest.mark.slow

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


def test_parts_are_listed_in_the_head_and_hold_their_items():
    items = [
        page.Row("speed", "", [("Each part.", "<svg>a</svg>")], "kt & more"),
        page.Text("Owner", "", ["`x` is <b>"], bad=True),
        page.Steps("Gates", "", [("train", "stopped", "2 s", "a note", ["too <slow>"])]),
    ]
    parts = [page.Part("data", "Data", "All rows.", items), page.Part("card", "Card", "", [])]
    text = page.render("bakery", "stopped", "", [], [], parts)
    links = Links()
    links.feed(text)
    assert links.found == ["#data", "#card"]
    assert '<h2 class="part" id="data">Data</h2>' in text
    assert "<svg>a</svg><figcaption>Each part.</figcaption>" in text
    assert 'speed <span class="facts">kt &amp; more</span>' in text
    assert '<p class="bad"><code>x</code> is &lt;b&gt;</p>' in text
    assert '<li class="step-bad"><strong>train</strong> <span class="bad">stopped</span>' in text
    assert '<p class="bad">too &lt;slow&gt;</p>' in text
    assert "<nav" not in page.render("bakery", "stopped", "", [], SECTIONS)


@pytest.mark.parametrize(
    ("cell", "name"),
    [("passed", "good"), ("failed", "bad"), ("not run", "open"), ("", ""), (None, ""), (1.0, "")],
)
def test_a_verdict_has_a_colour(cell, name):
    assert page.colour(cell) == name


def test_plain_markdown_says_what_the_text_says():
    assert page.plain("a|b\n*c* _d_ <e> & \\") == "a\\|b \\*c\\* \\_d\\_ &lt;e&gt; &amp; \\\\"


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
