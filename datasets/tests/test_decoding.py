"""The decoder as a process: limited, replaced when it dies, blamed on the right file."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from datasets import decoding
from datasets.decoder.protocol import Limits, Picture, Refusal, Request
from datasets.tests import pictures


def request(folder: Path, data: bytes, name: str) -> Request:
    made = folder / name
    made.mkdir()
    (made / "received").write_bytes(data)
    return Request(str(made / "received"), str(made), name)


def slow(folder: Path, name: str = "slow.tif") -> Request:
    """A second or so of honest work."""
    return request(folder, bytes(pictures.photograph(4000, 4000).pngsave_buffer()), name)


def test_many_files_through_two_processes(tmp_path: Path) -> None:
    wanted = [request(tmp_path, pictures.jpeg(seed=seed), f"{seed}.jpg") for seed in range(9)]
    wanted.append(request(tmp_path, b"no image", "no.jpg"))
    with decoding.DecoderPool(processes=2, limits=Limits()) as pool:
        found = {asked.name: reply for asked, reply in pool.run(wanted)}
        again = list(pool.run([]))
    assert len({reply.sha256 for reply in found.values() if isinstance(reply, Picture)}) == 9
    assert found["no.jpg"] == Refusal("not_an_image", {"looks_like": ""})
    assert again == []


def test_a_decoder_killed_in_the_middle_of_a_file_loses_nothing(tmp_path: Path) -> None:
    with decoding.DecoderPool(processes=1, limits=Limits()) as pool:
        first_process = pool._decoders[0].process

        def wanted() -> Iterator[Request]:
            yield slow(tmp_path)
            os.kill(first_process.pid, signal.SIGKILL)
            yield request(tmp_path, pictures.jpeg(), "a.jpg")

        found = {asked.name: reply for asked, reply in pool.run(wanted())}
    assert first_process.returncode == -signal.SIGKILL
    assert isinstance(found["slow.tif"], Picture)
    assert isinstance(found["a.jpg"], Picture)


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_read(tmp_path: Path) -> None:
    wanted = [slow(tmp_path), request(tmp_path, pictures.jpeg(), "a.jpg")]
    with decoding.DecoderPool(processes=1, limits=Limits(), seconds_per_file=0.2) as pool:
        found = {asked.name: reply for asked, reply in pool.run(wanted)}
    assert found["slow.tif"] == Refusal("too_costly")
    assert isinstance(found["a.jpg"], Picture)


def test_memory_is_bounded_by_the_process(tmp_path: Path) -> None:
    sideways = bytes(pictures.turned(pictures.photograph(5000, 5000), 6).jpegsave_buffer())  # wants all of it at once
    wanted = [request(tmp_path, sideways, "big.jpg"), request(tmp_path, pictures.jpeg(), "a.jpg")]
    with decoding.DecoderPool(processes=1, limits=Limits(memory_bytes=420 * 1024**2)) as pool:
        found = {asked.name: reply for asked, reply in pool.run(wanted)}
    assert isinstance(found["big.jpg"], Refusal)
    assert isinstance(found["a.jpg"], Picture)


def test_processor_time_is_bounded_by_the_process(tmp_path: Path) -> None:
    with decoding.DecoderPool(processes=1, limits=Limits(cpu_seconds=0)) as pool:
        found = [reply for _asked, reply in pool.run([slow(tmp_path)])]
    assert found == [Refusal("too_costly")]


def test_the_decoder_is_given_no_secret() -> None:
    with decoding.DecoderPool(processes=1, limits=Limits()) as pool:
        environment = Path(f"/proc/{pool._decoders[0].process.pid}/environ").read_bytes()
    assert b"SECRET" not in environment
    assert b"DATABASE" not in environment


def test_a_decoder_that_does_not_start_is_nobody_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "ROOT", Path("/"))
    with pytest.raises(decoding.DecoderUnavailable):
        decoding.DecoderPool(processes=1, limits=Limits())
