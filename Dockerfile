# Python and the kata's packages. The repository itself is mounted, so that work stays outside:
#   docker build -t kata .
#   docker run --rm -it -v "$PWD:/kata" kata
FROM python:3.12-bookworm

# PyTorch's CPU index makes the image some gigabytes smaller: --build-arg PIP_EXTRA_INDEX_URL=...
ARG PIP_EXTRA_INDEX_URL=""

RUN pip install --no-cache-dir nox==2026.10.20 \
    && useradd --create-home --uid 1000 --shell /bin/bash kata

USER 1000
ENV KATA_VENV=/home/kata/venv PIP_NO_CACHE_DIR=1
WORKDIR /home/kata/install
COPY --chown=1000 pyproject.toml noxfile.py ./
COPY --chown=1000 milestones/curriculum.toml milestones/
RUN python -c "import noxfile; noxfile.install()"

WORKDIR /kata
CMD ["nox"]
