"""S15: bytes of script and style, compressed, that a first visit to the market fetches. Pictures are not counted."""

import re
from typing import Any

import httpx

from benchmarks.site import collect_static_files, site

GOAL_KB = 100
BYTES_PER_KB = 1000
LINKED = re.compile(r'<(?:script|link)\b[^>]*?(?:src|href)="([^"]+\.(?:js|css))"')


def run() -> list[dict[str, Any]]:
    collect_static_files()
    with site() as (address, _pid), httpx.Client(base_url=address, headers={"Accept-Encoding": "br"}) as client:
        page = client.get("/market/").raise_for_status().text
        weights = {path: client.get(path).raise_for_status().num_bytes_downloaded for path in LINKED.findall(page)}
    total = sum(weights.values()) / BYTES_PER_KB
    heaviest = sorted(weights.items(), key=lambda found: -found[1])
    told = ", ".join(f"{path.rsplit('/', 1)[-1]} {size / BYTES_PER_KB:.1f}" for path, size in heaviest)
    return [
        {
            "id": "S15",
            "name": "script and style of the market's first page, compressed",
            "ours": round(total, 1),
            "reference": GOAL_KB,
            "unit": "kB",
            "ratio": round(total / GOAL_KB, 2),
            "goal": f"<= {GOAL_KB} kB",
            "against": "the goal itself",
            "conditions": f"brotli, as the web server sends them; kB each: {told}",
        }
    ]
