#!/bin/sh
# Builds the image and tries it, with Docker or with Podman (ENGINE=podman): Redis, an API server and a worker server,
# confined as compose.yaml confines them, on a network of their own without a way out. Jobs run, health checks answer,
# nothing is written outside /data and /tmp, and SIGTERM ends each with 0. Leaves nothing behind but the image.
#
#   sh deploy/try-containers.sh
#
# BUILD_ARGS and RUN_ARGS are handed on to the engine; REDIS_IMAGE is the Redis.
set -eu
cd "$(dirname "$0")/.."
engine=${ENGINE:-docker}
image=jobwright:try
name=jobwright-try-$$
redis=${REDIS_IMAGE:-redis:7.2-bookworm}

clean() {
  for container in api worker redis; do $engine rm -f "$name-$container" >/dev/null 2>&1 || true; done
  $engine volume rm "$name" >/dev/null 2>&1 || true
}
trap clean EXIT
failed=0
expect() {
  if [ "$2" = "$3" ]; then echo "passed   $1: $3"; else echo "FAILED   $1: expected $2, got $3"; failed=1; fi
}

# Words of these two are separate arguments.
# shellcheck disable=SC2086
$engine build ${BUILD_ARGS:-} --tag "$image" .

# shellcheck disable=SC2086
start() {
  container=$1
  shift
  $engine run --detach --name "$name-$container" --read-only --tmpfs /tmp:size=64m --cap-drop ALL \
    --security-opt no-new-privileges ${RUN_ARGS:-} "$@" >/dev/null
}
start redis --network none --user 999:999 "$redis" redis-server --dir /tmp --appendonly yes --save '' \
  --maxmemory-policy noeviction
# The second is the worker, on the same loopback interface.
jobwright() {
  role=$1
  shift
  start "$role" --network "container:$name-redis" --volume "$name:/data" --memory 1g \
    --volume "$PWD/examples/my-types:/types:ro" --env JOB_TYPES=/types --env REDIS_URL=redis://127.0.0.1:6379 \
    --env HOST=127.0.0.1 "$@" "$image" --role "$role"
}
jobwright api --env METRICS_ADDR=127.0.0.1:9090
jobwright worker --env METRICS_ADDR=127.0.0.1:9091

in_api() { $engine exec -i "$name-api" "$@"; }
in_api node --input-type=module - http://127.0.0.1:3000 http://127.0.0.1:9091 < deploy/try-jobs.mjs || failed=1

expect 'user of process 1' 1000 "$(in_api node -p 'process.getuid()')"
expect 'process 1 is the server' true "$(in_api node -p '/^node\0.*jobwright\.js\0/.test(fs.readFileSync("/proc/1/cmdline", "latin1"))')"
expect 'writing into the image' EROFS "$(in_api node -p 'try { fs.writeFileSync("/app/x", "") } catch ({ code }) { code }')"
expect 'capabilities' 0000000000000000 "$(in_api node -p '/CapEff:\s*(\S+)/.exec(fs.readFileSync("/proc/1/status", "latin1"))[1]')"
for role in api worker; do
  code=0
  $engine exec "$name-$role" node /app/deploy/healthcheck.mjs || code=$?
  expect "health check of $role" 0 "$code"
done
for role in worker api; do
  $engine stop --time 40 "$name-$role" >/dev/null
  expect "exit code of $role after SIGTERM" 0 "$($engine inspect --format '{{.State.ExitCode}}' "$name-$role")"
  expect "last line of $role" "$role server stopped" "$($engine logs "$name-$role" 2>&1 | tail -n 1 | sed 's/.*"msg":"\([^"]*\)".*/\1/; s/^API/api/')"
done
# Also while it is being loaded: process 1 gets no signal that it does not listen for.
$engine rm "$name-api" >/dev/null
start api --network "container:$name-redis" --env REDIS_URL=redis://127.0.0.1:6379 "$image" --role api
sleep 0.2
$engine stop --time 20 "$name-api" >/dev/null
expect 'exit code after SIGTERM during the start' 0 "$($engine inspect --format '{{.State.ExitCode}}' "$name-api")"
[ $failed = 0 ] && echo 'All passed.'
exit $failed
