import os
import shutil
import struct
import subprocess
import tracemalloc
import wave
from io import BytesIO
from pathlib import Path
from zlib import crc32

import pytest
from PIL import Image

from taskmatrix.conversation.attachments import (
    attachment_of,
    describe_attachment,
    read_attachment,
    read_attachments,
)
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.errors import NotFoundError, UsageError
from taskmatrix.core.protocols import Attachment
from taskmatrix.store import FileBlobs

with_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobs:
    return FileBlobs(tmp_path / "home")


def picture(path: Path, size=(640, 480), kind="PNG", mode="RGB", **options) -> Path:
    Image.effect_noise(size, 90).convert(mode).save(path, kind, **options)
    return path


def sound(path: Path, seconds: float = 2.5) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(b"\0\1" * int(8_000 * seconds))
    return path


def video(path: Path, seconds: int = 4) -> Path:
    source = f"testsrc=size=320x240:rate=10:duration={seconds}"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", source, str(path)], check=True)
    return path


def refusal(path: Path, blobs: FileBlobs, kind=UsageError):
    with pytest.raises(kind) as caught:
        read_attachment(path, blobs)
    assert caught.value.hint
    return caught.value.message


def test_a_small_image_is_shown_as_it_is(tmp_path, blobs):
    path = picture(tmp_path / "photo.png")
    found = read_attachment(path, blobs)
    (media,) = found.media
    assert (media.media_type, media.name, media.data) == ("image/png", "photo.png", path.read_bytes())
    assert blobs.get(found.artifact.digest) == path.read_bytes()
    assert found.artifact.path == str(path)
    assert describe_attachment(found) == f"photo.png: image/png, {path.stat().st_size:,} bytes, 640 × 480 pixels"


@pytest.mark.parametrize(
    ("kind", "mode", "shown"),
    [("JPEG", "RGB", "JPEG"), ("JPEG", "CMYK", "JPEG"), ("PNG", "RGBA", "PNG"), ("GIF", "P", "PNG")],
)
def test_a_large_image_is_scaled_down(tmp_path, blobs, kind, mode, shown):
    flat = Image.new("RGBA", (4000, 2000), (200, 30, 30, 128)).convert(mode)
    flat.save(tmp_path / "big", kind)
    found = read_attachment(tmp_path / "big", blobs)
    with Image.open(BytesIO(found.media[0].data)) as image:
        assert (image.format, image.size) == (shown, (1568, 784))
    assert found.media[0].media_type == f"image/{shown.lower()}"
    assert found.text == "4000 × 2000 pixels, shown as 1568 × 784"


def test_an_image_of_many_bytes_is_shown_with_fewer(tmp_path, blobs):
    path = tmp_path / "noise.png"
    Image.frombytes("RGBA", (1500, 1500), os.urandom(1500 * 1500 * 4)).save(path)
    (media,) = read_attachment(path, blobs).media
    assert media.media_type == "image/jpeg" and len(media.data) < 3_000_000 < path.stat().st_size


def test_a_photo_is_turned_as_its_camera_says(tmp_path, blobs):
    exif = Image.Exif()
    exif[0x0112] = 6
    found = read_attachment(picture(tmp_path / "a.jpg", (60, 40), "JPEG", exif=exif), blobs)
    with Image.open(BytesIO(found.media[0].data)) as image:
        assert image.size == (40, 60)
    assert found.text == "40 × 60 pixels"


def test_of_an_animation_the_first_image_is_shown(tmp_path, blobs):
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    (media,) = read_attachment(tmp_path / "a.gif", blobs).media
    with Image.open(BytesIO(media.data)) as image:
        assert image.format == "PNG" and image.convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def test_the_content_counts_more_than_the_name(tmp_path, blobs):
    assert read_attachment(picture(tmp_path / "a.jpg", kind="PNG"), blobs).artifact.media_type == "image/png"
    (tmp_path / "b.mp4").write_text("no video\n")
    assert read_attachment(tmp_path / "b.mp4", blobs).artifact.media_type == "text/plain"
    (tmp_path / "c.pdf").write_bytes(b"\0\1\2")
    assert read_attachment(tmp_path / "c.pdf", blobs).artifact.media_type == "application/octet-stream"


@pytest.mark.parametrize("data", [b"<html>404</html>", b"\0\1\2\3", b"%PDF-1.7 x"])
def test_a_file_that_is_only_named_as_an_image_is_refused(tmp_path, blobs, data):
    (tmp_path / "photo.png").write_bytes(data)
    assert "is none" in refusal(tmp_path / "photo.png", blobs)


@pytest.mark.parametrize("kept", [16, 60, 0.5])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_damaged_image_is_refused(tmp_path, blobs, kind, kept):
    whole = picture(tmp_path / "whole", kind=kind).read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(whole[: int(kept if kept > 1 else kept * len(whole))])
    assert "damaged" in refusal(path, blobs)


def test_an_image_of_too_many_pixels_is_not_unpacked(tmp_path, blobs):
    header = struct.pack(">II5B", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = struct.pack(">I4s", 13, b"IHDR") + header + struct.pack(">I", crc32(b"IHDR" + header))
    chunks += struct.pack(">I4s", 9, b"IDAT")
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    assert "more pixels" in refusal(tmp_path / "bomb.png", blobs)


def test_a_sound_is_played_as_it_is_with_its_length(tmp_path, blobs):
    found = read_attachment(sound(tmp_path / "note.wav", 65), blobs)
    assert found.media[0].media_type == "audio/wav" and found.text == "1:05"
    (tmp_path / "song").write_bytes(b"ID3\4\0\0" + bytes(100))
    assert read_attachment(tmp_path / "song", blobs).media[0].media_type == "audio/mpeg"


def test_a_damaged_sound_has_no_length(tmp_path, blobs):
    data = sound(tmp_path / "note.wav").read_bytes()
    for cut in (13, 20, 30, 43):
        (tmp_path / "cut.wav").write_bytes(data[:cut])
        assert read_attachment(tmp_path / "cut.wav", blobs).text in ("", "0:00")


def test_a_sound_too_large_to_play_is_said_to_be(tmp_path, blobs):
    found = read_attachment(sound(tmp_path / "long.wav", 1_300), blobs)
    assert found.media == () and found.text == "21:40, too large to be played to a model"


@pytest.mark.parametrize(
    ("name", "data", "kind", "text"),
    [
        ("a.txt", "Grüße\r\n世界\n".encode(), "text/plain", "Grüße\n世界\n"),
        ("a.py", b"print(1)", "text/x-python", "print(1)"),
        ("a.json", b'{"a": 1}', "application/json", '{"a": 1}'),
        ("a.ts", b"let a = 1", "text/plain", "let a = 1"),
        ("Makefile", b"all:\n\tls", "text/plain", "all:\n\tls"),
        ("a.csv", "naïve;1".encode("cp1252"), "text/csv", "naïve;1"),
        ("a.txt", "wide".encode("utf-16"), "text/plain", "wide"),
        ("a.txt", "wide".encode("utf-32"), "text/plain", "wide"),
        ("a.md", "\ufeffmarked".encode(), "text/markdown", "marked"),
        ("a.svg", b"<svg/>", "image/svg+xml", "<svg/>"),
    ],
)
def test_text_and_code_are_read(tmp_path, blobs, name, data, kind, text):
    (tmp_path / name).write_bytes(data)
    found = read_attachment(tmp_path / name, blobs)
    assert (found.artifact.media_type, found.text, found.media) == (kind, text, ())


def test_a_long_text_is_cut_and_says_so(tmp_path, blobs):
    (tmp_path / "log.txt").write_text("é" * 300_000)
    found = read_attachment(tmp_path / "log.txt", blobs)
    assert found.text.startswith(
        "é" * 100_000 + "\n… these are the first 100,000 characters of a file of 600,000 bytes"
    )
    assert found.artifact.digest


@pytest.mark.parametrize("name", ["deck.pptx", "report.pdf", "x.bin", "noname"])
def test_anything_else_is_a_handle(tmp_path, blobs, name):
    (tmp_path / name).write_bytes((b"%PDF-" if name.endswith("pdf") else b"PK\3\4") + bytes(50))
    found = read_attachment(tmp_path / name, blobs)
    assert (found.text, found.media) == ("", ())
    assert describe_attachment(found).startswith(f"{name}: application/")


def test_five_gigabytes_are_not_read_whole(tmp_path, blobs):
    path = tmp_path / "huge.bin"
    path.touch()
    os.truncate(path, 5 * 1024**3)
    tracemalloc.start()
    found = read_attachment(path, blobs)
    again = attachment_of(found.artifact, blobs)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.artifact.size == 5 * 1024**3 and found.artifact.digest == "" and again == found
    assert peak < 10_000_000


def test_a_large_text_is_read_from_its_start_and_again(tmp_path, blobs):
    path = tmp_path / "huge.log"
    path.write_text("line\n" * 100_000)
    with path.open("r+b") as file:
        file.seek(70_000_000)
        file.write(b"end")
    found = read_attachment(path, blobs)
    assert found.text.startswith("line\nline") and "70,000,003 bytes" in found.text
    assert attachment_of(found.artifact, blobs) == found
    path.write_text("another")
    with pytest.raises(NotFoundError, match="not the file"):
        attachment_of(found.artifact, blobs)


def test_what_is_there_no_longer_or_no_file_is_refused_by_name(tmp_path, blobs):
    (tmp_path / "empty.txt").touch()
    os.mkfifo(tmp_path / "pipe")
    assert "gone.txt" in refusal(tmp_path / "gone.txt", blobs, NotFoundError)
    assert "no file" in refusal(tmp_path / "empty.txt" / "x", blobs, NotFoundError)
    assert "folder" in refusal(tmp_path, blobs)
    assert "empty" in refusal(tmp_path / "empty.txt", blobs)
    assert "is no file" in refusal(tmp_path / "pipe", blobs)
    assert "cannot be read" in refusal(tmp_path / ("x" * 300), blobs)
    assert "cannot be read" in refusal(tmp_path / "a\0b", blobs)


def test_an_image_of_a_hundred_megabytes_is_refused(tmp_path, blobs):
    path = picture(tmp_path / "a.png")
    os.truncate(path, 100_000_000)
    assert "100,000,000 bytes" in refusal(path, blobs)


def test_files_are_read_once_from_the_directory_and_at_most_twenty(tmp_path, blobs):
    (tmp_path / "a.txt").write_text("a")
    found = read_attachments(["a.txt", tmp_path / "a.txt", "./a.txt"], tmp_path, blobs)
    assert [each.artifact.name for each in found] == ["a.txt"]
    with pytest.raises(UsageError, match="20"):
        read_attachments([f"{number}.txt" for number in range(21)], tmp_path, blobs)


def test_a_transcript_beside_a_recording_is_an_attachment_of_its_own(tmp_path, blobs):
    sound(tmp_path / "talk.wav")
    (tmp_path / "talk.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nHello\n")
    recording, transcript = read_attachments(["talk.wav"], tmp_path, blobs)
    assert recording.artifact.name == "talk.wav" and transcript.text.endswith("Hello\n")
    assert len(read_attachments(["talk.srt", "talk.wav"], tmp_path, blobs)) == 2


def test_the_same_attachment_comes_again_from_its_handle_when_the_file_is_gone(tmp_path, blobs):
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.bin").write_bytes(b"\0\1")
    paths = [
        picture(tmp_path / "a.png", (2000, 100)),
        sound(tmp_path / "a.wav"),
        tmp_path / "a.txt",
        tmp_path / "b.bin",
    ]
    found = read_attachments(paths, tmp_path, blobs)
    for path in paths:
        path.unlink()
    handles = [Artifact.model_validate_json(each.artifact.model_dump_json()) for each in found]
    assert tuple(attachment_of(handle, blobs) for handle in handles) == found


def test_a_handle_whose_bytes_are_gone_is_refused(tmp_path, blobs):
    (tmp_path / "a.txt").write_text("a")
    found = read_attachment(tmp_path / "a.txt", blobs)
    shutil.rmtree(tmp_path / "home")
    with pytest.raises(NotFoundError):
        attachment_of(found.artifact, blobs)


def test_a_name_that_hides_characters_is_shown_plain(tmp_path, blobs):
    (tmp_path / "a\u202e\x1b[31mtxt.exe").write_bytes(b"x")
    name = read_attachment(tmp_path / "a\u202e\x1b[31mtxt.exe", blobs).artifact.name
    assert name.isprintable()


@with_ffmpeg
@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.avi", "clip.mov"])
def test_a_video_is_shown_as_frames_and_again_when_it_is_gone(tmp_path, blobs, name):
    path = video(tmp_path / name)
    found = read_attachment(path, blobs)
    assert found.text == "0:04, 320 × 240 pixels, 8 frames shown"
    assert [media.name for media in found.media][::7] == [f"{name} at 0:00", f"{name} at 0:03"]
    with Image.open(BytesIO(found.media[0].data)) as image:
        assert (image.format, image.size) == ("JPEG", (320, 240))
    path.unlink()
    assert attachment_of(found.artifact, blobs) == found


@with_ffmpeg
def test_a_damaged_video_is_said_to_have_no_frames(tmp_path, blobs):
    path = video(tmp_path / "clip.mp4")
    path.write_bytes(path.read_bytes()[:500])
    assert read_attachment(path, blobs).text == "its frames cannot be read"


@with_ffmpeg
def test_a_playlist_in_disguise_opens_nothing_else(tmp_path, blobs):
    secret = video(tmp_path / "secret.mp4")
    (tmp_path / "list.mp4").write_bytes(b"\0\0\0\x18ftypmp42\n#EXTM3U\n#EXTINF:1,\n" + str(secret).encode() + b"\n")
    assert read_attachment(tmp_path / "list.mp4", blobs).media == ()


def test_without_ffmpeg_a_video_is_a_handle_that_says_so(tmp_path, blobs, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(50))
    found = read_attachment(tmp_path / "clip.mp4", blobs)
    assert found == Attachment(found.artifact, "its frames are not shown: ffmpeg is not installed")
