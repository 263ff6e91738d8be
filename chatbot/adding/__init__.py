"""Documents that people add, replace and delete while the server runs.

`added_names` checks a name, and `shelf` puts the file into the folder `added` of the corpus.
`trash` keeps deleted files. `build_queue` brings the index up to date, one build at a time, and
`added_documents` gives the state of each file. Nothing here depends on a web page.
"""
