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

    def create_compressor(self, **kwargs):
        return LargeFileCompressor(**kwargs)
