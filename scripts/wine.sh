#!/usr/bin/env bash
# Runs Windows programs under Wine, without a screen.
#
#   scripts/wine.sh prefix DIR          make a Wine prefix in DIR, which must not exist
#   scripts/wine.sh run DIR EXE ARG...  run a program in it
#   scripts/wine.sh stop DIR            end what still runs in it
#   scripts/wine.sh overlay DIR         make DIR/overlay.json, for go test -overlay,
#                                       and DIR/go.mod, for -modfile
#
# Wine, a C compiler for Windows and tmux are installed when they are missing, which
# needs Debian and its root. The prefix takes some 700 MB and ten seconds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

fail() {
  echo "$*" >&2
  exit 1
}

# in_prefix DIR: what Wine is told: to be silent, to have no screen, and not to
# ask for its browser and .NET, which no program here needs.
in_prefix() {
  WINEPREFIX=$(cd "$1" && pwd)/wine
  export WINEPREFIX WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml=;winemenubuilder.exe=' WINEARCH=win64
  unset DISPLAY WAYLAND_DISPLAY
}

install_missing() {
  local missing=()
  command -v wine >/dev/null || missing+=(wine wine64)
  command -v x86_64-w64-mingw32-gcc >/dev/null || missing+=(gcc-mingw-w64-x86-64-posix)
  command -v tmux >/dev/null || missing+=(tmux) # a terminal for what draws
  ((${#missing[@]} > 0)) || return 0
  echo "installing ${missing[*]}"
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >"$1" 2>&1; then
    tail -n 20 "$1" >&2
    fail "Wine cannot be installed: install ${missing[*]} and run this again"
  fi
}

prefix() {
  mkdir "$1" 2>/dev/null || fail "make a Wine prefix in $1: the folder is there already, or its own folder is not; name a new one"
  install_missing "$1/apt.log"
  in_prefix "$1"
  wineboot --init >"$1/wineboot.log" 2>&1 || { cat "$1/wineboot.log" >&2; fail "wineboot failed"; }
  wine winecfg /v win10 # the oldest that the program supports
  wineserver -w         # the registry is on the disk then
  # A Go program takes its random numbers from a DLL that Wine 8 lacks.
  local dll=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
  [[ -e $dll ]] || x86_64-w64-mingw32-gcc -shared -Os -s -o "$dll" "$here/wine/bcryptprimitives.c" -ladvapi32
}

# overlay: what Wine 8 does not know Go's os.RemoveAll takes for a failure: it
# answers a way of deleting that Windows has since version 1607 with "not
# implemented", and Go falls back only on other words for the same. Tests remove
# their folders so; the program is never built with this.
overlay() {
  local file dir
  dir=$(cd "$1" && pwd)
  file=$(go env GOROOT)/src/internal/syscall/windows/at_windows.go
  sed 's/^\tcase STATUS_INVALID_INFO_CLASS,/\tcase NTStatus(0xC0000002), STATUS_INVALID_INFO_CLASS,/' "$file" >"$dir/at_windows.go"
  ! cmp -s "$file" "$dir/at_windows.go" || fail "$file has changed: scripts/wine.sh cannot teach it what Wine answers"
  printf '{"Replace":{"%s":"%s"}}\n' "$file" "$dir/at_windows.go" >"$dir/overlay.json"
}

# modfile: objects of Wine 8 give a property by its name only to who asks for it as
# scripts do, as a property or a method; go-ole asks for a property. Tests of what
# reads classes into structs are built with a go-ole that asks so.
modfile() {
  local dir module
  dir=$(cd "$1" && pwd)
  module=github.com/go-ole/go-ole
  go mod download "$module"
  cp -r "$(go list -m -f '{{.Dir}}' "$module")" "$dir/go-ole"
  chmod -R u+w "$dir/go-ole"
  sed -i 's/DISPATCH_PROPERTYGET, params)$/DISPATCH_METHOD|ole.DISPATCH_PROPERTYGET, params)/' "$dir/go-ole/oleutil/oleutil.go"
  grep -q 'DISPATCH_METHOD|' "$dir/go-ole/oleutil/oleutil.go" || fail "$module has changed: scripts/wine.sh cannot teach it what Wine understands"
  cp go.mod go.sum "$dir"
  go mod edit -replace "$module=$dir/go-ole" "$dir/go.mod"
}

case ${1-} in
  prefix) [[ $# == 2 ]] || fail "usage: $0 prefix DIR" && prefix "$2" ;;
  overlay) [[ $# == 2 ]] || fail "usage: $0 overlay DIR" && overlay "$2" && modfile "$2" ;;
  run)
    [[ $# -ge 3 ]] || fail "usage: $0 run DIR EXE ARG..."
    in_prefix "$2"
    shift 2
    exec wine "$@"
    ;;
  stop) [[ $# == 2 ]] || fail "usage: $0 stop DIR" && in_prefix "$2" && { wineserver -k || true; } ;;
  *) fail "usage: $0 prefix|run|stop|overlay DIR ..." ;;
esac
