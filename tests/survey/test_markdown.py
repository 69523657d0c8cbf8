"""A study's texts become HTML; nothing of them becomes a script, a style or a failure."""

import pytest

from survey import markdown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "$\\text{<script>alert(1)</script>}$",
        "$\\text{</mtext></math><iframe src=x>}$",
        "$$\\text{<svg onload=alert(1)>}$$",
        "$\\href{javascript:alert(1)}{x}$",
        "$\\style{position:fixed}{x}$",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<b>)",
    ],
)
def test_a_text_brings_no_markup_of_its_own(text):
    html = markdown.render(text)
    for forbidden in ("<script", "<iframe", "<svg", "<b>", "href=", "style="):
        assert forbidden not in html


@pytest.mark.parametrize("latex", ["\\begin{matrix}", "\\frac{1", "\\left(", "\\text{a & b}", "^", "{"])
def test_what_is_no_formula_is_shown_as_it_is_written(latex):
    html = markdown.render(f"Before ${latex}$ after.")
    assert html.startswith("<p>Before ") and html.endswith(" after.</p>\n")


def test_a_formula_is_mathml():
    html = markdown.render("$c_t = f_t \\cdot c_{t-1}$")
    assert "<math" in html and "<code>" not in html
    assert "<code>" not in markdown.render("$a < b$")
