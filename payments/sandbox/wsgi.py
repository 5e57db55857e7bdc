"""The application that the web server's process loads; webhooks are sent from a thread beside it."""

import os
import threading

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

from payments.sandbox import delivery


def create() -> WSGIHandler:
    os.environ["DJANGO_SETTINGS_MODULE"] = "payments.sandbox.settings"
    application = get_wsgi_application()
    threading.Thread(target=delivery.run, args=[threading.Event()], name="webhooks", daemon=True).start()
    return application
