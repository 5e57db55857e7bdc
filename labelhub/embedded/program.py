from collections.abc import Mapping
from dataclasses import dataclass, field
from signal import SIGTERM, Signals


@dataclass(frozen=True)
class Program:
    """One child: how it is started and stopped.

    `stop_signal` also reaches it when the supervisor dies. `uid` is the user it becomes, or -1 for our own.
    `once` is for work that ends by itself and is not started again.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: Signals = SIGTERM
    stop_seconds: float = 6
    uid: int = -1
    once: bool = False
