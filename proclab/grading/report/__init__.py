"""The pages of a grading: one of the class, one of each student. Self-contained, without trust in what they show.

pieces = class_page(book, telling)     report.html, piece by piece
text = student_page(entry, telling)   students/ID.html
"""

from proclab.grading.report.overview import class_page
from proclab.grading.report.student import student_page

__all__ = ["class_page", "student_page"]
