"""Sphinx configuration. Every reference must resolve: built with ``sphinx-build -n -W``."""

from importlib.metadata import version as installed_version

project = "finn-pynq"
author = "finn-pynq contributors"
project_copyright = "2026, finn-pynq contributors"
release = version = installed_version("finn-pynq")

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_static_path = ["_static"]
html_theme_options = {"description": "From a QONNX file to a PYNQ board", "page_width": "1080px"}

autodoc_typehints = "none"
napoleon_google_docstring = False
# Other projects' inventories are not fetched, so that the documentation builds without a network.
nitpick_ignore_regex = [
    (r"py:.*", r"(qonnx|onnx|numpy|np|asyncssh|pathlib|typing|collections)(\..*)?"),
    (r"py:.*", "Path|ModelWrapper"),
]
