#!/bin/sh
# The demo's late worker: claims by hand, is paused beyond its lease by the demo, and then believes that it is done.
set -u
cd "$DEMO_DIR"
"$@" claim "$CM_AGENT" --json >claim.json 2>claim.err || exit 1
touch claimed
while [ ! -f go ]; do sleep 0.1; done
token=$(sed -n 's/.*"token": *"\([^"]*\)".*/\1/p' claim.json | head -n 1)
"$@" done "$DEMO_ITEM" --lease "$token" --summary "finished, I think" --branch "cm/$DEMO_ITEM/1" --commit "$DEMO_COMMIT" >done.out 2>&1
echo $? >late.exit.new && mv late.exit.new late.exit
