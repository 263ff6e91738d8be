"""A build on disk: where the write path and the read path meet.

`layout` names the files and publishes builds. `manifest` describes a build. `catalog`, `dense`,
`lexical`, `int8_vectors` and `array_files` each implement a file format. `opened_build` reads a
published build, and `service` finds the build in service.
"""
