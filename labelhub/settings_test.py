"""What tests change: a fast password hash, no throttles, mail in memory, files in a temporary place."""

import atexit
import os
import shutil
import tempfile

# A folder without stack.env: tests never reach a stack that happens to run here.
os.environ["LABELHUB_VAR_DIR"] = tempfile.mkdtemp(prefix="labelhub-test-")
os.environ.setdefault("LABELHUB_SECRET_KEY", "only-for-tests")
os.environ.setdefault("DATABASE_URL", "postgres://postgres@127.0.0.1:1/labelhub")

from labelhub.settings import *  # noqa: F403
from labelhub.settings import DATABASES, REST_FRAMEWORK, STORAGES, VAR_DIR

atexit.register(shutil.rmtree, VAR_DIR, ignore_errors=True)
(VAR_DIR / "static").mkdir()

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    **STORAGES,
    "default": {"BACKEND": "core.storage.LocalMediaStorage", "OPTIONS": {"location": str(VAR_DIR / "media")}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CELERY_BROKER_URL = "memory://"
STRIPE_API_BASE = "http://127.0.0.1:1"  # nobody answers; tests that pay start a sandbox of their own
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_CLASSES": []}
DATABASES["default"]["OPTIONS"].pop("pool", None)
