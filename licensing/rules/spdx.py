"""Open licences by SPDX id: which ids exist, and the terms of those we have read."""

from dataclasses import dataclass
from functools import cache

from license_expression import Licensing, get_spdx_licensing

from licensing.rules.terms import Part, Terms, same


@dataclass(frozen=True)
class OpenLicense:
    spdx_id: str
    title: str
    url: str
    summary: str
    terms: Terms


def _cc(code: str, version: str = "4.0") -> str:
    return f"https://creativecommons.org/licenses/{code}/{version}/"


# What each says was read in its own text; the summary is ours and the text at the link is what counts.
CURATED: tuple[OpenLicense, ...] = (
    OpenLicense(
        "CC0-1.0",
        "Creative Commons Zero 1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        "The maker gives up all rights as far as the law allows. Use, change and pass on for any purpose, no credit.",
        same(Part()),
    ),
    OpenLicense(
        "CC-BY-4.0",
        "Creative Commons Attribution 4.0",
        _cc("by"),
        "Use, change and pass on for any purpose with credit to the maker. Passed on, the material stays under it.",
        same(Part(credit="required", only_under="CC-BY-4.0")),
    ),
    OpenLicense(
        "CC-BY-SA-4.0",
        "Creative Commons Attribution-ShareAlike 4.0",
        _cc("by-sa"),
        "Use, change and pass on for any purpose with credit. What you make from it stays under the same licence.",
        same(Part(credit="required", changes="same-license", only_under="CC-BY-SA-4.0")),
    ),
    OpenLicense(
        "CC-BY-NC-4.0",
        "Creative Commons Attribution-NonCommercial 4.0",
        _cc("by-nc"),
        "Use, change and pass on with credit, but not for commercial advantage or payment.",
        same(Part(use="noncommercial", credit="required", only_under="CC-BY-NC-4.0")),
    ),
    OpenLicense(
        "CC-BY-NC-SA-4.0",
        "Creative Commons Attribution-NonCommercial-ShareAlike 4.0",
        _cc("by-nc-sa"),
        "Use, change and pass on with credit, not commercially; what you make from it stays under the same licence.",
        same(Part(use="noncommercial", credit="required", changes="same-license", only_under="CC-BY-NC-SA-4.0")),
    ),
    OpenLicense(
        "CC-BY-ND-4.0",
        "Creative Commons Attribution-NoDerivatives 4.0",
        _cc("by-nd"),
        "Use and pass on unchanged for any purpose with credit. Changed material may not be passed on.",
        same(Part(credit="required", changes="none", only_under="CC-BY-ND-4.0")),
    ),
    OpenLicense(
        "PDDL-1.0",
        "Open Data Commons Public Domain Dedication and License 1.0",
        "https://opendatacommons.org/licenses/pddl/1-0/",
        "The maker gives up database and content rights. Use, change and pass on for any purpose, no credit.",
        same(Part()),
    ),
    OpenLicense(
        "ODC-By-1.0",
        "Open Data Commons Attribution License 1.0",
        "https://opendatacommons.org/licenses/by/1-0/",
        "Use, change and pass on the database for any purpose with credit. It speaks of the database, so the maker "
        "also states here that its images may be used alike.",
        same(Part(credit="required", only_under="ODC-By-1.0")),
    ),
    OpenLicense(
        "ODbL-1.0",
        "Open Data Commons Open Database License 1.0",
        "https://opendatacommons.org/licenses/odbl/1-0/",
        "Use, change and pass on the database for any purpose with credit; a database made from it stays under the "
        "same licence. The maker also states here that its images may be used alike.",
        same(Part(credit="required", changes="same-license", only_under="ODbL-1.0")),
    ),
    OpenLicense(
        "CDLA-Permissive-2.0",
        "Community Data License Agreement Permissive 2.0",
        "https://cdla.dev/permissive-2-0/",
        "Use, change and pass on for any purpose. Whoever passes it on includes the text of the agreement.",
        same(Part(credit="required")),
    ),
    OpenLicense(
        "MIT",
        "MIT License",
        "https://opensource.org/license/mit",
        "Use, change and pass on for any purpose. The copyright notice and the licence text go along.",
        same(Part(credit="required")),
    ),
    OpenLicense(
        "Apache-2.0",
        "Apache License 2.0",
        "https://www.apache.org/licenses/LICENSE-2.0",
        "Use, change and pass on for any purpose. The licence text and notices go along; changes are marked.",
        same(Part(credit="required")),
    ),
)


@cache
def _known() -> Licensing:
    return get_spdx_licensing()


def canonical_id(text: str) -> str:
    """The SPDX id as its list spells it, or "" when the text is not exactly one listed licence."""
    if not text.strip():
        return ""
    found = _known().validate(text.strip())
    name = found.normalized_expression or ""
    return name if not found.errors and " " not in name else ""


def open_license(spdx_id: str) -> OpenLicense:
    """A licence of the list. One nobody has read for us answers nothing but its own name."""
    curated = {license_.spdx_id: license_ for license_ in CURATED}
    if spdx_id in curated:
        return curated[spdx_id]
    return OpenLicense(
        spdx_id,
        spdx_id,
        f"https://spdx.org/licenses/{spdx_id}.html",
        "A licence of the SPDX list. Its own text says what is allowed.",
        same(Part(use="evaluation", training="none", models="none", redistribution="none", changes="none",
                  credit="required", holder="organization", only_under=spdx_id, reviewed=False)),
    )  # fmt: skip
