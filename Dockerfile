# One image for both servers: the role is the argument. Debian rather than Alpine, because sharp's libvips for glibc is
# the one with the faster memory allocation. Nothing here runs an install script: what is compiled comes as packages.
ARG NODE_IMAGE=node:20-bookworm-slim

FROM ${NODE_IMAGE} AS manifest
WORKDIR /app
COPY package.json package-lock.json ./

# An .npmrc of your own, for a registry of your own: --secret id=npmrc,src=$HOME/.npmrc. It is in no layer.
FROM manifest AS build
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --include=dev --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY console ./console
COPY src ./src
RUN node scripts/build.mjs

FROM manifest AS production
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE} AS runtime
ARG REVISION=unknown
LABEL org.opencontainers.image.title="jobwright" \
      org.opencontainers.image.description="A self-hosted job platform with a typed REST API" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${REVISION}"

# The one folder that is written to, besides /tmp; a fresh named volume takes over its owner.
RUN install -d -o 1000 -g 1000 -m 0750 /data
WORKDIR /app
COPY --from=production /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY deploy/healthcheck.mjs ./deploy/healthcheck.mjs

# HOST and METRICS_ADDR: a container's loopback interface is reached by nobody. Who may reach these ports is decided by
# what publishes them.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    METRICS_ADDR=0.0.0.0:9090 \
    DATA_DIR=/data

# By number, so that Kubernetes can tell that it is not root.
USER 1000:1000
VOLUME ["/data"]
EXPOSE 3000 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "/app/deploy/healthcheck.mjs"]

# node itself is process 1: npm or a shell between would keep the signals to itself.
ENTRYPOINT ["node", "--import", "/app/dist/cli/stop-while-loading.js", "/app/dist/cli/jobwright.js"]
CMD ["--role", "api"]
