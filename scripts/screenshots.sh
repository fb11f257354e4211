#!/usr/bin/env bash
# Takes the README's pictures of the running console: the real program on its lab
# in a real terminal (tmux), and a browser (chromium) that draws what the pane holds.
#
#   scripts/screenshots.sh [FOLDER]     docs/pictures unless given
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-docs/pictures}")
mkdir -p "$out"
for tool in tmux chromium; do
  command -v "$tool" >/dev/null || { echo "screenshots: $tool is missing; install it with the system's packages" >&2; exit 1; }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/patchtrace-shots.XXXXXX")
socket=$work/tmux
panes=0
ended() {
  tmux -S "$socket" kill-server 2>/dev/null || true
  rm -rf "$work"
}
trap ended EXIT
go build -o "$work/patchtrace" .
go build -o "$work/shot" ./scripts/shot

# pane SIZE COMMAND...: the command in a terminal of that size, 120x36 say.
pane() {
  local size=$1
  shift
  tmux -S "$socket" kill-server 2>/dev/null || true
  socket=$work/tmux.$((++panes)) # the old server may take a while to go
  env -i HOME="$work" PATH="$PATH" LANG=C.UTF-8 TERM=xterm-256color TZ=America/New_York TMPDIR="$work" \
    tmux -S "$socket" -f /dev/null new-session -d -x "${size%x*}" -y "${size#*x}" "COLORTERM=truecolor $*"
  tmux -S "$socket" set -g default-terminal tmux-256color \; set -ga terminal-overrides ',*:Tc'
}

keys() { tmux -S "$socket" send-keys "$@"; }

# await TEXT: until the text is on the screen.
await() {
  local n
  for n in $(seq 300); do
    if tmux -S "$socket" capture-pane -p | grep -qF -- "$1"; then return; fi
    sleep 0.1
  done
  tmux -S "$socket" capture-pane -p >&2
  echo "screenshots: '$1' did not come" >&2
  exit 1
}

# picture NAME SIZE: what the pane holds, as a PNG.
picture() {
  local name=$1 size=$2
  tmux -S "$socket" capture-pane -e -p | "$work/shot" >"$work/$name.html"
  chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update \
    --disable-sync --user-data-dir="$work/browser" --hide-scrollbars --screenshot="$out/$name.png" \
    --window-size="$((${size%x*} * 9031 / 1000 + 34)),$((${size#*x} * 18 + 30))" "file://$work/$name.html" >/dev/null 2>&1
  echo "$out/$name.png"
}

# run_all presses a until the product is known, and confirms.
run_all() {
  await '1 Sync'
  keys a
  while ! tmux -S "$socket" capture-pane -p | grep -qF 'Run all'; do
    sleep 0.5
    tmux -S "$socket" capture-pane -p | grep -qF 'Run all' || keys a
  done
  sleep 0.5 # a confirmation is deaf to keys that were in flight
  keys Enter
}

pane 120x36 "$work/patchtrace lab --fault repository-denied"
run_all
await 'FAILED at scan'
picture findings 120x36

pane 120x36 "$work/patchtrace lab"
run_all
await 'Install updates'
sleep 0.5
keys Enter
await 'all passed'
keys t
await 'Timeline'
picture timeline 120x36
keys t # back to the stages
keys p
await 'Show MOF'
picture patches 120x36
keys p 1 # back to the stages, and to what the first one left
keys ']'
await 'catalogue, package source' # findings tell versions too
picture data 120x36

pane 120x36 "$work/patchtrace lab --fault patch-1603"
run_all
await 'Install updates'
sleep 0.5
keys Enter
await 'FAILED at install'
keys w
await 'Trace which patch?'
keys MS07-901
await '▸ MS07-901'
keys Enter
await 'in the catalogue'
picture trace 120x36
