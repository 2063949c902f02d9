"""The layer LabelSelect."""

from finn.kernels.label_select.op import LabelSelect

__all__ = ("LabelSelect",)
