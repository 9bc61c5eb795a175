"""What tests ask of pages: their elements, the contrast of their colours, what a browser meets."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from browser import new_page

# The contrast of every text with what is really behind it, opaque backgrounds as the page has.
CONTRASTS = """() => {
  const luminance = (c) => {
    const [r, g, b] = c.slice(0, 3).map((v) => {
      v /= 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const colour = (text) => text.match(/[0-9.]+/g).map(Number);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.trim()) continue;
    const [a, b] = [colour(getComputedStyle(node.parentElement).color), behind(node.parentElement)]
      .map(luminance);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([ratio, node.data.trim().slice(0, 40)]);
  }
  return found;
}"""


class Elements(HTMLParser):
    """Collects elements with their attributes, headings and text of a page."""

    def __init__(self, page):
        super().__init__()
        self.found, self.texts = [], []
        self.feed(page)
        self.close()
        self.tags = [tag for tag, _ in self.found]
        self.attributes = [(tag, *item) for tag, found in self.found for item in found.items()]
        self.headings = [int(tag[1]) for tag in self.tags if re.fullmatch("h[1-6]", tag)]

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def colour_lists(style: str) -> list[dict[str, str]]:
    """Return the colours on light, on dark and on paper; both sheets of a page name some."""
    found = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    common, own = found[:3], found[3:]
    assert len(common) == len(own) == 3 and not common[0].keys() & own[0].keys()
    return [{**one, **other} for one, other in zip(common, own, strict=True)]


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def opened(chromium, path, **options):
    """Open a page; return it, and what it asked for and complained of."""
    tab = new_page(chromium, **options)
    seen = []
    tab.on("request", lambda request: seen.append(f"request {request.url}"))
    tab.on("console", lambda message: seen.append(f"console {message.text}"))
    tab.on("pageerror", lambda error: seen.append(f"error {error}"))
    tab.on("dialog", lambda dialog: (seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
    tab.on("popup", lambda popup: seen.append("popup"))
    tab.goto(path.as_uri())
    tab.wait_for_load_state("networkidle")
    return tab, [entry for entry in seen if not entry.startswith("request data:image/png;base64,")]
