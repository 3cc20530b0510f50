# Parley as an image: `docker build -t parley .`; compose.yaml shows how its parts run together.

# ---- what both stages share: Python and the libraries that draw PDFs ------------------------------
FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

# ---- build: front end, fonts and translations into a wheel; an environment that holds it ----------
FROM base AS build
WORKDIR /src
COPY . .
RUN tools/setup run \
    && .venv/bin/hatchling build --target wheel
# What runs gets what requirements.lock pins and the wheel: no build tool, no test. Compiled, because
# without compiled code a process starts in three seconds instead of one.
RUN python -m venv --without-pip /opt/parley \
    && .venv/bin/uv pip install --python /opt/parley/bin/python --require-hashes --compile-bytecode \
        --requirements requirements.lock \
    && .venv/bin/uv pip install --python /opt/parley/bin/python --no-deps --compile-bytecode \
        dist/parley-*.whl

# ---- the image: with the programs that `portal backup` copies PostgreSQL with ----------------------
FROM base AS run
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/parley --create-home parley
COPY --from=build /opt/parley /opt/parley
COPY tools/gunicorn.conf.py /etc/parley/gunicorn.conf.py
# Two heaps for all threads of a process: glibc's own habit costs 20 MB each.
ENV PATH=/opt/parley/bin:$PATH \
    MALLOC_ARENA_MAX=2 \
    PORTAL_INSTANCE=/var/lib/parley \
    PORTAL_JOBS=external
USER parley
WORKDIR /var/lib/parley
VOLUME /var/lib/parley
EXPOSE 8000
CMD ["gunicorn", "--config", "/etc/parley/gunicorn.conf.py", "portal.app:create_app()"]
