# A newcomer's machine: what the README asks for, from Debian alone, and an ordinary user. Its first process is no init
# and reaps nobody.
FROM debian:trixie-slim
# Unpacking hundreds of small packages without a sync after each, as the official images do.
RUN echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/unsafe-io \
 && apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates nodejs npm python3 python3-pip g++ \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home newcomer
USER newcomer
WORKDIR /home/newcomer/checkout
CMD ["sleep", "infinity"]
