"""How a board is doing and who uses it; needs no deployment: ``python3 probe.py`` prints JSON."""

import fcntl
import json
import os
import tempfile
from typing import Any, Dict, Optional

__all__ = ("HOLDER", "LOCK", "holder", "read_note", "state")

LOCK = os.path.join(tempfile.gettempdir(), "finn-pynq.lock")
HOLDER = os.path.join(tempfile.gettempdir(), "finn-pynq.holder")
MAX_NOTE = 1 << 12


def holder() -> Optional[Dict[str, Any]]:
    """What the program that holds the board's lock says of itself; None if nobody does."""
    try:
        file = os.open(LOCK, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return read_note()
    finally:
        os.close(file)
    return None


def read_note() -> Dict[str, Any]:
    """The note of the lock's last holder: ``client``, ``pid`` and ``since``; empty if there is none."""
    try:
        with open(HOLDER, "rb") as file:
            note = json.loads(file.read(MAX_NOTE).decode())
    except (EnvironmentError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def state() -> Dict[str, Any]:
    """What ``finn boards check`` shows; what cannot be found out is left out."""
    found: Dict[str, Any] = {"holder": holder()}
    if "SC_AVPHYS_PAGES" in os.sysconf_names:
        found["free_memory"] = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    disk = os.statvfs(".")
    found["free_disk"] = disk.f_bavail * disk.f_frsize
    try:
        import pynq

        found["pynq"] = str(pynq.__version__)
        found["fclk_mhz"] = float(pynq.Clocks.fclk0_mhz)
    except Exception as error:  # whatever a broken installation raises, the rest is worth telling
        found["problem"] = "%s: %s" % (type(error).__name__, error)
    return found


if __name__ == "__main__":
    print(json.dumps(state()))
