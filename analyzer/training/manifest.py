"""Writes the hashes of a new text model into models/manifest.toml, so that it is verified before use."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

FILES = ("calibration.json", "model.bin", "model.onnx", "vocabulary.txt")
_ENTRY = re.compile(r'\n\[\[model\]\]\nname = "affect-en".*?(?=\n\[\[model\]\]|\Z)', re.DOTALL)


def entry(folder: Path) -> str:
    """The manifest's lines for the model in `folder`."""
    size = sum((folder / name).stat().st_size for name in FILES)
    hashes = "".join(f'"{name}" = "{hashlib.sha256((folder / name).read_bytes()).hexdigest()}"\n' for name in FILES)
    return f"""
[[model]]
name = "affect-en"
kind = "affect"
language = "en"
licence = "Apache-2.0"
about = "reads sentiment, intensity, emotions, cues and acts; comes with the program"
download_bytes = {size:_}
unpacked_bytes = {size:_}
shipped = "models/affect"

[model.files]
{hashes}"""


def update(manifest: Path, folder: Path) -> None:
    """Replace the entry in `manifest`, or add it."""
    text = _ENTRY.sub("", manifest.read_text("utf-8")).rstrip() + "\n"
    manifest.write_text(text + entry(folder), encoding="utf-8")
