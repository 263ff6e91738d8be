"""Tables of every format, as a grid of cells with header rows, and written as text."""
