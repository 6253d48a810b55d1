"""Students: small models that answer intents like the teacher, in milliseconds."""

from goldenhour.students.families import embedded_student, load_student
from goldenhour.students.student import Answer, Student, StudentError

__all__ = ["Answer", "Student", "StudentError", "embedded_student", "load_student"]
