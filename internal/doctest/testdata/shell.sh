# The functions that run the commands of a page. A command is in $STEPS/N.sh; its output goes to
# $STEPS/N.out and its exit code to $STEPS/N.code. All commands share this shell.

foreground() { . "$STEPS/$1.sh" >"$STEPS/$1.out" 2>&1 </dev/null; echo $? >"$STEPS/$1.code"; }

# A command that ends with &, which is ready when it has printed something.
background() { foreground "$1"; await "$1"; }

# The same, until Ctrl-C.
server() {
  background "$1"
  stop
  echo $status >"$STEPS/$1.code"
}

await() {
  for _ in {1..10000}; do
    test -s "$STEPS/$1.out" && return
    sleep 0.02
  done
}

# Stops what runs in the background.
stop() {
  local job
  for job in $(jobs -p); do
    kill "$job"
    wait "$job"
    status=$?
  done
}

# A command that asks: see dialogs.
dialog() { converse "$STEPS/$1.sh" >"$STEPS/$1.out" 2>&1; echo $? >"$STEPS/$1.code"; }

in_zsh() {
  zsh -fc 'autoload -Uz compinit && compinit -u && . "$1"' zsh "$STEPS/$1.sh" >"$STEPS/$1.out" 2>&1 </dev/null
  echo $? >"$STEPS/$1.code"
}

in_fish() {
  fish --no-config "$STEPS/$1.sh" >"$STEPS/$1.out" 2>&1 </dev/null
  echo $? >"$STEPS/$1.code"
}

# What pages show about the latest release holds for this checkout.
go() { (cd "$CHECKOUT" && command go "${@/@latest/}"); }

# The command of the module that package age links.
age-keygen() { (cd "$CHECKOUT" && command go run filippo.io/age/cmd/age-keygen "$@"); }
