"""`karani fees …` as it is typed. Nothing is decided here: each command is a function of `cli/fees.py`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.typed import AsJson, Chosen, Slug, Staff, ask

Name = Annotated[str, typer.Argument(metavar="NAME")]
TermName = Annotated[str, typer.Argument(metavar="TERM", help="As `fees terms` shows it.")]
Day = Annotated[str, typer.Option(metavar="DAY", help="As in 2027-01-18.")]
MaybeDay = Annotated[str | None, typer.Option(metavar="DAY", help="As in 2027-01-18.")]
NewName = Annotated[str | None, typer.Option("--name", help="A new name.")]
Again = Annotated[bool, typer.Option("--again", help="Take it up again.")]
StudentNumber = Annotated[str, typer.Argument(metavar="STUDENT", help="The student's number.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Tell no family by SMS.")]


def add(karani: typer.Typer, chosen: Chosen) -> None:
    """Add the group to the command line."""
    fees = typer.Typer(no_args_is_help=True, help="What a school charges: terms, classes, fees, invoices.")
    karani.add_typer(fees, name="fees")
    _terms(fees, chosen)
    _classes(fees, chosen)
    _structures(fees, chosen)
    _students(fees, chosen)
    _invoices(fees, chosen)
    _arrears(fees, chosen)
    _agreements(fees, chosen)


def _terms(fees: typer.Typer, chosen: Chosen) -> None:
    @fees.command("terms")
    def list_terms(organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Every term, the oldest first."""
        ask(chosen, "fees.terms", {"organisation": organisation}, json=json, staff=staff)

    term = typer.Typer(no_args_is_help=True, help="Open, change and retire a term.")
    fees.add_typer(term, name="term")

    @term.command("open")
    def open_term(
        name: Name,
        starts: Day,
        ends: Day,
        due: Day,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """A new term, with the day by which its fees are due."""
        wishes = {"name": name, "starts": starts, "ends": ends, "due": due, "organisation": organisation}
        ask(chosen, "fees.term.open", wishes, json=json, staff=staff)

    @term.command("change")
    def change_term(
        term: TermName,
        name: NewName = None,
        starts: MaybeDay = None,
        ends: MaybeDay = None,
        due: MaybeDay = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Other dates or another name. Invoices that were issued keep their due day."""
        wishes: dict[str, Any] = {"term": term, "name": name, "starts": starts, "ends": ends, "due": due}
        ask(chosen, "fees.term.change", wishes | {"organisation": organisation}, json=json, staff=staff)

    @term.command("retire")
    def retire_term(
        term: TermName, again: Again = False, organisation: Slug = None, json: AsJson = False, staff: Staff = None
    ) -> None:
        """Charge nothing more for it. What was charged stays owed."""
        wishes = {"term": term, "retired": not again, "organisation": organisation}
        ask(chosen, "fees.term.change", wishes, json=json, staff=staff)


def _classes(fees: typer.Typer, chosen: Chosen) -> None:
    @fees.command("classes")
    def list_classes(organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Every class, with how many students it has."""
        ask(chosen, "fees.classes", {"organisation": organisation}, json=json, staff=staff)

    group = typer.Typer(no_args_is_help=True, help="Add, rename and retire a class.")
    fees.add_typer(group, name="class")

    @group.command("add")
    def add_class(name: Name, organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """A new class, or one that was retired."""
        ask(chosen, "fees.class.add", {"name": name, "organisation": organisation}, json=json, staff=staff)

    @group.command("change")
    def change_class(
        class_name: Name,
        name: Annotated[str, typer.Option("--name", help="The new name.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Another name; what rests on the class follows it."""
        wishes = {"class_name": class_name, "name": name, "organisation": organisation}
        ask(chosen, "fees.class.change", wishes, json=json, staff=staff)

    @group.command("retire")
    def retire_class(
        class_name: Name, again: Again = False, organisation: Slug = None, json: AsJson = False, staff: Staff = None
    ) -> None:
        """Take no more students into it. Refused while it has any."""
        wishes = {"class_name": class_name, "retired": not again, "organisation": organisation}
        ask(chosen, "fees.class.change", wishes, json=json, staff=staff)


def _structures(fees: typer.Typer, chosen: Chosen) -> None:
    @fees.command("show")
    def show(
        term: TermName,
        versions: Annotated[bool, typer.Option("--versions", help="The older ones, too.")] = False,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """What each class is charged in a term."""
        wishes = {"term": term, "versions": versions, "organisation": organisation}
        ask(chosen, "fees.show", wishes, json=json, staff=staff)

    @fees.command("set")
    def set_fees(
        term: TermName,
        class_name: Annotated[str, typer.Argument(metavar="CLASS")],
        lines: Annotated[list[str] | None, typer.Argument(metavar="LABEL=AMOUNT")] = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """What a class is charged from now on: a new version. Without lines: nothing any more."""
        wishes = {"term": term, "class_name": class_name, "lines": lines or [], "organisation": organisation}
        ask(chosen, "fees.set", wishes, json=json, staff=staff)

    @fees.command("siblings")
    def siblings(
        steps: Annotated[list[str] | None, typer.Argument(metavar="CHILD=PERCENT")] = None,
        none: Annotated[bool, typer.Option("--none", help="No discount any more.")] = False,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """The discount for siblings: `2=10 3=20` for 10 % off the second child and 20 % off all later ones."""
        wishes = {"steps": [] if none else steps or None, "organisation": organisation}
        ask(chosen, "fees.siblings", wishes, json=json, staff=staff)


def _students(fees: typer.Typer, chosen: Chosen) -> None:
    @fees.command("grants")
    def list_grants(organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Scholarships, discounts and extra items that hold."""
        ask(chosen, "fees.grants", {"organisation": organisation}, json=json, staff=staff)

    @fees.command("grant")
    def grant(
        student: Annotated[str, typer.Argument(metavar="STUDENT", help="The student's number.")],
        kind: Annotated[str, typer.Option(help="scholarship, discount or extra")],
        label: Annotated[str, typer.Option(help="As it stands on the invoice.")],
        reason: Annotated[str, typer.Option(help="Why; for the auditor.")],
        amount: Annotated[str | None, typer.Option(help="In shillings or francs.")] = None,
        percent: Annotated[str | None, typer.Option(help="Of the class's charges.")] = None,
        term: Annotated[str | None, typer.Option(help="Only in this term.")] = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Charge one student apart from the class."""
        wishes = {"student": student, "kind": kind, "label": label, "reason": reason, "amount": amount}
        wishes |= {"percent": percent, "term": term, "organisation": organisation}
        ask(chosen, "fees.grant", wishes, json=json, staff=staff)

    @fees.command("ungrant")
    def ungrant(
        grant: Annotated[str, typer.Argument(metavar="ID", help="As `fees grants` shows it.")],
        reason: Annotated[str, typer.Option(help="Why; for the auditor.")],
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """End it. What was invoiced with it stays until a correction is confirmed."""
        ask(
            chosen,
            "fees.ungrant",
            {"id": grant, "reason": reason, "organisation": organisation},
            json=json,
            staff=staff,
        )


def _arrears(fees: typer.Typer, chosen: Chosen) -> None:
    @fees.command("arrears")
    def list_arrears(
        late: Annotated[int, typer.Option(help="Only who is at least so many days late; 0: everybody who owes.")] = 1,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Who owes, by how many days late; the last line is all of them."""
        ask(chosen, "fees.arrears", {"late": late, "organisation": organisation}, json=json, staff=staff)

    @fees.command("remind")
    def remind(
        late: Annotated[int, typer.Option(help="Only who is at least so many days late.")] = 1,
        group: Annotated[str, typer.Option("--class", help="One class alone, by its name.")] = "",
        send: Annotated[bool, typer.Option("--send", help="Send the texts; without it they are only shown.")] = False,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Text the families of whoever is late, once a day at most; who has promised is left in peace."""
        wishes = {"late": late, "group": group, "send": send, "organisation": organisation}
        ask(chosen, "fees.remind", wishes, json=json, staff=staff)

    @fees.command("chasing")
    def chasing(
        remind: Annotated[int | None, typer.Option(help="Days before something is due; 0: no reminder.")] = None,
        warning: Annotated[int | None, typer.Option(help="From how many days late a family is warned.")] = None,
        critical: Annotated[int | None, typer.Option(help="From how many days late it is critical.")] = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """When families are reminded, warned and told that it is critical."""
        wishes = {"remind": remind, "warning": warning, "critical": critical, "organisation": organisation}
        ask(chosen, "fees.chasing", wishes, json=json, staff=staff)


def _agreements(fees: typer.Typer, chosen: Chosen) -> None:
    @fees.command("promises")
    def list_promises(
        every: Annotated[bool, typer.Option("--all", help="Kept, broken and withdrawn ones too.")] = False,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """What families have promised, the earliest due first."""
        ask(chosen, "fees.promises", {"every": every, "organisation": organisation}, json=json, staff=staff)

    @fees.command("promise")
    def promise(
        student: StudentNumber,
        amount: Annotated[str | None, typer.Option(help="What is promised, in shillings or francs.")] = None,
        by: Annotated[str | None, typer.Option(metavar="DAY", help="By the end of which day.")] = None,
        withdraw: Annotated[str | None, typer.Option(metavar="REASON", help="Withdraw the open promise.")] = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Note what a family has promised: until that day nobody reminds it."""
        wishes = {"student": student, "amount": amount, "by": by, "reason": withdraw, "organisation": organisation}
        ask(chosen, "fees.promise", wishes, json=json, staff=staff)

    @fees.command("split")
    def split(
        guardian: Annotated[str, typer.Argument(metavar="PHONE", help="The guardian's phone.")],
        way: Annotated[str, typer.Argument(metavar="WAY", help="debt, equal, oldest, order or weights.")],
        children: Annotated[
            list[str] | None, typer.Argument(metavar="STUDENT[=WEIGHT]", help="For an order or for weights.")
        ] = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """How one payment of a guardian is divided over several children, from now on."""
        wishes = {"guardian": guardian, "way": way, "children": children or [], "organisation": organisation}
        ask(chosen, "fees.split", wishes, json=json, staff=staff)

    @fees.command("plans")
    def list_plans(organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """Instalments that were agreed, and what is left of each."""
        ask(chosen, "fees.plans", {"organisation": organisation}, json=json, staff=staff)

    @fees.command("plan")
    def plan(
        student: StudentNumber,
        parts: Annotated[list[str] | None, typer.Argument(metavar="DAY=AMOUNT", help="As in 2027-01-31=4000.")] = None,
        count: Annotated[int, typer.Option(help="So many equal instalments.")] = 0,
        first: Annotated[str | None, typer.Option(metavar="DAY", help="The first one's day; today without it.")] = None,
        every_days: Annotated[int | None, typer.Option(help="Days between them; a month without it.")] = None,
        end: Annotated[str | None, typer.Option(metavar="REASON", help="End the plan.")] = None,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Agree on instalments that sum exactly to what the student owes."""
        wishes = {"student": student, "parts": parts or [], "count": count, "first": first, "every_days": every_days}
        ask(chosen, "fees.plan", wishes | {"end": end, "organisation": organisation}, json=json, staff=staff)


def _invoices(fees: typer.Typer, chosen: Chosen) -> None:
    @fees.command("run")
    def run(
        term: TermName,
        preview: Annotated[bool, typer.Option("--preview", help="Show every invoice; change nothing.")] = False,
        on: MaybeDay = None,
        quiet: Quiet = False,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Invoice a term: each student once, however often it is run."""
        wishes = {"term": term, "preview": preview, "on": on, "tell": not quiet, "organisation": organisation}
        ask(chosen, "fees.run", wishes, json=json, staff=staff)

    @fees.command("runs")
    def runs(term: TermName, organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """How far a term's invoice runs came."""
        ask(chosen, "fees.runs", {"term": term, "organisation": organisation}, json=json, staff=staff)

    @fees.command("correct")
    def correct(
        term: TermName,
        confirm: Annotated[
            str | None, typer.Option(metavar="AMOUNT", help="The sum of the differences, as it was shown.")
        ] = None,
        on: MaybeDay = None,
        quiet: Quiet = False,
        organisation: Slug = None,
        json: AsJson = False,
        staff: Staff = None,
    ) -> None:
        """Who was charged otherwise than the fees say now; with --confirm, invoices and credit notes that mend it."""
        wishes = {"term": term, "confirm": confirm, "on": on, "tell": not quiet, "organisation": organisation}
        ask(chosen, "fees.correct", wishes, json=json, staff=staff)
