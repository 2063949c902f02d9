"""Measures what a user waits for and what the hardware does; one table, and results.json.

``make bench`` calls it; ``python bench/run.py packing`` prints the named sections only and writes no file.
TFC and MLPerf Tiny (they need ``../shared/models``) are left out where the networks are not there.
Times are wall-clock, the smallest of several runs where a run is short.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from commands import imports
from figure import Figure
from mlperf_tiny import mlperf_tiny
from networks import networks
from packing import packing
from published_networks import published
from resources import resources
from rich.console import Console
from rich.table import Table
from sessions import sessions

RESULTS = Path(__file__).with_name("results.json")
# Each takes a folder to work in.
SECTIONS: dict[str, Callable[[Path], Iterator[Figure]]] = {
    "packing": lambda work: packing(),
    "commands": lambda work: imports(),
    "networks": networks,
    "published": published,
    "mlperf_tiny": mlperf_tiny,
    "sessions": sessions,
    "resources": resources,
}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="Measures; without sections all of them.")
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(SECTIONS))
    chosen = parser.parse_args().sections
    for section in chosen:
        if section not in SECTIONS:
            parser.error(f"section {section} is unknown; possible are {', '.join(SECTIONS)}")
    figures = list(_measured(chosen or list(SECTIONS)))
    Console(width=120, highlight=False).print(_table(figures))
    if not chosen:
        result = {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "figures": [asdict(figure) for figure in figures],
        }
        RESULTS.write_text(json.dumps(result, indent=1) + "\n")


def _measured(sections: list[str]) -> Iterator[Figure]:
    for section in sections:
        with tempfile.TemporaryDirectory() as scratch:
            for figure in SECTIONS[section](Path(scratch)):
                print(f"{figure.name}: {figure.value:.4g} {figure.unit}", file=sys.stderr)
                yield figure


def _table(figures: list[Figure]) -> Table:
    table = Table("figure", "value", "unit", "", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for figure in figures:
        value = f"{figure.value:,.3f}" if figure.value < 1000 else f"{figure.value:,.0f}"
        table.add_row(figure.name, value, figure.unit, figure.note)
    return table


if __name__ == "__main__":
    main()
