#!/bin/bash
# Runs once, inside the postgres container, on an empty data directory: one database and one role per service, and no
# role may so much as connect to another's database. The passwords come from the environment: <SERVICE>_PASSWORD.
set -euo pipefail

run() { psql -X -q -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" "$@"; }

for service in work hook workflow convoy refinery health; do
  variable=$(echo "$service" | tr '[:lower:]' '[:upper:]')_PASSWORD
  [ -n "${!variable:-}" ] || { echo "init.sh: $variable is not set; deploy/make-env writes it" >&2; exit 1; }
  run --dbname postgres -v name="claudemanage_$service" -v password="${!variable}" <<'SQL'
create role :"name" login password :'password' nosuperuser nocreatedb nocreaterole noreplication;
create database :"name" owner :"name" encoding 'UTF8' template template0;
revoke all on database :"name" from public;
SQL
done

run --dbname postgres <<'SQL'
revoke connect, temporary on database postgres from public;
revoke connect, temporary on database template1 from public;
SQL
