"""Small elements: icon, button, badge, mark, stat, fact, notice, empty state, progress."""

from functools import lru_cache
from typing import Any

from django import template
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.kit.attributes import Context, html_attributes
from core.kit.marks import mark_path

register = template.Library()

# The words of states with their tone and icon. A state is always a word with an icon, never a colour alone.
STATES = {
    name: (tone, icon)
    for tone, icon, names in (
        ("success", "circle-check", "paid done succeeded ready listed accepted active verified released"),
        ("info", "loader", "running processing importing sent checking"),
        ("info", "clock", "pending queued waiting invited open in_transit unknown"),
        ("warning", "circle-pause", "paused retrying partial expiring incomplete restricted"),
        ("error", "circle-x", "failed rejected disputed"),
        ("error", "ban", "suspended hidden taken_down revoked"),
        ("", "circle-minus", "refunded cancelled canceled expired withdrawn deleted"),
        ("", "circle-dashed", "draft none"),
        ("", "archive", "archived"),
    )
    for name in names.split()
}
NOTICE_ICONS = {
    "info": "info",
    "success": "circle-check",
    "warning": "triangle-alert",
    "error": "circle-alert",
}


@register.simple_tag
def icon(name: str, *, label: str = "", css: str = "") -> SafeString:
    """A Lucide icon of frontend/icons.txt. Without a label it is decoration that screen readers skip."""
    return _decoration(name, css) if not label else _icon(name, label, css)


@lru_cache(maxsize=512)
def _decoration(name: str, css: str) -> SafeString:
    """A page of results draws the same few icons a hundred times."""
    return _icon(name, "", css)


def _icon(name: str, label: str, css: str) -> SafeString:
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    href = f"{static('build/icons.svg')}#{name}"
    return format_html('<svg class="icon {}" {}><use href="{}"></use></svg>', css, spoken, href)


@register.inclusion_tag("ui/button.html")
def button(
    label: str,
    *,
    href: str = "",
    kind: str = "secondary",
    icon: str = "",
    size: str = "",
    icon_only: bool = False,
    block: bool = False,
    dialog: str = "",
    **attributes: Any,
) -> Context:
    css = [
        f"btn-{kind}",
        f"btn-{size}" if size else "",
        "btn-square" if icon_only else "",
        "btn-block" if block else "",
    ]
    attributes = {"type": "" if href else "button", "href": href, "data_dialog": dialog} | attributes
    if icon_only:
        attributes |= {"aria_label": label, "title": label}
    return {
        "label": label,
        "element": "a" if href else "button",
        "icon": icon,
        "icon_only": icon_only,
        "css": " ".join(filter(None, css)),
        "attributes": html_attributes(attributes),
    }


@register.inclusion_tag("ui/badge.html")
def badge(label: str, *, tone: str = "", icon: str = "") -> Context:
    return {"label": label, "tone": tone, "icon": icon}


@register.inclusion_tag("ui/badge.html")
def state(name: str, label: str = "") -> Context:
    """A known state (see STATES) as word and icon; label is its translated word."""
    tone, icon = STATES.get(name, ("", "circle"))
    return {"label": label or name.replace("_", " ").capitalize(), "tone": tone, "icon": icon}


@register.inclusion_tag("ui/mark.html")
def mark(name: str, *, size: int = 24) -> Context:
    return {"path": mark_path(name), "size": size}


@register.inclusion_tag("ui/avatar.html")
def avatar(name: str) -> Context:
    return {"initial": name[:1]}


@register.inclusion_tag("ui/stat.html")
def stat(label: str, value: object, *, note: str = "", tone: str = "", href: str = "") -> Context:
    trend = {"success": "trending-up", "error": "trending-down"}.get(tone, "")
    return {"label": label, "value": value, "note": note, "tone": tone, "trend": trend, "href": href}


@register.inclusion_tag("ui/fact.html")
def fact(label: str, value: object, *, href: str = "", mono: bool = False) -> Context:
    return {"label": label, "value": value, "href": href, "mono": mono}


@register.inclusion_tag("ui/copy.html")
def copy(text: str, *, shown: str | None = None) -> Context:
    """The text in monospace with a copy button; `shown` is a shorter form of it, "" for the button alone."""
    return {"text": text, "shown": text if shown is None else shown}


@register.inclusion_tag("ui/code_block.html")
def code_block(text: str) -> Context:
    return {"text": text}


@register.inclusion_tag("ui/notice.html")
def notice(text: str, *, tone: str = "info", title: str = "", href: str = "", link: str = "") -> Context:
    return {
        "text": text,
        "tone": tone,
        "title": title,
        "href": href,
        "link": link,
        "icon": NOTICE_ICONS[tone],
    }


@register.inclusion_tag("ui/toast.html")
def toast(message: str, *, tone: str = "info") -> Context:
    tone = tone if tone in NOTICE_ICONS else "info"
    return {"message": message, "tone": tone, "icon": NOTICE_ICONS[tone]}


@register.inclusion_tag("ui/empty_state.html")
def empty_state(
    icon: str,
    title: str,
    text: str,
    *,
    action: str = "",
    href: str = "",
    dialog: str = "",
    second: str = "",
    second_href: str = "",
) -> Context:
    return {
        "icon": icon,
        "title": title,
        "text": text,
        "action": action,
        "href": href,
        "dialog": dialog,
        "second": second,
        "second_href": second_href,
    }


@register.inclusion_tag("ui/progress.html", takes_context=True)
def progress(
    context: RequestContext,
    label: str,
    done: int,
    total: int,
    *,
    rate: float | None = None,
    seconds_left: float | None = None,
    message: str = "",
    tone: str = "",
    cancel_url: str = "",
) -> Context:
    """`rate` is items per second; a total of 0 means that it is not known yet."""
    share = min(100, round(100 * done / total)) if total else 0
    return {
        "label": label,
        "done": done,
        "total": total,
        "share": share,
        "rate": rate,
        "seconds_left": seconds_left,
        "message": message,
        "tone": tone,
        "cancel_url": cancel_url,
        "csrf_token": context.get("csrf_token"),
    }
