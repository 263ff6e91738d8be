"""The read path: question -> answer.

    query -> candidates of both arms -> fused -> evidence -> folded -> confidence -> Answer

Nothing here knows of files: an index is whatever keeps the promises of `PassageIndex`.
"""
