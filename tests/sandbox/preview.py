"""The sandbox page over a pretend world, for whoever draws it: `python -m tests.sandbox.preview`, then port 8090."""

from __future__ import annotations

from aiohttp import web

from runtime.chance import SystemRandom
from runtime.clock import SystemClock
from sandbox import routes
from sandbox.hours import clock_routes
from sandbox.mail import Postbox
from tests.sandbox.pretend import PretendWorld, StillHours


def main() -> None:
    clock = SystemClock()
    world = PretendWorld(clock, prompt_after_s=1.5)
    app = web.Application()
    mail = Postbox(clock=clock, random=SystemRandom())
    app.add_routes(clock_routes(StillHours()))
    routes.mount(app, books=world, handsets=world, moods=world, clock=clock, mail=mail)
    web.run_app(app, host="127.0.0.1", port=8090)


if __name__ == "__main__":
    main()
