"""RTF: its control words, and the document they make."""
