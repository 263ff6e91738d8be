"""Microsoft Office: DOCX, PPTX and Excel workbooks."""
