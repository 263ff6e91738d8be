"""File -> documents: one folder per family of formats, one `Format` record per format.

`formats.py` says how to add a format. Importing this package loads no reader.
"""

from chatbot.readers.formats import Format
from chatbot.readers.raw_file import RawFile, Skipped
from chatbot.readers.read_file import read

__all__ = ["Format", "RawFile", "Skipped", "read"]
