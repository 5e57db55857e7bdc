from collections.abc import Iterator
from contextlib import contextmanager

from django.forms import BaseForm

from core.errors import DomainError


@contextmanager
def shown_in(form: BaseForm) -> Iterator[None]:
    """What a service refuses inside the block becomes an error of the form, so that nothing typed is lost."""
    try:
        yield
    except DomainError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
