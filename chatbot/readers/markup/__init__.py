"""Text and marked-up text: plain text, Markdown, HTML, EPUB and XML."""
