"""The read path: question -> answer.

    question -> query and hits of both arms -> candidates, clues fused -> cards with evidence
             -> confidence -> Answer

Nothing here knows about files: an index is anything that implements `PassageIndex`.
"""
