"""Figures for Prometheus.

Several web processes answer on one port, so each writes its counters to files in PROMETHEUS_MULTIPROC_DIR and
whichever is asked adds them all up (the client library's own way). Gauges are read at the moment of asking: job
depth from the database, memory and processor time from the whole process group. Without the directory there is
one process, and it answers for itself.
"""

import os
from collections.abc import Iterator

import psutil
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from jobs import registry as kinds
from jobs.models import Job
from payments import watch
from payments.models import ReconciliationItem

_own = CollectorRegistry()
REQUESTS = Counter("labelhub_http_requests", "Answered requests", ["route", "method", "status"], registry=_own)
SECONDS = Histogram("labelhub_http_request_seconds", "Time to answer", ["route", "method"], registry=_own)


def page() -> bytes:
    registry = _own
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves it bare
    return generate_latest(registry) + generate_latest(_gauges)


class JobsCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        depth = GaugeMetricFamily("labelhub_jobs", "Jobs that wait or run", labels=["kind", "queue", "state"])
        oldest = GaugeMetricFamily(
            "labelhub_job_oldest_seconds", "Age of the oldest", labels=["kind", "queue", "state"]
        )
        now = timezone.now()
        for row in Job.objects.active().values("kind", "state").annotate(n=Count("pk"), since=Min("created_at")):
            labels = [row["kind"], _queue(row["kind"]), row["state"]]
            depth.add_metric(labels, row["n"])
            oldest.add_metric(labels, (now - row["since"]).total_seconds())
        yield from (depth, oldest)


class MoneyCollector(Collector):
    """How long money waits for what should have happened by itself; see payments.watch."""

    def collect(self) -> Iterator[Metric]:
        ages = GaugeMetricFamily("labelhub_money_oldest_seconds", "Age of the oldest", labels=["what"])
        now = timezone.now()
        for what, since in (("unexplained movement", watch.oldest_uncleared()), ("due earning", watch.oldest_due())):
            ages.add_metric([what], (now - since).total_seconds() if since else 0)
        found = ReconciliationItem.objects.open().count()
        yield from (ages, GaugeMetricFamily("labelhub_reconciliation_items", "Open alarms about money", value=found))


class ProcessCollector(Collector):
    """The web server's processes together; they are one process group."""

    def collect(self) -> Iterator[Metric]:
        group = os.getpgrp()
        processes = [process for process in psutil.process_iter() if _belongs(process, group)]
        usage = [_usage(process) for process in processes]
        yield GaugeMetricFamily("labelhub_web_processes", "Processes of the web server", value=len(processes))
        yield GaugeMetricFamily("process_resident_memory_bytes", "Memory", value=sum(memory for memory, _ in usage))
        yield CounterMetricFamily("process_cpu_seconds", "Processor time", value=sum(seconds for _, seconds in usage))


_gauges = CollectorRegistry()
_gauges.register(JobsCollector())
_gauges.register(MoneyCollector())
_gauges.register(ProcessCollector())


def _queue(kind: str) -> str:
    declared = kinds.kinds().get(kind)
    return declared.queue if declared else "unknown"


def _belongs(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group
    except ProcessLookupError:
        return False


def _usage(process: psutil.Process) -> tuple[int, float]:
    """Resident bytes and processor seconds; nothing of a process that has just ended."""
    try:
        times = process.cpu_times()
        return process.memory_info().rss, times.user + times.system
    except psutil.NoSuchProcess:
        return 0, 0.0
