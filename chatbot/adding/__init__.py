"""Documents that people add, replace and delete while the server runs.

`added_names` checks a name and `shelf` puts the file into the folder `added` of the corpus;
`trash` keeps what was deleted. `build_queue` brings the index up to date, one build at a time, and
`added_documents` tells what became of each file. Nothing here knows of a page.
"""
