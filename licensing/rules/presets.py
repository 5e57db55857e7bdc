"""The licences written for this market. A change of terms or text is a new version beside the old one."""

from dataclasses import dataclass
from pathlib import Path

from licensing.rules.terms import Part, Terms, same

TEXTS = Path(__file__).parent.parent / "texts"


@dataclass(frozen=True)
class Preset:
    code: str
    version: int
    title: str
    summary: str
    terms: Terms

    @property
    def text(self) -> str:
        return (TEXTS / f"{self.code}-{self.version}.txt").read_text()


PRESETS: tuple[Preset, ...] = (
    Preset(
        "evaluation",
        1,
        "Evaluation",
        "Look, measure and compare inside your organisation for 30 days. No training, no passing on.",
        same(
            Part(
                use="evaluation",
                training="benchmark",
                models="none",
                redistribution="none",
                changes="free",
                holder="organization",
                days=30,
            )
        ),
    ),
    Preset(
        "research",
        1,
        "Research",
        "Train and publish findings without commercial purpose, with credit. Models and data stay inside.",
        same(
            Part(
                use="noncommercial",
                training="train",
                models="internal",
                redistribution="none",
                credit="required",
                holder="organization",
            )
        ),
    ),
    Preset(
        "commercial-training",
        1,
        "Commercial training",
        "Train models and ship or sell them for any purpose, for ever. The data itself stays inside.",
        same(Part(redistribution="none", holder="organization")),
    ),
)
