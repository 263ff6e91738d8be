"""RTF: control words -> document."""
