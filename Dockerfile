# syntax=docker/dockerfile:1
# Switchboard in three steps: everything to build the browser code, the packages to run, and the image itself.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY stubs ./stubs
RUN npm ci
COPY . .
RUN npm run build:web

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY stubs ./stubs
# The image has Node 24 itself: the optional package that brings it is left out.
RUN npm ci --omit=dev --omit=optional

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=packages /app/stubs ./stubs
COPY package.json ./
COPY src ./src
COPY --from=build /app/dist ./dist
# /config holds config.yaml and the registrations, /data the embedded store.
RUN mkdir /config /data && chown node:node /config /data
USER node
VOLUME ["/config", "/data"]
EXPOSE 9009 9010
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9010/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--disable-proto=delete", "--disable-warning=DEP0060", "src/main.ts"]
CMD ["-c", "/config/config.yaml"]
