"""In which of a study's languages somebody takes part: what they choose, else what their browser asks for."""

from collections.abc import Sequence

from django.conf.locale import LANG_INFO
from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation.trans_real import parse_accept_lang_header


def chosen(request: HttpRequest, languages: Sequence[str]) -> str:
    """Return the language of the sent form or the address (`?language=`), else of the browser, else the first."""
    for asked in (request.POST.get("language"), request.GET.get("language")):
        if asked in languages:
            return str(asked)
    for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code.split("-")[0] in languages:
            return code.split("-")[0]
    return languages[0]


def choices(languages: Sequence[str], query: dict[str, str]) -> list[dict[str, str]]:
    """Return the languages to choose from, each by its own name, with its address; none where there is only one."""
    if len(languages) < 2:
        return []
    return [
        {
            "code": code,
            "name": LANG_INFO.get(code, {}).get("name_local", code).capitalize(),
            "address": "?" + urlencode({"language": code, **query}),
        }
        for code in languages
    ]
