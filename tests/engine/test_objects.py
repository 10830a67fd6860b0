"""Objects: on disk as plain files, over HTTP as boto3 wants them, and never outside their root."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from object_keys import ODD_KEYS

from jupyter_sm_ext.engine.s3.crc import Crc
from jupyter_sm_ext.engine.s3.objects import Objects
from jupyter_sm_ext.errors import NotFoundError, ValidationError


@pytest.fixture
def objects(tmp_path: Path) -> Iterator[Objects]:
    database = sqlite3.connect(tmp_path / "objects.sqlite", isolation_level=None)
    made = Objects(tmp_path / "objects", database)
    made.create_bucket("one")
    yield made
    database.close()


def put(objects: Objects, bucket: str, key: str, data: bytes) -> None:
    file, path = objects.new_staged()
    with file:
        file.write(data)
    objects.put(bucket, key, path, hashlib.md5(data).hexdigest(), {"x-amz-meta-key": "v"})


def keys(objects: Objects, prefix: str = "", after: str = "") -> list[str]:
    return [found.key for found in objects.list_prefix("one", prefix, after)]


def test_plain_keys_are_plain_files(objects: Objects) -> None:
    put(objects, "one", "folder/model.tar.gz", b"data")
    assert (objects.root / "one" / "folder" / "model.tar.gz").read_bytes() == b"data"
    found = objects.head("one", "folder/model.tar.gz")
    assert (found.size, found.etag) == (4, hashlib.md5(b"data").hexdigest())
    assert found.headers == {"x-amz-meta-key": "v"}


def test_what_a_job_writes_is_an_object(objects: Objects) -> None:
    put(objects, "one", "out/x", b"first")
    path = objects.path("one", "out/x")
    path.write_bytes(b"second, by a job")
    found = objects.head("one", "out/x")
    assert found.size == 16
    assert found.headers == {}
    assert found.etag != hashlib.md5(b"first").hexdigest()
    assert found.etag == objects.head("one", "out/x").etag
    (path.parent / "y").write_bytes(b"")
    assert keys(objects) == ["out/x", "out/y"]


@pytest.mark.parametrize("order", [1, -1])
def test_every_key_lives_inside_and_comes_back(objects: Objects, tmp_path: Path, order: int) -> None:
    for key in ODD_KEYS[::order]:
        put(objects, "one", key, key.encode())
    for key in ODD_KEYS:
        found = objects.head("one", key)
        assert found.path.read_bytes() == key.encode()
        assert found.path.resolve().is_relative_to(objects.root)
    in_order = sorted(ODD_KEYS, key=str.encode)
    assert keys(objects) == in_order
    for prefix in ("a", "a/", "a/b", "..", "/", "ü/"):
        assert keys(objects, prefix) == [key for key in in_order if key.startswith(prefix)]
    for after in in_order:
        assert keys(objects, after=after) == in_order[in_order.index(after) + 1 :]
    for key in ODD_KEYS:
        objects.delete("one", key)
        assert not objects.exists("one", key)
    assert keys(objects) == []
    objects.delete_bucket("one")
    assert sorted(path.name for path in tmp_path.iterdir() if "sqlite" not in path.name) == ["objects"]


def test_a_folder_left_empty_does_not_push_a_key_aside(objects: Objects) -> None:
    put(objects, "one", "a/b/c", b"1")
    objects.delete("one", "a/b/c")
    put(objects, "one", "a", b"2")
    assert (objects.root / "one" / "a").read_bytes() == b"2"


def test_links_do_not_lead_out(objects: Objects, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (objects.root / "one" / "link").symlink_to(outside)
    (objects.root / "one" / "file").symlink_to(outside / "secret")
    (objects.root / "two").symlink_to(outside)
    for key in ("link/secret", "link/new", "file"):
        with pytest.raises(ValidationError):
            put(objects, "one", key, b"x")
        assert not objects.exists("one", key)
    with pytest.raises(NotFoundError):
        objects.head("two", "secret")
    for bucket in ("..", ".", "", ".odd", "../outside", "one/../two"):
        with pytest.raises(NotFoundError):
            objects.head(bucket, "secret")
    assert keys(objects) == []
    assert (outside / "secret").read_bytes() == b"secret"


@pytest.mark.parametrize("name", ["Upper", "a", "-a-", "a..b", "192.168.0.1", "a" * 64, "under_score", ".odd", ""])
def test_bucket_names_are_those_of_s3(objects: Objects, name: str) -> None:
    with pytest.raises(ValidationError):
        objects.create_bucket(name)


@pytest.mark.parametrize("algorithm", ["crc32c", "crc64nvme"])
def test_crcs_do_not_depend_on_how_the_bytes_come(algorithm: str) -> None:
    data = bytes(range(256)) * 300 + b"end"
    one_by_one = Crc(algorithm)
    for byte in data:
        one_by_one.update(bytes([byte]))
    for size in (63, 64, 128, 129, 1000, 4096, 65536, len(data)):
        found = Crc(algorithm)
        for start in range(0, len(data), size):
            found.update(data[start : start + size])
        assert found.digest() == one_by_one.digest()


def test_staged_files_of_a_killed_engine_are_gone(objects: Objects, tmp_path: Path) -> None:
    file, path = objects.new_staged()
    file.close()
    with sqlite3.connect(":memory:", isolation_level=None) as database:
        again = Objects(tmp_path / "objects", database)
        assert not path.exists()
        assert again.buckets()[0][0] == "one"


def test_killed_between_row_and_file_the_old_object_is_whole(objects: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    put(objects, "one", "key", b"old")
    old = objects.head("one", "key")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda self, target: (_ for _ in ()).throw(OSError("killed")))
        with pytest.raises(OSError, match="killed"):
            put(objects, "one", "key", b"new one")
    assert objects.head("one", "key") == old
