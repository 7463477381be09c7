#!/bin/sh
# Makes the secrets that compose.yaml refers to, each in a file of deploy/secrets/, where they are not there yet.
# Containers see single files of it, as other users: the folder keeps everyone else on this machine out.
set -eu
umask 022
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets
cd secrets

password() { openssl rand -hex 32; }

if [ ! -e redis_url ]; then
  secret=$(password)
  # Redis keeps a digest. Nobody without a name may do more than ask whether it is there; Jobwright may not do what
  # concerns the server as a whole, but read its settings and its figures.
  {
    echo 'user default on nopass resetkeys resetchannels -@all +ping'
    echo "user jobwright on #$(printf %s "$secret" | sha256sum | cut -d' ' -f1) ~{jobwright}* &* +@all -@admin -flushall -flushdb -swapdb +config|get"
  } > redis_users
  printf %s "redis://jobwright:$secret@redis:6379" > redis_url
fi
[ -e webhook_secrets ] || printf 'whsec_%s' "$(openssl rand -base64 32)" > webhook_secrets
[ -e grafana_password ] || password > grafana_password
echo "Secrets are in $(pwd); Grafana's password, for the user admin, in grafana_password."
