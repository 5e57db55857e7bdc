from django.utils.translation import gettext as _


def upload_texts() -> dict[str, str]:
    """Sentences of the upload page's script; it fills the names in braces."""
    return {
        "waiting": _("Waiting"),
        "sending": _("Sending"),
        "done": _("Arrived"),
        "present": _("Here already"),
        "failed": _("Not sent"),
        "retry": _("Retry"),
        "remove": _("Leave out"),
        "more": _("and {count} more"),
        "progress": _("{done} of {total} files"),
        "received": _("Arrived before: {count}"),
        "rate": _("{rate} a second"),
        "left": _("{time} left"),
        "offline": _("The connection is interrupted. Sending goes on when it is back."),
        "failure": _("One file did not arrive. Retry it, or start without it."),
        "failures": _("{count} files did not arrive. Retry them, or start without them."),
        "refusal": _("One file is not taken, and its line says why. Leave it out, or start without it."),
        "refusals": _("{count} files are not taken, and their lines say why. Leave them out, or start without them."),
        "finish": _("Start reading"),
        "finishing": _("Starts when all files have arrived"),
        "junk": _("{count} files of your system were left out."),
        "leave": _("Files are still being sent."),
        "network": _("The connection was interrupted. Retry it."),
    }
