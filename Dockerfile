# One image for web, worker and scheduler; docker-compose.yml says which command each runs.

FROM node:20-slim AS pages
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend frontend
COPY templates templates
COPY core core
RUN npm run build

FROM python:3.11-slim AS packages
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim
RUN useradd --system --create-home --uid 10001 labelhub
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=labelhub.settings \
    LABELHUB_VAR_DIR=/var/lib/labelhub LABELHUB_STATIC_ROOT=/srv/static
COPY --from=packages /venv /venv
WORKDIR /srv/labelhub
COPY . .
COPY --from=pages /build/static/build static/build
RUN mkdir -p /var/lib/labelhub /srv/static \
    && LABELHUB_SECRET_KEY=only-to-collect DATABASE_URL=postgres://none/none python manage.py collectstatic --noinput -v 0 \
    && chown labelhub /var/lib/labelhub
USER labelhub
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "labelhub.wsgi:application"]
