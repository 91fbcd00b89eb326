"""What a command that failed, or did nothing, teaches: the line that mends it, read off what was typed and printed."""

from runner.session.lessons.lesson import Lesson
from runner.session.lessons.lessons import lesson_of

__all__ = ["Lesson", "lesson_of"]
