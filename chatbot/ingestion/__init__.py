"""The write path: corpus -> a new build.

`scan` finds the files, `build` reads what changed and carries over the rest, `vectors` embeds
what is new. It meets the read path only at `index/`.
"""
