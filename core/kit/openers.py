"""What opens over the page: dialogs and menus."""

from typing import Any

from django import template
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.kit.attributes import Context, html_attributes

register = template.Library()


@register.simple_block_tag
def dialog(content: str, name: str, title: str) -> SafeString:
    """{% dialog "rename" _("Rename") %} … {% enddialog %}; a button with dialog="rename" opens it."""
    return render_to_string("ui/dialog.html", {"name": name, "title": title, "content": content})


@register.inclusion_tag("ui/confirm_dialog.html", takes_context=True)
def confirm_dialog(
    context: RequestContext, name: str, title: str, text: str, *, action: str, url: str, danger: bool = True
) -> Context:
    """Spells out what will happen, then posts to url."""
    return {
        "name": name,
        "title": title,
        "text": text,
        "action": action,
        "url": url,
        "danger": danger,
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_block_tag
def menu(content: str, label: str, *, icon: str = "ellipsis", quiet: bool = True, end: bool = True) -> SafeString:
    """{% menu _("More") %}{% menu_item … %}{% endmenu %}; a quiet menu shows its icon alone."""
    context = {"label": label, "icon": icon, "quiet": quiet, "end": end, "content": content}
    return render_to_string("ui/menu.html", context)


@register.inclusion_tag("ui/menu_item.html")
def menu_item(
    label: str, href: str = "", *, icon: str = "", danger: bool = False, dialog: str = "", **attributes: Any
) -> Context:
    attributes |= {
        "data_dialog": dialog,
        "data_danger": danger,
        "href": href,
        "type": "" if href else "button",
    }
    return {
        "label": label,
        "icon": icon,
        "element": "a" if href else "button",
        "attributes": html_attributes(attributes),
    }


@register.simple_block_tag
def selection_bar(content: str) -> SafeString:
    """{% selection_bar %} buttons {% endselection_bar %}: floats while cards of a media grid are picked."""
    return render_to_string("ui/selection_bar.html", {"content": content})
