"""Markdown to HTML, with formulas as MathML; no HTML of the source passes through."""

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin


def _formula(latex: str, options: dict) -> str:
    return convert(latex, display="block" if options["display_mode"] else "inline")


_markdown = (
    MarkdownIt("commonmark", {"html": False})
    .enable("table")
    .use(dollarmath_plugin, renderer=_formula, allow_space=False, allow_digits=False)
)


@lru_cache(maxsize=512)
def render(text: str) -> SafeString:
    """Return the HTML of a Markdown text; `$...$` and `$$...$$` hold LaTeX."""
    return mark_safe(_markdown.render(text))  # noqa: S308  made by our renderer, which escapes all HTML


@lru_cache(maxsize=512)
def formula(latex: str) -> SafeString:
    """Return the MathML of one formula, set on a line of its own."""
    return mark_safe(convert(latex, display="block"))  # noqa: S308  made from our own curriculum


@lru_cache(maxsize=512)
def inline_formula(latex: str) -> SafeString:
    """Return the MathML of one formula, set within a line."""
    return mark_safe(convert(latex))  # noqa: S308  made from our own curriculum


@lru_cache(maxsize=512)
def render_inline(text: str) -> SafeString:
    """Return the HTML of one line of Markdown, without a paragraph around it."""
    return mark_safe(_markdown.renderInline(text))  # noqa: S308  as above
