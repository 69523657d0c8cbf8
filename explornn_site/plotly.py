"""Plotly's JavaScript among the static files: out of its Python package, so that the two always fit."""

from pathlib import Path

import plotly
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

FOLDER = Path(plotly.__file__).parent / "package_data"
NAME = "plotly.min.js"


class PackageStorage(FileSystemStorage):
    prefix = "plotly"  # where collectstatic puts its files


class PlotlyFinder(BaseFinder):
    """Finds `plotly/plotly.min.js`, and nothing else of the package."""

    def __init__(self, *args, **kwargs):
        self.storage = PackageStorage(location=FOLDER)

    def check(self, **kwargs):
        return []

    def find(self, path, find_all=False):
        found = [str(FOLDER / NAME)] if Path(path) == Path("plotly", NAME) else []
        return found if find_all else next(iter(found), None)

    def list(self, ignore_patterns):
        yield NAME, self.storage
