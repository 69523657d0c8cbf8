"""Markdown to HTML, with formulas as MathML; no HTML of the source passes through."""

import re
from functools import lru_cache
from xml.etree import ElementTree

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

_MATHML = re.compile(r"\{http://www\.w3\.org/1998/Math/MathML\}(math|m[a-z]+)")


def _formula(latex: str, options: dict) -> str:
    """Return the MathML of a formula; of one that is none, or would be more than a formula, its source."""
    try:
        made = convert(latex, display="block" if options["display_mode"] else "inline")
        if _is_only_a_formula(made):
            return made
    except Exception:  # noqa: S110 - latex2mathml has a dozen of its own, and lets StopIteration and IndexError through
        pass
    return f"<code>{escape(latex)}</code>"


def _is_only_a_formula(made: str) -> bool:
    """Whether it is well-formed MathML without links, styles or scripts: `convert` lets all of `\\text{}` pass."""
    root = ElementTree.fromstring(made)  # noqa: S314 - of our own making; expat bounds what entities expand to
    return all(
        _MATHML.fullmatch(element.tag)
        and not any(name in ("href", "style", "class", "id") or name.startswith("on") for name in element.attrib)
        for element in root.iter()
    )


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
