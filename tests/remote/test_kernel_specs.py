"""Kernelspecs of kernels on apps: what other Jupyter clients find, and what they must not."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_core.paths import jupyter_data_dir

from jupyter_sm_ext.errors import NotFoundError
from jupyter_sm_ext.remote import specs
from jupyter_sm_ext.remote.__main__ import _connection, _parser
from jupyter_sm_ext.remote.logos import logos
from jupyter_sm_ext.remote.specs import KernelSpec

KEY = ("d-123456789012", "space", "my-space", "JupyterLab", "default")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def own_jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Jupyter data directory of the test's own."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return tmp_path / "jupyter" / "kernels"


@pytest.fixture
def spec(data_dir: Path) -> KernelSpec:
    return KernelSpec(
        connection="local",
        data_dir=data_dir,
        app_key=KEY,
        kernel="python3",
        title="Python 3 (ipykernel)",
        language="python",
        instance="ml.trn1.2xlarge",
        debugger=True,
    )


def offered() -> dict[str, Any]:
    """What any Jupyter client of this user offers of ours."""
    found: dict[str, Any] = KernelSpecManager().get_all_specs()
    return {name: told for name, told in found.items() if name.startswith("sm-")}


def test_every_client_finds_it(spec: KernelSpec, data_dir: Path) -> None:
    written = specs.write(spec, logos({}))
    assert written == spec
    found = KernelSpecManager().get_kernel_spec(spec.name)
    assert found.display_name == "Python 3 - ml.trn1.2xlarge (my-space)"
    assert (found.language, found.interrupt_mode) == ("python", "message")
    assert Path(found.argv[0]).is_absolute()
    assert found.argv[1:] == [
        *("-m", "jupyter_sm_ext.remote", "-f", "{connection_file}"),
        *("--connection", "local", "--app", "/".join(KEY), "--kernel", "python3"),
        *("--language", "python"),
    ]
    assert found.env == {"JUPYTER_SM_DATA_DIR": str(data_dir)}
    assert found.metadata["debugger"] is True
    ours = found.metadata["jupyter_sm_ext"]
    assert (ours["connection"], ours["app_key"], ours["kernel"]) == ("local", list(KEY), "python3")
    assert (ours["instance"], ours["space"]) == ("ml.trn1.2xlarge", "my-space")
    assert specs.installed(data_dir) == [spec]


@pytest.mark.parametrize(
    ("fips", "dualstack", "host"),
    [
        (True, None, "api-fips.sagemaker.us-east-1.amazonaws.com"),
        (False, True, "api.sagemaker.us-east-1.api.aws"),
        (False, None, "api.sagemaker.us-east-1.amazonaws.com"),
        (None, None, "api-fips.sagemaker.us-east-1.amazonaws.com"),
    ],
)
def test_it_goes_by_the_endpoints_that_were_chosen(
    spec: KernelSpec, fips: bool | None, dualstack: bool | None, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    specs.write(replace(spec, connection="aws:default:us-east-1", fips=fips, dualstack=dualstack))
    [written] = specs.installed(spec.data_dir)
    assert (written.fips, written.dualstack) == (fips, dualstack)
    # Notebooks find it under the same name, whatever was chosen.
    found = KernelSpecManager().get_kernel_spec(replace(spec, connection=written.connection).name)
    connection = _connection(_parser().parse_args(found.argv[3:]))
    assert connection.client("sagemaker").meta.endpoint_url == f"https://{host}"


def test_only_the_user_can_read_it(spec: KernelSpec) -> None:
    specs.write(spec, logos({}))
    directory = Path(jupyter_data_dir()) / "kernels" / spec.name
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    files = sorted(directory.iterdir())
    assert [file.name for file in files] == ["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_name_stays_and_tells_kernels_apart(spec: KernelSpec, tmp_path: Path) -> None:
    assert spec.name.startswith("sm-my-space-python3-")
    assert replace(spec, instance="ml.t3.medium").name == spec.name
    others = [
        replace(spec, connection="aws:work:us-east-1"),
        replace(spec, data_dir=tmp_path),
        replace(spec, kernel="ir"),
        replace(spec, app_key=("d-999999999999", *KEY[1:])),
        replace(spec, app_key=(*KEY[:2], "My_Space", *KEY[3:])),
    ]
    names = {other.name for other in others}
    assert len(names | {spec.name}) == 6
    assert all(KernelSpecManager().get_all_specs().get(name) is None for name in names)
    for other in others:
        specs.write(other)
    assert set(offered()) == names


def test_same_words_for_people_are_told_apart(spec: KernelSpec) -> None:
    specs.write(spec)
    twin = specs.write(replace(spec, app_key=("d-999999999999", *KEY[1:])))
    assert twin.display_name == "Python 3 - ml.trn1.2xlarge (my-space) [d-999999999999, JupyterLab, default]"
    again = specs.write(twin)
    assert again.display_name == twin.display_name
    names = [told["spec"]["display_name"] for told in offered().values()]
    assert sorted(names) == sorted({spec.display_name, twin.display_name})


def test_parked_and_back(spec: KernelSpec, data_dir: Path) -> None:
    specs.write(spec, logos({}))
    before = specs.stamp()
    specs.park(spec)
    specs.park(spec)
    assert specs.stamp() > before
    assert offered() == {}
    with pytest.raises(NoSuchKernel):
        KernelSpecManager().get_kernel_spec(spec.name)
    [known] = specs.installed(data_dir)
    assert known == replace(spec, state="stopped")
    assert known.as_dict()["text"] == "Stopped: its app does not run"
    specs.write(replace(known, state="ready", instance="ml.t3.medium"))
    [known] = specs.installed(data_dir)
    assert known.display_name == "Python 3 - ml.t3.medium (my-space)"
    directory = Path(jupyter_data_dir()) / "kernels" / spec.name
    assert not (directory / "kernel.stopped.json").exists()
    assert (directory / "logo-svg.svg").exists()


def test_writing_the_same_again_writes_nothing(spec: KernelSpec) -> None:
    specs.write(spec, logos({}))
    directory = Path(jupyter_data_dir()) / "kernels" / spec.name
    before = {file.name: file.stat().st_ino for file in directory.iterdir()}
    specs.write(spec, logos({}))
    assert {file.name: file.stat().st_ino for file in directory.iterdir()} == before


def test_removed(spec: KernelSpec, data_dir: Path) -> None:
    specs.write(spec, logos({}))
    specs.remove(spec.name)
    assert specs.installed(data_dir) == []
    assert not (Path(jupyter_data_dir()) / "kernels" / spec.name).exists()
    with pytest.raises(NotFoundError):
        specs.remove(spec.name)


@pytest.mark.parametrize("name", ["python3", "../sm-x", "sm-", "", ".", "sm-nothing", "/etc"])
def test_what_is_not_ours_is_not_removed(name: str, own_jupyter: Path) -> None:
    for folder in ("python3", "sm-nothing"):
        (own_jupyter / folder).mkdir(parents=True)
        (own_jupyter / folder / "kernel.json").write_text('{"argv": [], "display_name": "x", "language": "x"}')
    with pytest.raises(NotFoundError):
        specs.remove(name)
    assert len(list(own_jupyter.glob("*/kernel.json"))) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"metadata": {"jupyter_sm_ext": {"app_key": ["a"]}}}'])
def test_a_broken_file_is_no_kernel(text: str, spec: KernelSpec, own_jupyter: Path, data_dir: Path) -> None:
    specs.write(spec)
    (own_jupyter / "sm-broken").mkdir()
    (own_jupyter / "sm-broken" / "kernel.json").write_text(text)
    assert [found.name for found in specs.installed(data_dir)] == [spec.name]


def test_kernels_of_another_data_directory_are_not_this_ones(spec: KernelSpec, tmp_path: Path) -> None:
    specs.write(spec)
    assert specs.installed(tmp_path / "other") == []


def test_no_kernels_at_all(data_dir: Path) -> None:
    assert specs.installed(data_dir) == []
    assert specs.stamp() == 0


def test_nothing_in_a_spec_is_secret(spec: KernelSpec) -> None:
    text = json.dumps(spec.content()).lower()
    assert not [word for word in ("token", "secret", "cookie", "key_id", "password", "http") if word in text]


def test_logos_of_the_app_get_our_mark() -> None:
    far = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><circle r="5"/></svg>'
    files = logos({"logo-svg": far, "logo-32x32": PNG + b"far", "logo-64x64": b"<html>"})
    assert files["logo-32x32.png"] == PNG + b"far"
    assert files["logo-64x64.png"] == logos({})["logo-64x64.png"]
    drawn = files["logo-svg.svg"].decode()
    images = ElementTree.fromstring(drawn).findall("{*}image")
    shown = [base64.b64decode(image.attrib["href"].partition(",")[2]) for image in images]
    assert shown == [far, logos({})["logo-svg.svg"]]
    assert "<script" not in drawn


def test_logos_where_the_app_has_a_bitmap_or_nothing() -> None:
    bitmap = ElementTree.fromstring(logos({"logo-64x64": PNG})["logo-svg.svg"])
    assert bitmap.findall("{*}image")[0].attrib["href"].startswith("data:image/png;")
    plain = logos({"logo-svg": b"x" * 600_000})
    assert all(plain[f"logo-{size}.png"].startswith(PNG) for size in ("32x32", "64x64"))
    assert ElementTree.fromstring(plain["logo-svg.svg"]).tag.endswith("svg")
