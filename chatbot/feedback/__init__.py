"""What people say of answers: thumbs on passages, and how many questions were answered a day.

All of it lies in one SQLite file outside the index, so that no build ever loses it. It holds no
name, no address and nothing else of the person who asked; questions and comments as typed.
"""

from chatbot.feedback.give import give_feedback
from chatbot.feedback.store import Day, FeedbackStore, Shown, Thumb, Vote

__all__ = ["Day", "FeedbackStore", "Shown", "Thumb", "Vote", "give_feedback"]
