"""`karani students`: who is taught, and who answers for them."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.typed import AsJson, Chosen, Slug, Staff, ask

Number = Annotated[str, typer.Argument(metavar="STUDENT", help="The student's number.")]
Phone = Annotated[str, typer.Argument(metavar="PHONE", help="A phone of the guardian's.")]


def add(karani: typer.Typer, chosen: Chosen) -> None:
    students = typer.Typer(no_args_is_help=True, help="Students, and who answers for them.")
    karani.add_typer(students, name="students")

    @students.command("list")
    def list_students(
        text: Annotated[str, typer.Argument(help="Of a name, a number, a phone.")] = "",
        class_name: Annotated[str | None, typer.Option("--class", help="Of one class.")] = None,
        left: Annotated[bool, typer.Option("--left", help="Who has left.")] = False,
        limit: Annotated[int, typer.Option(min=1)] = 50,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """By number, with what they owe and who answers for them, who is told first coming first."""
        wishes = {"text": text, "class_name": class_name, "left": left, "limit": limit, "organisation": organisation}
        ask(chosen, "students.list", wishes, json=json, staff=staff)

    @students.command("add")
    def add_student(
        number: Annotated[str, typer.Argument(help="As it will be typed to pay.")],
        name: Annotated[str, typer.Argument()],
        class_name: Annotated[str, typer.Option("--class", help="As `karani fees classes` shows it.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """One more student, who can be paid for at once."""
        wishes = {"number": number, "name": name, "class_name": class_name, "organisation": organisation}
        ask(chosen, "students.add", wishes, json=json, staff=staff)

    @students.command("change")
    def change_student(
        student: Number,
        name: Annotated[str | None, typer.Option(help="Their corrected name.")] = None,
        class_name: Annotated[str | None, typer.Option("--class", help="Another class; brings back who left.")] = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Another name, another class. The number never changes, and invoices that were issued stay."""
        wishes = {"student": student, "name": name, "class_name": class_name, "organisation": organisation}
        ask(chosen, "students.change", wishes, json=json, staff=staff)

    @students.command("leave")
    def leave(
        student: Number,
        reason: Annotated[str, typer.Option(help="Why.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Charge them no more. While something is owed or held, the number can be paid as before."""
        wishes = {"student": student, "reason": reason, "organisation": organisation}
        ask(chosen, "students.leave", wishes, json=json, staff=staff)

    _guardians(students, chosen)


def _guardians(students: typer.Typer, chosen: Chosen) -> None:
    guardian = typer.Typer(no_args_is_help=True, help="Who answers for a student.")
    students.add_typer(guardian, name="guardian")

    @guardian.command("add")
    def add_guardian(
        student: Number,
        phone: Phone,
        name: Annotated[str, typer.Argument(help="Of a new person; who is known keeps theirs.")] = "",
        mail: Annotated[str, typer.Option(help="Where they get mail.")] = "",
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Whoever has this phone answers for the student from now on."""
        wishes = {"student": student, "phone": phone, "name": name, "mail": mail, "organisation": organisation}
        ask(chosen, "students.guardian.add", wishes, json=json, staff=staff)

    @guardian.command("remove")
    def remove_guardian(
        student: Number, phone: Phone, organisation: Slug = None, json: AsJson = False, staff: Staff = None
    ) -> None:
        """They answer for this student no more; for their other children all stays as it was."""
        wishes = {"student": student, "phone": phone, "organisation": organisation}
        ask(chosen, "students.guardian.remove", wishes, json=json, staff=staff)

    @guardian.command("first")
    def put_first(
        student: Number, phone: Phone, organisation: Slug = None, json: AsJson = False, staff: Staff = None
    ) -> None:
        """Tell them about this student before the others."""
        wishes = {"student": student, "phone": phone, "organisation": organisation}
        ask(chosen, "students.guardian.first", wishes, json=json, staff=staff)

    @guardian.command("change")
    def change_guardian(
        phone: Phone,
        name: Annotated[str | None, typer.Option(help="Their corrected name.")] = None,
        more: Annotated[str | None, typer.Option("--add", metavar="PHONE", help="A phone more.")] = None,
        less: Annotated[
            str | None, typer.Option("--remove", metavar="PHONE", help="A phone that is theirs no more.")
        ] = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """A corrected name, a new phone for an old one: for all children whom they answer for."""
        wishes = {"phone": phone, "name": name, "add": more, "remove": less, "organisation": organisation}
        ask(chosen, "students.guardian.change", wishes, json=json, staff=staff)
