"""The two programs that run inside the image while it is made: what they write down depends on content alone."""

import hashlib
import importlib.util
import io
import os
import tarfile
from pathlib import Path

import pytest

DOCKER = Path(__file__).parents[2] / "docker"


FORBIDDEN = ("amd64", "arm64", "x86_64", "aarch64", "http:", "https:")


def load(name):
    """docker/ is no package: its programs are copied into containers one by one."""
    spec = importlib.util.spec_from_file_location(f"docker_{name}", DOCKER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


manifest = load("manifest")
finish = load("finish")


@pytest.fixture
def root(tmp_path):
    for folder in ("etc", "proc/1", "usr/lib/proclab/__pycache__", "var/lib/dpkg", "work"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/hosts").write_text("docker's")
    (tmp_path / "etc/passwd").write_text("student\n")
    (tmp_path / "usr/lib/proclab/stage.py").write_text("pass\n")
    (tmp_path / "usr/lib/proclab/__pycache__/stage.pyc").write_text("x")
    (tmp_path / "var/lib/dpkg/status").write_text(
        "Package: strace\nStatus: install ok installed\nVersion: 6.13-1+b2\n\n"
        "Package: bash\nStatus: install ok installed\nVersion: 5.2-2\n\n"
    )
    (tmp_path / "sh").symlink_to("bash")
    return tmp_path


def paths(root):
    return [line.split("\t")[1] for line in manifest.rootfs(root)]


def test_every_path_once_in_the_order_of_bytes(root):
    (root / "work/é").touch()
    (root / "work/B").touch()
    assert paths(root) == [
        "/etc",
        "/etc/passwd",
        "/proc",
        "/sh",
        "/usr",
        "/usr/lib",
        "/var",
        "/var/lib",
        "/var/lib/dpkg",
        "/var/lib/dpkg/status",
        "/work",
        "/work/B",
        "/work/\\xc3\\xa9",
    ]


def test_what_docker_puts_there_is_left_out(root):
    assert "/etc/hosts" not in paths(root)
    assert "/proc/1" not in paths(root)


def test_a_file_is_its_permissions_owner_size_time_and_content(root):
    path = root / "etc/passwd"
    path.chmod(0o640)
    os.utime(path, (5, 7))
    digest = hashlib.sha256(b"student\n").hexdigest()
    owner = f"{os.getuid()}\t{path.stat().st_gid}"
    assert manifest.line(root, "etc/passwd") == f"rootfs\t/etc/passwd\tfile\t0640\t{owner}\t8\t7\t{digest}"


def test_a_link_is_its_target(root):
    assert manifest.line(root, "sh").endswith("\tbash")


def test_the_time_of_a_folder_does_not_count(root):
    before = list(manifest.rootfs(root))
    os.utime(root / "etc", (1, 1))
    assert list(manifest.rootfs(root)) == before


@pytest.mark.parametrize("change", ["content", "mode", "time", "name", "target"])
def test_any_other_change_shows(root, change):
    before = list(manifest.manifest(root))
    path = root / "etc/passwd"
    match change:
        case "content":
            status = path.stat()
            path.write_text("Student\n")
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        case "mode":
            path.chmod(0o600)
        case "time":
            os.utime(path, (1, 1))
        case "name":
            path.rename(root / "etc/shadow")
        case "target":
            (root / "sh").unlink()
            (root / "sh").symlink_to("dash")
    assert list(manifest.manifest(root)) != before


def test_packages_are_sorted_names_and_versions(root):
    assert list(manifest.packages(root)) == ["package\tbash\t5.2-2", "package\tstrace\t6.13-1+b2"]


def test_guest_programs_count_by_content_not_by_time(root):
    before = list(manifest.guest(root))
    os.utime(root / "usr/lib/proclab/stage.py", (1, 1))
    assert list(manifest.guest(root)) == before
    assert [line.split("\t")[1] for line in before] == ["stage.py"]


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a b", "\udcff"])
def test_no_name_breaks_a_line(name):
    assert manifest.escape(name).isascii()
    assert not set(manifest.escape(name)) & set("\n\t ")


def test_the_tar_depends_on_neither_time_nor_name_of_the_builder(tmp_path):
    path = tmp_path / "file"
    path.write_text("x")
    headers = []
    for time in (1, 2):
        os.utime(path, (time, time))
        with tarfile.open(fileobj=io.BytesIO(), mode="w|", format=tarfile.GNU_FORMAT) as archive:
            headers.append(finish.member(archive, str(path)).tobuf())
    assert headers[0] == headers[1]
    assert tarfile.TarInfo.frombuf(headers[0], "utf-8", "strict").uname == ""


def test_finish_and_dockerfile_and_scripts_name_the_same_day():
    assert f"@{finish.EPOCH}" in (DOCKER / "Dockerfile").read_text()
    assert "202508090000.00" in (DOCKER.parent / "scripts/image").read_text()


def test_no_architecture_and_no_mirror_is_named():
    for path in [*DOCKER.glob("*"), DOCKER.parent / "scripts/image"]:
        if path.is_file():
            text = path.read_text().lower()
            assert [word for word in FORBIDDEN if word in text] == [], path
