"""The pages that people read, in a real browser: on a phone and a screen, by day and by night.

Debian's chromium, or another Chromium on PATH. Without one this is skipped, but not on GitHub,
whose machines have one.
"""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from baked import Project

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PHONE, SCREEN = 380, 1200  # pixels
READABLE = 4.5  # contrast of small text, by WCAG 2 (AA)
SCHEMES = {"dark": 0, "light": 1}  # as Chromium numbers them
PAGES = ("index", "model_card", "evaluate")

# The page is looked at in a frame as wide as the device: a window cannot be that narrow.
FRAME = """<!doctype html><iframe id="page" width="%d" height="900" srcdoc="%s"></iframe><script>
onload = () => {
  const page = document.getElementById("page").contentDocument, root = page.documentElement;
  const style = one => page.defaultView.getComputedStyle(one);
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => parts(colour).slice(0, 3).map(v => v / 255).map(
    v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
  ).reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = one => {
    for (; one; one = one.parentElement) {
      const [r, g, b, alpha = 1] = parts(style(one).backgroundColor);
      if (alpha > 0.5) return light(`rgb(${r}, ${g}, ${b})`);
    }
    return 1;
  };
  const words = [...page.querySelectorAll("body *")].filter(one =>
    [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()) &&
    !["STYLE", "SCRIPT", "style"].includes(one.tagName));
  const contrasts = words.map(one => {
    const [a, b] = [light(one.closest("svg") ? style(one).fill : style(one).color), ground(one)];
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), one.textContent.trim().slice(0, 40)];
  });
  contrasts.sort((a, b) => a[0] - b[0]);
  const found = {
    width: page.defaultView.innerWidth, scroll: root.scrollWidth,
    dark: page.defaultView.matchMedia("(prefers-color-scheme: dark)").matches,
    words: words.length, contrast: contrasts[0],
    pictures: [...page.querySelectorAll("figure svg")].filter(
      one => one.getBoundingClientRect().height > 20).length,
  };
  document.body.innerHTML = "<pre>" + JSON.stringify(found).replaceAll("<", "&lt;") + "</pre>";
};
</script>"""


@pytest.fixture(scope="module")
def browser() -> str:
    """The path of a Chromium."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        assert not os.environ.get("GITHUB_ACTIONS"), f"CI needs one of {', '.join(PROGRAMS)}"
        pytest.skip(f"no browser here: none of {', '.join(PROGRAMS)}")
    return found


@pytest.fixture(scope="module")
def reported(journey: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the blessed project, with its report."""
    project = journey.copy(tmp_path_factory.mktemp("reported") / "project")
    done = project.make("report")
    assert done.status == 0, done.output
    return project


def look(browser: str, page: str, folder: Path, width: int, scheme: str) -> tuple[dict, list[str]]:
    """Return what a browser makes of a page, and what it says on its console."""
    file = folder / "frame.html"
    file.write_text(FRAME % (width, html.escape(page)))
    words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    words += [f"--user-data-dir={folder}/profile", "--window-size=1400,1000"]
    words += [f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}"]
    words += ["--virtual-time-budget=10000", "--dump-dom", f"file://{file}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    made = re.search(r"<pre>(.*)</pre>", done.stdout)
    assert made, f"the page did not load:\n{done.stdout[-500:]}{done.stderr[-2000:]}"
    return json.loads(html.unescape(made[1])), re.findall(r"CONSOLE.*", done.stderr)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [PHONE, SCREEN])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_page_fits_its_device_and_can_be_read(browser, reported, tmp_path, name, width, scheme):
    page = (reported.folder / f"reports/{name}.html").read_text()
    found, said = look(browser, page, tmp_path, width, scheme)
    assert said == []
    assert (found["width"], found["dark"]) == (width, scheme == "dark")
    assert found["scroll"] <= width, "it scrolls sideways"
    assert found["words"] > 30
    assert found["contrast"][0] >= READABLE, found["contrast"]
    assert found["pictures"] == page.count("<svg"), "a picture takes no place"


def test_what_would_be_wrong_is_seen(browser, tmp_path):
    bad = (
        '<body style="width: 900px"><p style="color: #aaa; background: #fff">pale</p>'
        "<script>console.error('oops')</script>"
    )
    found, said = look(browser, bad, tmp_path, PHONE, "light")
    assert found["scroll"] > PHONE
    assert found["contrast"] == [pytest.approx(2.3, abs=0.1), "pale"]
    assert len(said) == 1
