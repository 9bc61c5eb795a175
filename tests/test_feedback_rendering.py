"""Markdown, formulas and code of a submission as HTML: what is kept, and what is made harmless."""

from __future__ import annotations

import base64

import pytest
from feedback_samples import ANSWER, ATTACKS, MATHML, PNG, tags_of
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from grader.feedback import bounds, highlighting, markdown
from grader.feedback.bounds import Room
from grader.feedback.highlighting import highlight
from grader.feedback.markdown import render
from grader.feedback.mathematics import to_mathml
from grader.feedback.safety import fitted, printable, printable_code, prose

INERT = {*markdown._ELEMENTS, *MATHML, "img"}


def elements(html):
    return [tag for tag, _ in tags_of(html).tags]


def test_markdown_is_rendered():
    html = render(ANSWER, {"sketch.png": {"image/png": PNG}})
    assert '<p class="heading">An answer</p>' in html and "<strong>always</strong>" in html
    assert '<td class="right">0.7</td>' in html and '<td class="left"><code>cat</code></td>' in html
    assert "<ol>" in html and "<blockquote>" in html
    assert f'<img alt="a sketch of the curve" src="data:image/png;base64,{PNG}">' in html
    assert html.count("<math") == 2 and "<mtable " in html and " style=" not in html


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_in_markdown_is_text(attack):
    for source in (attack, f"| a |\n|---|\n| {attack} |", f"* {attack}", f"**{attack}**"):
        found = tags_of(render(source))
        assert set(elements(render(source))) <= INERT - {"img"}
        for tag, attributes in found.tags:
            assert not [name for name in attributes if name.startswith("on")], tag
            assert not {"href", "src", "style", "srcset", "action", "id"} & set(attributes)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(ATTACKS),
            st.sampled_from(
                [
                    "<",
                    ">",
                    '"',
                    "'",
                    "`",
                    "$",
                    "$$",
                    "\\",
                    "{",
                    "}",
                    "![",
                    "](",
                    ")",
                    "\n",
                    "|",
                    "&",
                ]
            ),
            st.text(max_size=8),
        ),
        max_size=12,
    ).map("".join)
)
def test_whatever_is_typed_only_inert_elements_come_out(source):
    for html in (render(source), to_mathml(source), prose(source), highlight(source)):
        found = tags_of(f"<div>{html}</div>")
        assert set(elements(html)) <= INERT | {"span"}
        assert not found.declarations
        for _, attributes in found.tags:
            assert not {"href", "src", "style", "id"} & set(attributes)
            assert not [name for name in attributes if name.startswith("on")]


def test_links_and_pictures_from_elsewhere_are_text():
    assert render("[a *b*](https://x.invalid/c)") == "<p>a <em>b</em> (https://x.invalid/c)</p>\n"
    assert render("<https://x.invalid/>") == "<p>https://x.invalid/</p>\n"
    shown = render("![a *picture*](https://x.invalid/p.png 'title')")
    assert shown == "<p>[picture: a *picture*, https://x.invalid/p.png]</p>\n"
    assert "without a description" in render("![](x.png)")
    assert len(render(f"[a](https://x.invalid/{'b' * 9000})")) < 300
    assert render("[[a](b) c](d)") == "<p>[a (b) c](d)</p>\n"  # no links in links


def test_only_pictures_that_are_pictures_are_shown():
    svg = base64.b64encode(b"<svg onload='alert(1)'/>").decode()
    data = {
        "s": {"image/svg+xml": svg},
        "p": {"image/png": svg},
        "t": {"image/png": 7},
        "u": "no",
        "v": {"image/png": "%%%"},
        "big": {"image/png": base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(5_000_001)).decode()},
    }
    for name in data:
        assert render(f"![x](attachment:{name})", data).startswith("<p>[picture: x")
    assert "<img" not in render("![x](attachment:p)", "no attachments")
    many = render("![x](attachment:a) " * 3, {"a": {"image/png": _png(2_000_000)}})
    assert many.count("<img") == 2  # five megabytes are enough for one answer


def _png(size):
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(size)).decode()


def test_references_do_not_bring_back_what_was_made_visible():
    assert "\\u202e" in render("&#x202e;")
    assert "\\u202e" in render("<https://x.invalid/%E2%80%AE>")
    assert render("&lt;script&gt;") == "<p>&lt;script&gt;</p>\n"


def test_nobody_can_write_a_placeholder():
    assert render("$a$ part0x part" + "0" * 24 + "x0x").count("<math") == 1


def test_formulas():
    html = to_mathml(r"\frac{a}{b} \le \alpha")
    assert html.startswith('<math display="inline" alttext="\\frac{a}{b} \\le \\alpha">')
    assert "<mfrac>" in html and "≤" in html and "α" in html
    assert 'display="block"' in to_mathml("x", display=True)
    assert 'class="right"' in to_mathml(r"\begin{aligned}a &= b\end{aligned}", display=True)
    assert "<mspace" in to_mathml(r"\log p") and "<mspace" not in to_mathml(r"\log(p)")
    assert to_mathml(r"\mathbf{x} \boldsymbol{\theta}").count('class="bold"') == 1
    for unreadable in (r"\frac{a}{", r"\left( x", "{" * 1500, "x" * 5000, r"\begin{nothing}"):
        assert to_mathml(unreadable).startswith("<code>$")


def test_formulas_that_attack():
    html = to_mathml(r"\text{<img src=x onerror=alert(1)>}")
    assert "<img" not in html and "&lt;img" in html
    html = to_mathml(r"\text{&#x3c;script&#x3e;} \text{&#x202e;}")
    assert "<script" not in html and "\u202e" not in html
    for wild in (
        r"\href{javascript:alert(1)}{x}",
        r"\style{color:red}{x}",
        r"\class{score}{x}",
        r"\color{red}{x}",
        r"\hspace{9999em} \hspace{-99em} \rule{99em}{99em}",
        r"\raise 99em x",
    ):
        for _, attributes in tags_of(to_mathml(wild)).tags:
            assert set(attributes) <= {"display", "alttext", "scriptlevel", "displaystyle"}
    assert "<math" not in to_mathml(r"\newcommand{\a}{\b\b} \a")


def test_code_is_coloured_by_line_and_escaped():
    html = highlight('\n@wraps\ndef f(x):\n    """Two\n    lines."""\n    return x < 1  # <b>\n\n')
    lines = html.split('<span class="line">')[1:]
    assert len(lines) == 5
    assert '<span class="k">def</span> <span class="f">f</span>(x):' in lines[1]
    assert '<span class="s">' in lines[2] and '<span class="s">' in lines[3]  # one string
    assert '<span class="c"># &lt;b&gt;</span>' in lines[4] and "x &lt; " in lines[4]
    assert all(line.endswith("\n</span>") for line in lines)
    assert highlight("") == "" and "%%bash" in highlight("%%bash\nls\n???")


def test_long_texts_are_cut_and_say_so():
    html = highlight("x = 1\n" * 5000)
    assert html.count('class="line"') == highlighting.MOST_LINES
    assert f"({5000 - 1 - highlighting.MOST_LINES + 1} more lines are not shown)" in html
    assert "more lines are not shown" in render("a\n" * 100_000)
    room = Room(10)
    assert fitted("a\nb\nc", 100, 2, room) == ("a\nb", "(1 more lines are not shown)")
    assert fitted("a\rb\r\nc", 100, 3, room) == ("a\nb\nc", "")
    assert fitted("abc", 1, 2, room) == ("a", "(the rest is not shown)")
    assert fitted("abc", 100, 2, room) == ("a", "(the rest is not shown)")


def test_what_is_too_long_is_shown_as_it_was_typed(monkeypatch):
    monkeypatch.setattr(bounds, "MOST_MARKDOWN", 10)
    monkeypatch.setattr(bounds, "MOST_CODE", 10)
    assert render("*a* <b>") == "<p><em>a</em> &lt;b&gt;</p>\n"
    assert render("*abc* <bcd>") == "<pre><code>*abc* &lt;bcd&gt;</code></pre>"
    assert render("\u202e" * 3) == "<pre><code>" + r"\u202e" * 3 + "</code></pre>"
    assert highlight("x = 1") != '<span class="line">x = 1\n</span>'
    two = highlight("x = '<'\ny = '>'")
    assert two == "".join(
        f'<span class="line">{c} = &#39;{d}&#39;\n</span>'
        for c, d in (("x", "&lt;"), ("y", "&gt;"))
    )


@pytest.mark.parametrize("text", ["[" * 5000, "![" * 5000, "> " * 5000, "$a$" * 3000, "a\n" * 1500])
def test_texts_together_are_read_as_far_as_there_is_room(text, monkeypatch):
    read = []
    renderer = markdown._renderer()
    monkeypatch.setattr(markdown, "_renderer", lambda: Counted(renderer, read))
    room = Room(90_000)
    pages = [render(text, None, room) for _ in range(40)]
    assert bounds.ALL_MARKDOWN - len(text) < sum(read) <= bounds.ALL_MARKDOWN
    typed = Markup("<pre><code>{}</code></pre>").format(text)
    assert pages[len(read)] == pages[len(read) + 1] == typed  # more is not read, and shown
    assert pages[-1].startswith('<p class="cut">(')  # and then not shown


class Counted:
    def __init__(self, renderer, read):
        self.renderer, self.read = renderer, read

    def render(self, text, env):
        if text:
            self.read.append(len(text))
        return self.renderer.render(text, env)


def test_what_has_no_shape_is_shown_by_its_code():
    assert printable("a\u202eb\x1b[31m\x00\ud800\ufeff") == "a\\u202eb\\x1b[31m\\x00\\ud800\\ufeff"
    assert printable("a\r\nb\rc") == "a\nb\nc"
    # What scripts need stays in prose: joiners, other spaces, emoji made of several characters.
    for kept in ("می\u200cخواهم", "क्\u200dष", "가\u3000나", "👩\u200d🔬", "é", "a\u00a0b"):
        assert printable(kept) == kept
    assert printable("\U000e0041") == "\\U000e0041"  # a tag character: unseen text
    # In code what looks like a space and is none, is an error somebody looks for.
    assert printable_code("a\u00a0=\u200b1\n\tb") == "a\\xa0=\\u200b1\n\tb"
    assert prose("use `<b>` & go") == "use <code>&lt;b&gt;</code> &amp; go"
    assert prose("*<b>* is `*b*`") == "<em>&lt;b&gt;</em> is <code>*b*</code>"
