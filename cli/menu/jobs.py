"""`karani jobs`: scheduled work."""

from __future__ import annotations

import typer

from cli.typed import AsJson, Chosen, Slug, Staff, ask


def add(karani: typer.Typer, chosen: Chosen) -> None:
    jobs = typer.Typer(no_args_is_help=True, help="Scheduled work, and when it last ran.")
    karani.add_typer(jobs, name="jobs")

    @jobs.command("list")
    def list_jobs(organisation: Slug = None, json: AsJson = False, staff: Staff = None) -> None:
        """The newest run of each job."""
        ask(chosen, "jobs.list", {"organisation": organisation}, json=json, staff=staff)
