import sys
from typing import Any

from django.core.management.base import BaseCommand

from payments import invariants


class Command(BaseCommand):
    help = "Check every invariant of the books; the exit status is 1 when one is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = invariants.check()
        for finding in findings:
            self._report(finding)
        if not all(finding.holds for finding in findings):
            sys.exit(1)

    def _report(self, finding: invariants.Finding) -> None:
        if finding.holds:
            self.stdout.write(self.style.SUCCESS(f"holds   {finding.name}"))
            return
        self.stdout.write(self.style.ERROR(f"BROKEN  {finding.name}"))
        for row in finding.rows:
            self.stdout.write("        " + ", ".join(f"{name}={value}" for name, value in row.items()))
