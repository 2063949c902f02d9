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
else:  # copied beside the folder ``runtime``
    from runtime import BoardError  # type: ignore[import-not-found, no-redef]
    from runtime.board import Accelerator  # type: ignore[import-not-found, no-redef]
    from runtime.metrics import throughput_test  # type: ignore[import-not-found, no-redef]

__all__ = ("main",)

METRICS = "nw_metrics.txt"


def _arguments(argv: Optional[List[str]]) -> Any:
    parser = argparse.ArgumentParser(description="Run the accelerator in this folder.")
    parser.add_argument("--exec_mode", choices=["execute", "throughput_test"], default="execute")
    parser.add_argument(
        "--batchsize", type=int, default=1, help="frames of the throughput test, or of the input"
    )
    parser.add_argument("--bitfile", default=None, help="bitstream, where it is not the deployment's own")
    parser.add_argument("--inputfile", default="input.npy", help="the model's input")
    parser.add_argument("--outputfile", default="output.npy", help="where the model's output goes")
    return parser.parse_args(argv)


def _execute(accelerator: Any, options: Any) -> None:
    try:
        values = np.load(options.inputfile, allow_pickle=False)
    except (EnvironmentError, ValueError) as error:
        raise BoardError("%s cannot be read: %s" % (options.inputfile, error))
    if values.shape[:1] != (options.batchsize,):
        raise BoardError(
            "%s holds an array of shape %s; --batchsize is %d"
            % (options.inputfile, values.shape, options.batchsize)
        )
    np.save(options.outputfile, accelerator(values))


def main(argv: Optional[List[str]] = None) -> int:
    """Run the command line; returns the exit code."""
    options = _arguments(argv)
    try:
        if options.batchsize < 1:
            raise BoardError("--batchsize must be at least 1, not %d" % options.batchsize)
        with Accelerator(".", bitfile=options.bitfile) as accelerator:
            if options.exec_mode == "execute":
                _execute(accelerator, options)
            else:
                with open(METRICS, "w") as file:
                    file.write(json.dumps(throughput_test(accelerator, options.batchsize)))
                print("Results written to " + METRICS)
    except (BoardError, ValueError) as error:
        sys.stderr.write("driver.py: %s\n" % error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
