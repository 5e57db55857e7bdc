import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelhub.settings")
application = get_wsgi_application()
# Imports every view now rather than in somebody's first request.
get_resolver().url_patterns  # noqa: B018
