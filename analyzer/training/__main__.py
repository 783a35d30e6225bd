"""`python -m analyzer.training --data FOLDER`: from the raw data to the files in models/affect."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import click
import torch
from tokenizers import Tokenizer

from analyzer.engines.pieces import VOCABULARY
from analyzer.engines.torch_affect import dequantized
from analyzer.errors import AnalyzerError
from analyzer.models import ensure, shipped
from analyzer.training.calibrate import calibration
from analyzer.training.corpora import LOCK, OPINIONS_FILE, hashes, load, taught
from analyzer.training.fit import FURTHER, STAGES, TAUGHT, Fit, Stage
from analyzer.training.manifest import update
from analyzer.training.network import BACKBONE, Network, export, resumed
from analyzer.training.slim import slim


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True), required=True, help="Folder of the public corpora."
)
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Where the model goes; models/affect.")
@click.option(
    "--work",
    type=click.Path(path_type=Path),
    default=Path("build/training"),
    show_default=True,
    help="Folder for the checkpoint; a run goes on from there.",
)
@click.option("--seed", default=0, show_default=True)
@click.option("--threads", default=2, show_default=True, help="CPU cores to use.")
@click.option("--further", is_flag=True, help="One pass more from the shipped weights, for new phrases.")
@click.option(
    "--taught", "opined", is_flag=True, help="The same, with the opinions that analyzer.training.teacher wrote."
)
@click.option("--relock", is_flag=True, help="Accept data that differs from what the lock says, and lock it.")
def main(
    data: Path, out: Path | None, work: Path, seed: int, threads: int, further: bool, opined: bool, relock: bool
) -> None:
    """Train, calibrate and export the text model."""
    _check_lock(data, relock)
    torch.set_num_threads(threads)
    work.mkdir(parents=True, exist_ok=True)
    backbone = ensure(BACKBONE, click.echo)
    tokenizer = Tokenizer.from_file(str(backbone / f"{BACKBONE}-tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    torch.manual_seed(seed)
    corpora = taught(load(data), work / OPINIONS_FILE) if opined else load(data)
    network = Network(backbone / f"{BACKBONE}.onnx")
    stages: Sequence[Stage] = STAGES
    kept = "checkpoint.pt"
    if further:
        stages, kept = FURTHER, "further.pt"
    if opined:
        stages, kept = TAUGHT, "taught.pt"
    goes_on, checkpoint = stages is not STAGES, work / kept
    if goes_on:
        resumed(network, dequantized(shipped("models/affect") / "model.onnx"))
    fit = Fit(network, tokenizer, corpora, seed)
    fit.run(stages, checkpoint, click.echo)
    folder = out or shipped("models/affect")
    folder.mkdir(parents=True, exist_ok=True)
    export(fit.averaged, folder / "model.onnx")
    shutil.copyfile(backbone / f"{BACKBONE}-tokenizer.json", folder / "tokenizer.json")
    (folder / VOCABULARY).unlink(missing_ok=True)
    slim(folder, (example.text for examples in corpora.train.values() for example in examples))
    text = json.dumps(calibration(folder, corpora, seed), indent=1)
    (folder / "calibration.json").write_text(text + "\n", encoding="utf-8")
    if goes_on:
        checkpoint.unlink()  # the next pass begins from what was shipped by then
    if out is None:
        update(shipped("models") / "manifest.toml", folder)


def _check_lock(data: Path, relock: bool) -> None:
    found = hashes(data)
    if relock or not LOCK.exists():
        LOCK.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    elif found != (locked := json.loads(LOCK.read_text("utf-8"))):
        changed = sorted(name for name in {*found, *locked} if found.get(name) != locked.get(name))
        raise AnalyzerError(f"the data differs from {LOCK.name}: {', '.join(changed)}; pass --relock to accept it")


if __name__ == "__main__":
    main()
