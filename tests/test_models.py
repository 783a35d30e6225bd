"""Models are fetched, checked and installed whole or not at all, whatever the network and the disk do."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer import models
from analyzer.errors import ModelError, ModelMissing
from analyzer.models.archive import take
from analyzer.models.fetch import BLOCK

NAME = "tiny-speech"
FILES = {
    "am/final.mdl": os.urandom(150_000),
    "conf/model.conf": b"--beam=10.0\n",
    "graph/phones/word_boundary.int": b"1 nonword\n",
}
ROOT = Path(__file__).parents[1]


def zipped(files: dict[str, bytes], folder: str = NAME) -> bytes:
    """A zip with these files below a folder, and a README that is no part of the model."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**files, "README": folder.encode()}.items():
            archive.writestr(f"{folder}/{name}", data)
    return buffer.getvalue()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


ARCHIVE = zipped(FILES)
AAR = zipped(FILES, "assets/model")  # the same model in another archive


@dataclass
class Shelf:
    """A web server on this machine, and how it misbehaves."""

    url: str = ""
    data: dict[str, bytes] = field(default_factory=lambda: {"/tiny.zip": ARCHIVE, "/tiny.aar": AAR})
    cuts: list[int] = field(default_factory=list)  # break the next answers off after so many bytes
    ranges: bool = True  # whether it can go on from the middle
    pause_s: float = 0.0  # before each 10 kB
    asked: list[tuple[str, str | None]] = field(default_factory=list)  # path and Range of each request

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.asked.append((request.path, wanted))
        if request.path not in self.data:
            request.send_error(404)
            return
        data, start = self.data[request.path], 0
        if wanted and self.ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(data):
                request.send_error(416)
                return
            request.send_response(206)
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            request.send_response(200)
        request.send_header("Content-Length", str(len(data) - start))
        request.end_headers()
        end = start + self.cuts.pop(0) if self.cuts else len(data)
        for at in range(start, min(end, len(data)), 10_000):
            request.wfile.write(data[at : min(at + 10_000, end)])
            time.sleep(self.pause_s)
        request.close_connection = True


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                shelf.answer(self)
            except ConnectionError:  # the other side was killed on purpose
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        shelf.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield shelf
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of our own, and no speech model of the machine's."""
    monkeypatch.setenv("ANALYZER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("VOSK_MODEL_PATH", raising=False)
    return tmp_path / "cache"


def announce(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    *sources: tuple[str, str],
    files: dict[str, bytes] | None = FILES,
    unpacked: int = 200_000,
) -> None:
    """A manifest with one model from these (url, sha256)."""
    lines = ['default_speech = "tiny-speech"', "[[model]]", 'name = "tiny-speech"', 'kind = "speech"']
    lines += ['language = "en-US"', 'licence = "CC0-1.0"', 'about = "for tests"', "download_bytes = 150000"]
    lines += [f"unpacked_bytes = {unpacked}"]
    for url, digest in sources:
        lines += ["[[model.source]]", f'url = "{url}"', f'sha256 = "{digest}"', 'folder = "any"']
    if files:
        lines += ["[model.files]", *(f'"{name}" = "{sha(data)}"' for name, data in files.items())]
    path = folder / f"manifest-{time.monotonic_ns()}.toml"
    path.write_text("\n".join(lines))
    monkeypatch.setenv("ANALYZER_MANIFEST", str(path))


@pytest.fixture
def tiny(shelf: Shelf, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A shelf with the tiny model on it, and a manifest that says so."""
    announce(monkeypatch, tmp_path, (f"{shelf.url}/tiny.zip", sha(ARCHIVE)))
    return shelf


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# Fetching


def test_a_pull_installs_the_files_of_the_model_and_nothing_else(tiny: Shelf, cache: Path) -> None:
    """The README of the archive stays behind; so do the download and the unpacking place."""
    seen: list[tuple[int, int]] = []
    path = models.pull(NAME, lambda done, total: seen.append((done, total)))
    assert path == models.find(NAME) == cache / NAME
    assert contents(path) == FILES
    assert seen[-1] == (len(ARCHIVE), len(ARCHIVE))
    assert list((cache / "downloads").iterdir()) == []
    assert list((cache / "incoming").iterdir()) == []


def test_a_model_that_is_there_is_not_fetched_again(tiny: Shelf, cache: Path) -> None:
    """A second pull asks nobody."""
    models.pull(NAME)
    models.pull(NAME)
    models.ensure(NAME, print)
    assert len(tiny.asked) == 1


def test_the_first_use_fetches_and_says_so(tiny: Shelf, cache: Path) -> None:
    """One sentence, once."""
    said: list[str] = []
    models.ensure(NAME, said.append)
    models.ensure(NAME, said.append)
    assert len(said) == 1
    assert "fetching" in said[0]


def test_whichever_source_answers(shelf: Shelf, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not exist, a closed port and a missing page: then the fourth source, and no long wait."""
    announce(
        monkeypatch,
        tmp_path,
        ("http://nowhere.invalid/tiny.zip", sha(ARCHIVE)),
        ("http://127.0.0.1:9/tiny.zip", sha(ARCHIVE)),
        (f"{shelf.url}/gone.zip", sha(ARCHIVE)),
        (f"{shelf.url}/tiny.aar", sha(AAR)),
    )
    began = time.monotonic()
    assert contents(models.pull(NAME)) == FILES
    assert time.monotonic() - began < 6


def test_two_archives_of_one_model_are_the_same_model(
    shelf: Shelf, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record names a model by its files, not by the archive it came in."""
    identities = set()
    for name, archive in (("tiny.zip", ARCHIVE), ("tiny.aar", AAR)):
        monkeypatch.setenv("ANALYZER_CACHE", str(tmp_path / name))
        announce(monkeypatch, tmp_path, (f"{shelf.url}/{name}", sha(archive)))
        models.pull(NAME)
        identities.add(models.identity(NAME))
    assert len(identities) == 1


def test_a_transfer_that_breaks_off_goes_on_where_it_stopped(tiny: Shelf, cache: Path) -> None:
    """Twice cut, and only the block that was under way is fetched twice."""
    tiny.cuts = [50_000, 30_000]
    assert contents(models.pull(NAME)) == FILES
    assert [wanted for _, wanted in tiny.asked] == [None, f"bytes={3 * BLOCK}-", f"bytes={4 * BLOCK}-"]


def test_the_next_run_goes_on_too(tiny: Shelf, cache: Path) -> None:
    """What came before the network went away is kept for the next pull."""
    tiny.cuts = [50_000, 0]
    with pytest.raises(ModelMissing):
        models.pull(NAME)
    models.pull(NAME)
    assert tiny.asked[-1] == ("/tiny.zip", f"bytes={3 * BLOCK}-")


def test_a_server_that_cannot_resume_starts_over(tiny: Shelf, cache: Path) -> None:
    """It sends the whole archive again, and that is what is used."""
    tiny.cuts, tiny.ranges = [50_000], False
    assert contents(models.pull(NAME)) == FILES


def test_a_beginning_that_does_not_fit_is_thrown_away(tiny: Shelf, cache: Path) -> None:
    """The front of one file and the back of another have the wrong hash; then all of it is fetched."""
    part = cache / "downloads" / f"{NAME}-{sha(ARCHIVE)[:12]}.part"
    part.parent.mkdir(parents=True)
    for stale in (b"x" * 50_000, b"x" * (len(ARCHIVE) + 5)):
        part.write_bytes(stale)
        models.pull(NAME)
        assert contents(models.find(NAME)) == FILES
        (cache / NAME / "am" / "final.mdl").unlink()


def test_another_archive_than_promised_is_not_used(tiny: Shelf, cache: Path) -> None:
    """A captive portal's page, say: nothing is unpacked, nothing is kept."""
    tiny.data["/tiny.zip"] = b"<html>Welcome to the hotel network</html>"
    with pytest.raises(ModelMissing, match="something else than the model"):
        models.pull(NAME)
    assert not (cache / NAME).exists()
    assert list((cache / "downloads").iterdir()) == []


def test_the_right_archive_with_the_wrong_file_in_it_is_refused(
    shelf: Shelf, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files decide, even where the archive's hash agrees."""
    changed = zipped({**FILES, "conf/model.conf": b"--beam=1.0\n"})
    shelf.data["/tiny.zip"] = changed
    announce(monkeypatch, tmp_path, (f"{shelf.url}/tiny.zip", sha(changed)))
    with pytest.raises(ModelError, match=r"conf/model\.conf differs"):
        models.pull(NAME)
    assert not (cache / NAME).exists()


def test_offline_the_message_says_what_to_do(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, with the three ways out, in a few seconds."""
    announce(monkeypatch, tmp_path, ("http://nowhere.invalid/a.zip", "0"), ("http://127.0.0.1:9/b.zip", "0"))
    began = time.monotonic()
    with pytest.raises(ModelMissing) as missing:
        models.ensure(NAME, print)
    assert time.monotonic() - began < 6
    message = str(missing.value)
    assert "\n" not in message
    for way_out in ("analyzer models pull", "analyzer models add PATH", "VOSK_MODEL_PATH", "nowhere.invalid"):
        assert way_out in message


# Several processes, and a disk that is full


def start_pull(first: str = "") -> subprocess.Popen[str]:
    """`analyzer models pull` in a process of its own, which does something else first."""
    code = (
        f"{first}\nimport sys; sys.argv[1:] = ['models', 'pull', '--json']\nfrom analyzer.__main__ import main; main()"
    )
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], stdout=pipe, stderr=pipe, text=True, cwd=ROOT)


def test_two_pulls_at_once_fetch_once(tiny: Shelf, cache: Path) -> None:
    """The second waits for the first, says so, and finds the model ready."""
    tiny.pause_s = 0.05
    first, second = start_pull(), start_pull()
    said = [process.communicate(timeout=60)[1] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert len(tiny.asked) == 1
    assert sum("waiting for it" in line for line in said) == 1


def test_a_killed_pull_leaves_nothing_that_looks_like_a_model(tiny: Shelf, cache: Path) -> None:
    """The next one takes up what it left."""
    tiny.pause_s = 0.05
    process = start_pull()
    parts = cache / "downloads"
    deadline = time.monotonic() + 30
    while not any(part.stat().st_size for part in parts.glob("*.part")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert not (cache / NAME).exists()
    tiny.pause_s = 0
    assert contents(models.pull(NAME)) == FILES
    assert tiny.asked[-1][1] is not None


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
def test_a_full_disk_is_one_line(tiny: Shelf, cache: Path) -> None:
    """No trace, no half model, and the download gives its space back."""
    process = start_pull("import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))")
    out, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert said.startswith("analyzer: no space in ")
    assert said.count("\n") == 1
    assert not (cache / NAME).exists()
    assert list((cache / "downloads").iterdir()) == []


def test_too_little_space_is_known_beforehand(
    shelf: Shelf, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model larger than the disk is not begun."""
    announce(monkeypatch, tmp_path, (f"{shelf.url}/tiny.zip", sha(ARCHIVE)), unpacked=10**16)
    with pytest.raises(ModelError, match="no space"):
        models.pull(NAME)
    assert shelf.asked == []


def test_a_cache_that_cannot_be_made_is_one_line(tiny: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here a file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ANALYZER_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(ModelError, match="set ANALYZER_CACHE"):
        models.pull(NAME)


# Before use


def test_a_truncated_file_is_found_before_use_and_mended_by_a_pull(tiny: Shelf, cache: Path) -> None:
    """The size is enough to know."""
    models.pull(NAME)
    (cache / NAME / "am" / "final.mdl").write_bytes(FILES["am/final.mdl"][:100])
    with pytest.raises(ModelError, match=r"am/final\.mdl.*analyzer models pull"):
        models.find(NAME)
    models.pull(NAME)
    assert contents(models.find(NAME)) == FILES


def test_a_file_that_is_gone_is_missed(tiny: Shelf, cache: Path) -> None:
    """By name."""
    models.pull(NAME)
    (cache / NAME / "conf" / "model.conf").unlink()
    with pytest.raises(ModelError, match=r"has no conf/model\.conf"):
        models.find(NAME)


def test_use_trusts_size_and_time_and_verify_trusts_nothing(tiny: Shelf, cache: Path) -> None:
    """A byte changed behind the clock's back is what `verify` is for."""
    file = models.pull(NAME) / "conf" / "model.conf"
    before = file.stat()
    file.write_bytes(b"--beam=99.0"[: before.st_size].ljust(before.st_size))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    models.find(NAME)
    with pytest.raises(ModelError, match="damaged or was changed"):
        models.verify(NAME)


def test_a_touched_file_is_read_again_and_found_good(tiny: Shelf, cache: Path) -> None:
    """A copied cache has new times; it is read once and then trusted again."""
    path = models.pull(NAME)
    os.utime(path / "am" / "final.mdl", ns=(1, 1))
    assert models.find(NAME) == path


def test_a_spoilt_note_only_costs_another_look(tiny: Shelf, cache: Path) -> None:
    """Notes are a convenience, not the truth."""
    path = models.pull(NAME)
    for note in (cache / "seen").iterdir():
        note.write_text('{"files": [1, 2')
    assert models.find(NAME) == path


# Added by hand


@pytest.mark.parametrize("shape", ["zip", "aar", "folder", "folder above", "with more in it"])
def test_a_model_can_be_added_without_a_network(shape: str, tiny: Shelf, cache: Path, tmp_path: Path) -> None:
    """As an archive of either kind, or as a folder that was unpacked already."""
    path = tmp_path / "given"
    if shape in ("zip", "aar"):
        path.write_bytes(ARCHIVE if shape == "zip" else AAR)
    else:
        root = path / "model" if shape == "folder above" else path
        for name, data in {**FILES, **({"uuid": b"1"} if shape == "with more in it" else {})}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
    assert contents(models.add(NAME, path)) == FILES
    assert not models.taken_on_trust(NAME)
    assert tiny.asked == []


def test_a_model_without_known_hashes_is_taken_on_trust_and_watched(
    shelf: Shelf, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive's own hash vouches for a pull; for a folder nothing does, and that is said."""
    announce(monkeypatch, tmp_path, (f"{shelf.url}/tiny.zip", sha(ARCHIVE)), files=None)
    path = models.pull(NAME)
    assert not models.taken_on_trust(NAME)
    copied = tmp_path / "copied"
    path.rename(copied)
    models.add(NAME, copied)
    assert models.taken_on_trust(NAME)
    (path / "am" / "final.mdl").write_bytes(b"something else")
    with pytest.raises(ModelError, match="damaged or was changed"):
        models.find(NAME)


def hostile(entry: zipfile.ZipInfo | str) -> bytes:
    buffer = io.BytesIO(ARCHIVE)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(entry, b"hello")
    return buffer.getvalue()


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(f"{NAME}/am/link")
    entry.external_attr = 0o120777 << 16
    return entry


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(hostile("../evil"), id="parent"),
        pytest.param(hostile(f"{NAME}/am/../../../evil"), id="parent inside"),
        pytest.param(hostile("/evil"), id="absolute"),
        pytest.param(hostile("..\\evil"), id="backslash"),
        pytest.param(hostile("C:/evil"), id="drive"),
        pytest.param(hostile(link()), id="link"),
        pytest.param(hostile(f"{NAME}/AM/final.mdl"), id="twice, but for the case"),
        pytest.param(zipped({**FILES, "am/final.mdl": bytes(50_000_000)}), id="bomb"),
        pytest.param(zipped({f"{number}": b"" for number in range(1001)}), id="many"),
    ],
)
def test_archives_that_cannot_be_trusted_are_refused(data: bytes, tiny: Shelf, cache: Path, tmp_path: Path) -> None:
    """Nothing is written outside, nothing is installed, and the message is one line with the file's name."""
    path = tmp_path / "given.zip"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"given\.zip is refused") as refused:
        models.add(NAME, path)
    assert "\n" not in str(refused.value)
    assert not (cache / NAME).exists()
    assert not list(tmp_path.rglob("*evil*"))
    assert list((cache / "incoming").iterdir()) == []


def test_what_is_no_model_is_said_to_be_none(tiny: Shelf, cache: Path, tmp_path: Path) -> None:
    """An empty folder, a zip of something else, a text, nothing at all."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "photos.zip").write_bytes(zipped({"beach.jpg": b"blue"}))
    (tmp_path / "letter.txt").write_text("Dear Sir")
    for name in ("folder", "photos.zip", "letter.txt", "nothing"):
        with pytest.raises(ModelError, match=name):
            models.add(NAME, tmp_path / name)


def test_a_failed_add_leaves_the_good_model_in_place(tiny: Shelf, cache: Path, tmp_path: Path) -> None:
    """What worked before still works."""
    models.pull(NAME)
    (tmp_path / "bad.zip").write_bytes(zipped({**FILES, "am/final.mdl": b"no"}))
    with pytest.raises(ModelError, match="differs"):
        models.add(NAME, tmp_path / "bad.zip")
    assert contents(models.find(NAME)) == FILES


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=4), keep=st.floats(0, 1))
def test_damaged_archives_give_our_own_error(
    edits: list[tuple[float, bytes]], keep: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever bytes are changed or cut off, no other exception comes out."""
    data = bytearray(zipped({"am/final.mdl": b"0123456789" * 20, "conf/model.conf": b"--beam=10.0\n"}))
    for where, new in edits:
        at = int(where * (len(data) - 1))
        data[at : at + len(new)] = new
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "given.zip"
    path.write_bytes(data[: int(len(data) * (0.5 + keep / 2)) + 1])
    model = models.Model(NAME, "speech", "en-US", "CC0-1.0", "", 0, 1_000_000)
    try:
        take(model, path, folder / "out")
    except ModelError as error:
        assert "\n" not in str(error)


# Where models are looked for


def unpack(folder: Path) -> Path:
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_vosk_model_path_may_be_a_folder_of_models(
    tiny: Shelf, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Vosk itself reads it; the files are checked all the same."""
    folder = unpack(tmp_path / "theirs" / NAME)
    monkeypatch.setenv("VOSK_MODEL_PATH", str(folder.parent))
    assert models.find(NAME) == folder
    (folder / "am" / "final.mdl").write_bytes(b"damaged")
    with pytest.raises(ModelError, match="damaged"):
        models.find(NAME)
    assert tiny.asked == []


def test_vosk_model_path_may_be_a_model_of_ones_own(
    tiny: Shelf, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing to compare it with, so it is used as it is, also after it was trained anew; its hash still names it."""
    folder = unpack(tmp_path / "our-own-model")
    monkeypatch.setenv("VOSK_MODEL_PATH", str(folder))
    assert models.ensure(NAME, print) == folder
    before = models.identity(NAME)
    (folder / "am" / "final.mdl").write_bytes(b"trained anew")
    assert models.find(NAME) == folder
    assert models.identity(NAME) != before


def test_vosk_model_path_that_leads_nowhere_is_an_error(
    tiny: Shelf, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was set on purpose: going on with another model would hide the mistake."""
    monkeypatch.setenv("VOSK_MODEL_PATH", str(tmp_path / "typo"))
    with pytest.raises(ModelError, match="VOSK_MODEL_PATH"):
        models.ensure(NAME, print)


def test_what_comes_with_the_program_is_whole() -> None:
    """Every shipped model lists its files, and they are what the manifest says."""
    for model in models.manifest().values():
        if model.shipped:
            assert model.files
            assert models.verify(model.name) == ROOT / model.shipped


def test_the_small_model_can_be_had_from_two_places() -> None:
    """The vendor first, then Maven Central; larger ones from the vendor."""
    hosts = [[source.host for source in model.sources] for model in models.manifest().values() if not model.shipped]
    assert hosts[0] == ["alphacephei.com", "repo1.maven.org"]
    assert hosts[1:3] == [["alphacephei.com"], ["alphacephei.com"]]


def test_shipped_files_are_found_in_a_wheel_too(tmp_path: Path) -> None:
    """There they lie inside the package."""
    package = tmp_path / "analyzer"
    for name in ("__init__.py", "digest.py", "errors.py", "models"):
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).symlink_to(ROOT / "analyzer" / name)
    (package / "_shipped" / "models").mkdir(parents=True)
    code = "from analyzer.models import shipped; print(shipped('models/vad'), shipped('models'))"
    # symlinks resolve to the clone, so the module is read from a copy
    (package / "models").unlink()
    (package / "models").mkdir()
    for file in (ROOT / "analyzer" / "models").glob("*.py"):
        (package / "models" / file.name).write_text(file.read_text())
    out = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert out.split() == [str(tmp_path / "models" / "vad"), str(package / "_shipped" / "models")]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "default_speech|model"),
        ("not toml [", "mistake in the model manifest"),
        ('default_speech = "a"\nmodel = []', "not one of its models"),
        ('default_speech = "a"\n[[model]]\nname = "../a"\nkind = "speech"', "no name for a folder"),
        ('default_speech = "a"\n[[model]]\nname = "a"\nkind = "cat"', "no kind"),
        ('default_speech = "a"\n[[model]]\nname = "a"\nkind = "vad"\nfiles = {"../x" = "0"}', "outside its folder"),
    ],
)
def test_a_manifest_with_a_mistake_is_one_line(
    text: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the file."""
    path = tmp_path / "manifest.toml"
    path.write_text(text)
    monkeypatch.setenv("ANALYZER_MANIFEST", str(path))
    with pytest.raises(ModelError, match=complaint) as mistake:
        models.manifest()
    assert str(path) in str(mistake.value)


def test_an_unknown_name_lists_the_known_ones() -> None:
    """So that a typo is mended at once."""
    with pytest.raises(ModelError, match="vosk-model-small-en-us"):
        models.find("vosk-model-smal")
