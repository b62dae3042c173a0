# The service in a container: docker build -t emoscope . && docker run -p 8000:8000 emoscope
# It serves the model that ships inside the package. Settings are environment variables
# (EMOSCOPE_API_KEY, ...; `emoscope serve --settings` lists them). A model of your own is mounted:
# -v ./model:/model -e EMOSCOPE_MODEL=/model
# It answers under localhost, any IP address, and names without a dot as containers have; another
# name is allowed by EMOSCOPE_ALLOWED_HOSTS=emotions.example, any by EMOSCOPE_ALLOWED_HOSTS=*
FROM python:3.12-slim AS build

# serve,linear where a TF-IDF model shall be served; serve,encoders for a model of the hub, or one
# with another tokenizer than WordPiece
ARG EXTRAS=serve

WORKDIR /src
COPY pyproject.toml README.md LICENSE NOTICE constraints.txt ./
COPY recipes recipes
COPY src src
RUN python -m venv /opt/emoscope \
 && /opt/emoscope/bin/pip install --no-cache-dir --constraint constraints.txt ".[${EXTRAS}]"


FROM python:3.12-slim

# The user has no home, and a model of the hub has to be put somewhere: HF_HOME. It has a number,
# so that orchestrators can tell that it is not root
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin emoscope
COPY --from=build /opt/emoscope /opt/emoscope
ENV PATH=/opt/emoscope/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HF_HOME=/tmp/huggingface \
    EMOSCOPE_HOST=0.0.0.0 \
    EMOSCOPE_PORT=8000
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=3s --start-period=60s \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['EMOSCOPE_PORT'] + '/ready', timeout=2)"]
ENTRYPOINT ["emoscope", "serve"]
