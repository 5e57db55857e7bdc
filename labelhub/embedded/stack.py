"""One run of everything: what is started, in which order, and how it ends."""

import os
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from labelhub.embedded import plan, ports, programs
from labelhub.embedded.errors import CannotStart
from labelhub.embedded.output import Output
from labelhub.embedded.state import State
from labelhub.embedded.supervisor import Supervisor

STOP_ORDER = (("scheduler", "web", "worker", "media", "payments", "demo", "migrate", "static"), ("broker", "database"))
FOR_OUTPUT = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore:You're running the worker:RuntimeWarning"}


class Stack:
    def __init__(self, folder: Path, host: str, port: int, output: Output) -> None:
        self._state = State(folder)
        self._folder, self._host, self._port, self._output = folder, host, port, output
        self.env: dict[str, str] = {}
        self.supervisor = Supervisor(output, self._state.write_children)

    @property
    def site_url(self) -> str:
        return self.env["LABELHUB_SITE_URL"]

    def start(self) -> None:
        self._state.lock()
        if ended := self._state.end_leftovers():
            self._output.say(f"The last run was killed. Processes it left behind, now ended: {ended}.")
        if not ports.is_free(self._port, self._host):
            raise CannotStart(_port_taken(self._port))
        last = self._state.read_env()
        chosen = plan.make(given=os.environ, last=last, folder=self._folder, host=self._host, port=self._port)
        self._state.write_env(chosen.settings)
        self.env = {**chosen.settings, **FOR_OUTPUT}
        self._start_services(chosen)
        self._prepare()
        self._start_product(chosen)

    def stop(self) -> None:
        for names in STOP_ORDER:
            self.supervisor.stop(names)

    def load_demo(self) -> None:
        if programs.has_demo_content() and os.environ.get("LABELHUB_DEMO", "1") != "0":
            self.supervisor.start(programs.demo_content(self.env))

    def _start_services(self, chosen: plan.Plan) -> None:
        """Both at once; neither needs the other."""
        services = [service for service in (chosen.database, chosen.broker) if service]
        for service in services:
            service.prepare()
            self.supervisor.start(service.program())
        for service in services:
            self.supervisor.wait_until(service.program().name, service.answers, seconds=60)

    def _prepare(self) -> None:
        self.supervisor.run(programs.migrations(self.env))
        if programs.debug() == "0":
            self.supervisor.run(programs.static_files(self.env))

    def _start_product(self, chosen: plan.Plan) -> None:
        """The pages first, so that they are seen while the rest still starts."""
        figures = self._folder / "metrics"
        shutil.rmtree(figures, ignore_errors=True)
        figures.mkdir()
        self.supervisor.start(programs.web(self.env, self._host, self._port, figures))
        self.supervisor.wait_until("web", self._site_answers, seconds=300)
        if chosen.sandbox_port:
            self.supervisor.start(programs.payment_sandbox(self.env, chosen.sandbox_port))
        for program in (*programs.workers(self.env), programs.scheduler(self.env, self._folder)):
            self.supervisor.start(program)

    def _site_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{plan.browsable(self._host)}:{self._port}/healthz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False


def _port_taken(port: int) -> str:
    free = next(candidate for candidate in range(port + 1, 65536) if ports.is_free(candidate))
    return f"Port {port} is taken by another program. Choose another: make run PORT={free}"
