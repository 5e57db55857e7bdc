import hashlib
import io
import zipfile

from projects.zip import Folder, StableZip


def _packed() -> tuple[bytes, StableZip]:
    target = io.BytesIO()
    packed = StableZip(target)
    packed.copy("images/a.jpg", io.BytesIO(b"pixels" * 1000), byte_size=6000)
    with Folder(packed, "labels").file("a.txt") as member:
        member.write(b"0 0.5 0.5 1 1\n")
    packed.text("LICENSE.txt", "As you like.\n")
    packed.close()
    return target.getvalue(), packed


def test_the_same_content_gives_the_same_bytes() -> None:
    assert _packed()[0] == _packed()[0]


def test_any_zip_reader_finds_every_file_with_its_digest() -> None:
    data, packed = _packed()
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        assert found.namelist() == ["images/a.jpg", "labels/a.txt", "LICENSE.txt"]
        for file in packed.files:
            content = found.read(file.path)
            assert (len(content), hashlib.sha256(content).hexdigest()) == (file.byte_size, file.sha256)
