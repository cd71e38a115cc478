# irnn-run from this tree:
#     docker build -t irnn-run .
#     docker run --rm -v "$PWD:/work" irnn-run configs/smoke.yaml --out /work/results
# The kernels for every instruction set are compiled here and chosen when a run begins. CPU only.
FROM node:20-bookworm AS build
WORKDIR /build
COPY . .
RUN npm ci && npm pack --pack-destination /package

FROM node:20-bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends g++ make \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /package/*.tgz /tmp/irnn-run.tgz
# The package compiles its kernels when it is installed.
RUN npm install --global /tmp/irnn-run.tgz && rm /tmp/irnn-run.tgz && irnn-run doctor
WORKDIR /work
ENTRYPOINT ["irnn-run"]
