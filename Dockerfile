# One image for every process of docker-compose.yml. Without Docker, `make up` does the same.
FROM node:22-bookworm-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends mosquitto python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /edgetwin
COPY requirements.txt requirements-dev.txt ./
COPY scripts/setup.py scripts/
COPY node-red/package.json node-red/package-lock.json node-red/
RUN python3 -m scripts.setup
COPY . .
RUN node node-red/dense.mjs

RUN useradd --create-home edgetwin && install -d -m 0700 -o edgetwin /edgetwin/var
USER edgetwin
ENV PATH="/edgetwin/.venv/bin:$PATH" PYTHONUNBUFFERED=1
