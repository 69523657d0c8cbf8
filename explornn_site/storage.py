from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Static files named by their content, so that browsers may keep them for ever.

    Imports between our JavaScript modules are renamed too: a module and what it imports always fit.
    """

    support_js_module_import_aggregation = True
