"""The write path: corpus -> a new build.

`scan` lists the files and `read_stage` reads those that changed. `embedding` embeds the new texts
and `write_build` writes the result. `machines` has what reads and embeds: this machine or a Ray
cluster. The write path meets the read path only in `index/`.
"""
