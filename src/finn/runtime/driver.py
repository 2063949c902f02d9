"""FINN's command line for the board: ``driver.py --exec_mode execute|throughput_test ...``."""

import argparse
import json
import sys
from typing import Any, List, Optional

import numpy as np

if __package__:
    from . import BoardError
    from .board import Accelerator
    from .metrics import throughput_test
    from .model_batch import load
    from .reader import InputOptions
else:  # copied beside the folder ``runtime``
    from runtime import BoardError  # type: ignore[import-not-found, no-redef]
    from runtime.board import Accelerator  # type: ignore[import-not-found, no-redef]
    from runtime.metrics import throughput_test  # type: ignore[import-not-found, no-redef]
    from runtime.model_batch import load  # type: ignore[import-not-found, no-redef]
    from runtime.reader import InputOptions  # type: ignore[import-not-found, no-redef]

__all__ = ("main",)

METRICS = "nw_metrics.txt"


def _arguments(argv: Optional[List[str]]) -> Any:
    parser = argparse.ArgumentParser(description="Run the accelerator in this folder.")
    parser.add_argument("--exec_mode", choices=["execute", "throughput_test"], default="execute")
    parser.add_argument(
        "--batchsize", type=int, help="frames of the throughput test (default 1), or of the input"
    )
    parser.add_argument("--bitfile", default=None, help="bitstream, where it is not the deployment's own")
    parser.add_argument(
        "--inputfile", default="input.npy", help="the model's input: .npy, .npz, an image, a folder, a glob"
    )
    parser.add_argument("--layout", default=None, help="the order of the input's axes, for instance NHWC")
    parser.add_argument("--raw", action="store_true", help="integers are the first quantiser's own")
    parser.add_argument("--resize", action="store_true", help="bring images to the model's size")
    parser.add_argument("--outputfile", default="output.npy", help="where the model's output goes")
    return parser.parse_args(argv)


def _execute(accelerator: Any, options: Any) -> None:
    how = InputOptions(options.layout, options.raw, options.resize)
    values = load(options.inputfile, accelerator.description)
    batch = accelerator.batch(values, how, options.inputfile)
    if options.batchsize not in (None, batch.frames):
        raise BoardError(
            "%s holds %d inputs; --batchsize is %d" % (options.inputfile, batch.frames, options.batchsize)
        )
    outputs = accelerator.complete(batch)
    if isinstance(outputs, list):
        names = [entry["name"] for entry in accelerator.description.model_outputs]
        np.savez(options.outputfile, **dict(zip(names, outputs)))
    else:
        np.save(options.outputfile, outputs)


def main(argv: Optional[List[str]] = None) -> int:
    """Run the command line; returns the exit code."""
    options = _arguments(argv)
    try:
        if options.batchsize is not None and options.batchsize < 1:
            raise BoardError("--batchsize must be at least 1, not %d" % options.batchsize)
        with Accelerator(".", bitfile=options.bitfile) as accelerator:
            if options.exec_mode == "execute":
                _execute(accelerator, options)
            else:
                with open(METRICS, "w") as file:
                    file.write(json.dumps(throughput_test(accelerator, options.batchsize or 1)))
                print("Results written to " + METRICS)
    except (BoardError, ValueError) as error:
        sys.stderr.write("driver.py: %s\n" % error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
