"""Registers the emulated device when ``pynq`` is imported, and costs nothing when it is not."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

__all__ = ("install",)

TARGET = "pynq.pl_server.device"


class _Finder(MetaPathFinder):
    """Finds nothing but the module that a Device has to be defined after."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != TARGET:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Runs the module as it is, then defines the emulated device beside it."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        from .device import register

        register(module)


def install() -> None:
    """Have the emulated device registered at the first import of ``pynq``."""
    sys.meta_path.insert(0, _Finder())
