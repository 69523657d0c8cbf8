"""Static files are named by their content."""

import pytest

from explornn_site.storage import ModuleManifestStorage


def test_the_address_of_a_file_is_made_once_each_its_own(tmp_path):
    for name in ("one.js", "two.js"):
        (tmp_path / name).write_text(f"// {name}")
    storage = ModuleManifestStorage(location=tmp_path, base_url="/static/")
    list(storage.post_process({name: (storage, name) for name in ("one.js", "two.js")}))
    made = [storage.url(name) for name in ("one.js", "two.js")]
    assert len(set(made)) == 2 and all((tmp_path / address.removeprefix("/static/")).exists() for address in made)
    storage.hashed_files.clear()
    assert [storage.url(name) for name in ("one.js", "two.js")] == made
    with pytest.raises(ValueError, match="three"):
        storage.url("three.js")
