"""Students: small models that answer intents like the teacher, in milliseconds."""

from goldenhour.students.student import Answer, Student, StudentError, embedded_student, load_student

__all__ = ["Answer", "Student", "StudentError", "embedded_student", "load_student"]
