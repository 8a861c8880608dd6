# The add-on's image. The Supervisor builds it on the device as long as config.yaml names no published one, so nothing here
# needs a compiler: every native part comes prebuilt with its npm package.
FROM docker.io/library/node:24.19.0-trixie-slim AS build

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /usr/lib/evil-assistant

# .npmrc says ignore-scripts: no package runs anything of its own while it is installed.
COPY package.json package-lock.json .npmrc ./
RUN npm ci

COPY tsconfig.json ./
COPY src ./src
RUN npm run build \
    && rm -f dist/.tsbuildinfo tsconfig.json \
    && rm -rf src \
    && find dist -name '*.map' -delete \
    && npm prune --omit=dev

# Packages carry the libraries of every system; only this one's stay.
RUN arch="$(node -p process.arch)" \
    && onnx=node_modules/onnxruntime-node/bin \
    && find "${onnx}" -mindepth 2 -maxdepth 2 ! -name linux -exec rm -rf {} + \
    && find "${onnx}" -mindepth 3 -maxdepth 3 ! -name "${arch}" -exec rm -rf {} + \
    && ls "${onnx}"/napi-v*/linux/"${arch}"/onnxruntime_binding.node \
    && rm -rf node_modules/koffi/lib node_modules/koffi/vendor node_modules/koffi/doc \
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete

COPY models ./models
COPY homes ./homes
COPY pages ./pages
COPY personas ./personas
COPY recordings ./recordings
COPY bench ./bench
COPY LICENSE CHANGELOG.md ./

# Models that the image carries instead of fetching them at the first start, by their ids. Wake words are under
# non-commercial terms and may not be conveyed with an image.
ARG BAKED_MODELS=""
RUN mkdir -p baked-models \
    && case " ${BAKED_MODELS} " in \
        *" wake-"*) echo "BAKED_MODELS: wake words are under CC BY-NC-SA and are never baked in" >&2; exit 1 ;; \
        "  ") ;; \
        *) echo "${BAKED_MODELS}" | xargs node dist/cli.js models fetch --set "folders.models=${PWD}/baked-models" -- ;; \
    esac


FROM ghcr.io/home-assistant/base-debian:trixie

# libatomic1 and libstdc++6: Node and its engines. pulseaudio-utils: microphone and loudspeaker.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libatomic1 libstdc++6 pulseaudio-utils \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin evil

# npm installs the library for embedded language models where somebody wants one.
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
COPY --from=build /usr/lib/evil-assistant /usr/lib/evil-assistant
COPY rootfs /
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && evil-assistant --version

# onnxruntime tells its maker of every start and every model it loads, unless this is set before (microsoft/onnxruntime#27379).
ENV ORT_DISABLE_TELEMETRY="1"
ENV NODE_ENV="production"

# `describe` is answered while models are still being fetched: the add-on counts as started, and the boot goes on.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/evil-assistant-describe"]

ARG BUILD_ARCH
ARG BUILD_VERSION
LABEL \
    io.hass.type="app" \
    io.hass.name="Evil Assistant" \
    io.hass.arch="${BUILD_ARCH}" \
    io.hass.version="${BUILD_VERSION}" \
    org.opencontainers.image.title="Evil Assistant" \
    org.opencontainers.image.version="${BUILD_VERSION}" \
    org.opencontainers.image.licenses="Apache-2.0 AND GPL-3.0-or-later" \
    org.opencontainers.image.description="An evil voice for Home Assistant. The program is under Apache-2.0; sherpa-onnx carries espeak-ng (GPL-3.0-or-later), so the assembled image is conveyed under the terms of the GPL."
