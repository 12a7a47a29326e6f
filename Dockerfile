# A container with nothing but latchkey and the certificates of public authorities:
#
#   docker build -t latchkey .
#   docker run --rm -v ~/.aws:/home/.aws latchkey status
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /latchkey ./cmd/latchkey

FROM scratch
ENV HOME=/home
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /latchkey /latchkey
ENTRYPOINT ["/latchkey"]
