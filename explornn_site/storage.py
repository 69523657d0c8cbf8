import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

LARGE = 1_000_000  # bytes


class LargeFileCompressor(Compressor):
    @staticmethod
    def compress_brotli(data):
        """Return it compressed; of Plotly's 5 MB the last tenth would take the first start nine seconds more."""
        return brotli.compress(data, quality=7 if len(data) > LARGE else 11)


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Static files named by their content, so that browsers may keep them for ever.

    Imports between our JavaScript modules are renamed too: a module and what it imports always fit.
    """

    support_js_module_import_aggregation = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._addresses: dict[tuple[str, bool], str] = {}

    def url(self, name, force=False):
        """Return the address of a file, made once: a page names a handful, and they stay while the server runs."""
        if (name, force) not in self._addresses:
            self._addresses[name, force] = super().url(name, force)
        return self._addresses[name, force]

    def create_compressor(self, **kwargs):
        return LargeFileCompressor(**kwargs)
