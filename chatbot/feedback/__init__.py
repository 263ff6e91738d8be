"""Feedback on answers: thumbs on passages, and the number of questions per day.

It's stored in one SQLite file outside the index, so that no build loses it. The file has questions
and comments as typed, but nothing about the person: no name and no address. Only its owner can read
it, and it has limits.
"""

from chatbot.feedback.give import feedback_store, give_feedback
from chatbot.feedback.store import Day, FeedbackStore, Shown, Thumb, Vote

__all__ = ["Day", "FeedbackStore", "Shown", "Thumb", "Vote", "feedback_store", "give_feedback"]
