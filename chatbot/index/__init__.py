"""A build on disk: where the write path and the read path meet.

`layout` names the files and publishes them; `manifest` is the contract; `catalog`, `dense`,
`lexical` and `sentences` are one file format each; `build` is a published build, opened.
"""
