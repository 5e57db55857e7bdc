import os
import signal
import sys

from labelhub.embedded.errors import CannotStart, Interrupted
from labelhub.embedded.output import Output
from labelhub.embedded.programs import var_folder
from labelhub.embedded.stack import Stack


def main() -> int:
    output = Output()
    host, port = os.environ.get("LABELHUB_HOST", "127.0.0.1"), int(os.environ.get("LABELHUB_PORT", "8000"))
    stack = Stack(var_folder(), host, port, output)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stack.supervisor.ask_to_stop())
    try:
        stack.start()
        output.say(_welcome(stack, output))
        stack.load_demo()
        stack.supervisor.watch()
    except CannotStart as error:
        output.say(str(error))
        return 1
    except Interrupted:
        pass
    finally:
        stack.stop()
    output.say("Stopped.")
    return 0


def _welcome(stack: Stack, output: Output) -> str:
    return f"\n  Label Hub is at {output.bold(stack.site_url)}\n  Ctrl-C stops it.\n"


if __name__ == "__main__":
    sys.exit(main())
