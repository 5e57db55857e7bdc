import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from datasets.formats.sinks import FolderSink, ZipSink
from datasets.formats.sources import FolderSource, SourceError, ZipLimits, ZipSource, lines


def archive(*members: tuple[str | zipfile.ZipInfo, bytes], packing: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as target:
        for name, body in members:
            target.writestr(name, body)
    return stream


def codes(source: ZipSource | FolderSource) -> list[str]:
    return [problem.code for problem in source.problems()]


def test_members_are_read_from_a_zip() -> None:
    with ZipSource(archive(("a/b.txt", b"hello\nworld"), ("c/", b""))) as source:
        assert list(source.names()) == ["a/b.txt"]
        assert source.size("a/b.txt") == 11
        assert source.open("a/b.txt").read() == b"hello\nworld"
        assert list(lines(source, "a/b.txt", 10)) == [b"hello", b"world"]
        with pytest.raises(ValueError, match="longer than 3"):
            list(lines(source, "a/b.txt", 3))


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "a/../../evil.txt",
        "/etc/passwd",
        "C:\\evil.txt",
        "C:evil.txt",
        "a\\..\\..\\evil.txt",
        "a\x1b[2J.txt",
        "right\u202eexe.txt",
        "a/" * 300 + "long.txt",
        "x" * 260 + ".txt",
    ],
)
def test_names_that_lead_out_or_deceive_are_refused(name: str) -> None:
    source = ZipSource(archive((name, b"x"), ("good.txt", b"y")))
    assert list(source.names()) == ["good.txt"]
    assert codes(source) == ["unsafe_name"]


def test_names_from_windows_and_mac_are_brought_into_one_spelling() -> None:
    source = ZipSource(archive(("dir\\Cafe\u0301.txt", b"x"), ("./b//c.txt", b"y"), ("__MACOSX/._b", b"z")))
    assert list(source.names()) == ["dir/Café.txt", "b/c.txt"]
    assert codes(source) == []


def test_names_in_utf_8_that_do_not_say_so_are_understood() -> None:
    stream = archive(("名前.txt", b"x"))
    plain = stream.getvalue().replace(b"\x14\x00\x00\x08\x08\x00", b"\x14\x00\x00\x00\x08\x00")
    assert list(ZipSource(io.BytesIO(plain)).names()) == ["名前.txt"]


def test_links_are_refused() -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert codes(ZipSource(archive((link, b"/etc/passwd")))) == ["link"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_first_of_two_files_of_one_name_is_kept() -> None:
    source = ZipSource(archive(("a.txt", b"first"), ("./a.txt", b"second"), ("a.txt", b"third")))
    assert codes(source) == ["duplicate", "duplicate"]
    assert source.open("a.txt").read() == b"first"


def test_a_bomb_is_refused_and_the_rest_kept() -> None:
    limits = ZipLimits(ratio_from=2**20)
    source = ZipSource(archive(("bomb.txt", bytes(2**21)), ("good.txt", b"y")), limits)
    assert (list(source.names()), codes(source)) == (["good.txt"], ["bomb"])


def test_size_limits_are_kept() -> None:
    three = archive(("a", b"12345"), ("b", b"123"), ("c", b"1234"))
    assert codes(ZipSource(three, ZipLimits(member_bytes=4))) == ["too_large"]
    assert codes(ZipSource(three, ZipLimits(total_bytes=8))) == ["total"]
    with pytest.raises(SourceError, match="more than 2 files"):
        ZipSource(three, ZipLimits(members=2))


def test_files_that_share_bytes_are_refused() -> None:
    """The quine of zip bombs: many directory entries that point at one body (Fifield, 2019)."""
    body = archive(("a.txt", b"x" * 1000), ("b.txt", b"y")).getvalue()
    place = body.rfind(b"PK\x01\x02")
    forged = bytearray(body)
    struct.pack_into("<I", forged, place + 42, 5)
    assert codes(ZipSource(io.BytesIO(bytes(forged)))) == ["overlap"]


def test_other_packings_and_passwords_are_refused() -> None:
    assert codes(ZipSource(archive(("a", b"x" * 99), packing=zipfile.ZIP_LZMA))) == ["compression"]
    locked = bytearray(archive(("a", b"x")).getvalue())
    locked[locked.rfind(b"PK\x01\x02") + 8] |= 1
    assert codes(ZipSource(io.BytesIO(bytes(locked)))) == ["encrypted"]


@pytest.mark.parametrize("body", [b"", b"no zip at all", b"PK\x05\x06" + b"\xff" * 18, b"PK\x03\x04" * 50])
def test_what_is_no_archive_is_said(body: bytes) -> None:
    with pytest.raises(SourceError, match="not a zip"):
        ZipSource(io.BytesIO(body))


def test_a_lying_directory_cannot_hide_its_entries() -> None:
    """The count in the end record is not believed."""
    forged = bytearray(archive(*((f"{number}.txt", b"") for number in range(50))).getvalue())
    end = forged.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", forged, end + 8, 1, 1)
    with pytest.raises(SourceError, match="more than 10 files"):
        ZipSource(io.BytesIO(bytes(forged)), ZipLimits(members=10))


def test_damage_shows_as_an_error_of_the_file() -> None:
    packed = bytearray(archive(("a.txt", bytes(range(256)) * 9)).getvalue())
    packed[60:70] = b"\xff" * 10
    with pytest.raises(OSError, match="damaged"):
        ZipSource(io.BytesIO(bytes(packed))).open("a.txt").read()


def test_a_folder_is_read_without_leaving_it(tmp_path: Path) -> None:
    secret, root = tmp_path / "secret.txt", tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    secret.write_text("secret")
    (root / "sub" / "a.txt").write_text("a")
    (root / ".hidden").write_text("h")
    (root / "out.txt").symlink_to(secret)
    (root / "loop").symlink_to(root)
    source = FolderSource(root)
    assert list(source.names()) == ["sub/a.txt"]
    assert source.open("sub/a.txt").read() == b"a"
    assert codes(source) == ["link"]
    with pytest.raises(SourceError, match="more than 0 files"):
        FolderSource(root, members=0)


def test_sinks_write_the_same_bytes_each_time(tmp_path: Path) -> None:
    def written() -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as target, ZipSink(target).file("a/b.txt") as member:
            member.write(b"hello")
        return stream.getvalue()

    assert written() == written()
    assert ZipSource(io.BytesIO(written())).open("a/b.txt").read() == b"hello"
    with FolderSink(tmp_path).file("a/b.txt") as member:
        member.write(b"hello")
    with pytest.raises(ValueError, match="outside"), FolderSink(tmp_path).file("../b.txt"):
        pass
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"hello"
