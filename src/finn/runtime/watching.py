"""Figures of a throughput test while it runs."""

import threading
from typing import Any, Callable, Dict, Optional

__all__ = ("Tell", "Watching")

PERIOD_SECONDS = 0.25

Tell = Callable[[Dict[str, Any]], None]


class Watching(object):
    """Tells, from entering the context to leaving it, how far a test is: several times a second.

    Parameters
    ----------
    dmas
        Those of the loaded design, by name; reading their counters changes nothing.
    phases
        Milliseconds by phase so far.
    tell
        Gets the phases, and for each DMA the cycles and stalls of its present or last run; None
        if nobody wants to know.
    """

    def __init__(self, dmas: Dict[str, Any], phases: Dict[str, float], tell: Optional[Tell]) -> None:
        self._dmas, self._phases, self._tell = dmas, phases, tell
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Watching":
        if self._tell is not None:
            self._thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self._ended.set()
        if self._tell is not None:
            try:
                self._thread.join()
            finally:
                self._thread.join()  # after an interrupt, too: it must not read when others have their turn

    def _run(self) -> None:
        assert self._tell is not None
        try:
            while not self._ended.wait(PERIOD_SECONDS):
                self._tell(self._figures())
        except (EnvironmentError, ValueError):
            return  # nobody listens any more

    def _figures(self) -> Dict[str, Any]:
        figures: Dict[str, Any] = dict(self._phases)
        for name, dma in sorted(self._dmas.items()):
            memory, network = dma.stalls
            figures["%s cycles" % name] = dma.cycles
            figures["%s stalled on memory" % name] = memory
            figures["%s stalled on network" % name] = network
        return figures
