"""Data flows one way: a module may import only from the layers below its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "analyzer"

LAYERS = (
    # from the bottom up; modules of one layer do not import each other
    ("errors", "digest", "loopback", "interrupt", "cores"),
    ("audio",),
    ("ring", "speech", "prosody", "spoken", "ways", "idioms", "wording"),
    ("gate", "intake", "voice", "behaviour", "sounds", "meaning"),
    ("affect", "hold"),
    ("dialogue", "measures"),
    ("escalation", "promises"),
    ("conduct", "summary"),
    ("facts", "examples", "outcome"),
    ("lint",),
    ("playbook",),
    ("events",),
    ("coach", "channel"),
    ("call",),
    ("record", "transcript"),
    ("models", "engines", "sources", "report", "testing", "live", "overlay", "care", "gym", "rehearsal", "comparison",
     "archive"),
    ("server", "practice", "audit", "batch"),
    ("training",),
    ("evaluation", "evaluation_voice"),
    ("evaluation_joined",),
    ("evaluation_plots",),
    ("bench", "bench_live", "bench_turns"),
    ("bench_score", "bench_whisper"),
    ("bench_text",),
    ("bench_archive", "bench_audit", "bench_batch", "bench_capacity", "bench_growth", "bench_memory",
     "bench_ready"),
    ("cli",),
    ("__main__",),
)  # fmt: skip
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def imports_of(path: Path) -> Iterator[str]:
    """The parts of this package that one file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [f"{node.module}.{alias.name}" for alias in node.names]
            if isinstance(node, ast.ImportFrom) and node.module
            else []
        )
        for name in names:
            parts = name.split(".")
            if parts[0] == "analyzer" and len(parts) > 1:
                yield parts[1]


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def test_every_module_has_its_place() -> None:
    """A new module must be put into the order on purpose."""
    parts = {part_of(path) for path in PACKAGE.rglob("*.py")} - {"__init__"}
    assert parts - set(RANK) == set()


def test_imports_point_one_way() -> None:
    """From the command line inwards to the values, never back and never sideways."""
    offending = [
        f"{path.relative_to(PACKAGE)} imports {target}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for target in imports_of(path)
        if target in RANK and target != (part := part_of(path)) and RANK[target] >= RANK.get(part, len(LAYERS))
    ]
    assert offending == []


def test_heavy_libraries_stay_in_the_engines() -> None:
    """Only `engines/` knows Vosk, onnxruntime and torch; training may use what it likes."""
    heavy = {"vosk", "onnxruntime", "torch"}
    offending = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if part_of(path) in {"engines", "training"}:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            roots = (
                {alias.name.split(".")[0] for alias in node.names}
                if isinstance(node, ast.Import)
                else {(node.module or "").split(".")[0]}
                if isinstance(node, ast.ImportFrom)
                else set()
            )
            offending += [f"{path.relative_to(PACKAGE)}: {name}" for name in sorted(roots & heavy)]
    assert offending == []
