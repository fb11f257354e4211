#!/usr/bin/env bash
# Runs the Windows program and its tests under Wine and judges what they do.
#
#   scripts/wine-check.sh DIR    DIR is made and may be removed afterwards
#
# PATCHTRACE_RELEASED and PATCHTRACE_VERSION name a program that scripts/release
# built and its version: then that is looked at as well.
#
# What runs here has run on Wine, not on Windows: README.md says where they differ.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ $# == 1 ]] || { echo "usage: $0 DIR" >&2; exit 2; }
dir=$1
export CI=true NO_COLOR=1 CGO_ENABLED=0

fail() {
  echo "$*" >&2
  exit 1
}

told() { printf -- '-- %s (%d s)\n' "$1" "$SECONDS"; }

wine() { scripts/wine.sh run "$dir" "$@"; }

session=patchtrace-wine-$$
ended() {
  local code=$?
  tmux kill-session -t "=$session" 2>/dev/null || true
  scripts/wine.sh stop "$dir" 2>/dev/null || true
  exit "$code"
}

told 'a Wine prefix'
scripts/wine.sh prefix "$dir"
trap ended EXIT
scripts/wine.sh overlay "$dir"
dir=$(cd "$dir" && pwd)
windows=$dir/wine/drive_c/windows

told 'build'
GOOS=windows GOARCH=amd64 go build -o "$dir/patchtrace.exe" .

# says WORDS: the last program's answer holds them.
says() { grep -qF -- "$1" "$dir/out" || { cat "$dir/out" >&2; fail "it does not say: $1"; }; }

# exits N ARG...: runs the program, which must end with that code.
exits() {
  local want=$1 code=0
  shift
  wine "$dir/patchtrace.exe" "$@" >"$dir/out" 2>&1 </dev/null || code=$?
  tr -d '\r' <"$dir/out" >"$dir/out.plain" && mv "$dir/out.plain" "$dir/out"
  [[ $code == "$want" ]] || { tail -n 30 "$dir/out" >&2; fail "exit code $code, want $want: patchtrace.exe $*"; }
}

# pane ARG...: starts the program in a terminal.
pane() {
  rm -f "$dir/pane.raw" "$dir/pane.end"
  printf '%q ' "$PWD/scripts/wine.sh" run "$dir" "$dir/patchtrace.exe" "$@" >"$dir/pane.sh"
  tmux -f /dev/null new-session -d -s "$session" -x 120 -y 36 "bash '$dir/pane.sh' 2>'$dir/pane.err'; echo \"ended \$?\" >'$dir/pane.end'; sleep 60"
  tmux pipe-pane -t "=$session:" "cat >>'$dir/pane.raw'"
}

# seen WORDS: waits until they are drawn. Wine 8 takes the escape sequences that move
# the cursor for text and moves it again, so that the picture itself says little:
# colours, layout and resizing cannot be judged here.
seen() {
  for _ in $(seq 300); do
    # Not grep -q: it would end before what writes to it has.
    ! { tmux capture-pane -p -t "=$session:"; cat "$dir/pane.raw" 2>/dev/null || true; } | grep -aF -- "$1" >/dev/null || return 0
    sleep 0.1
  done
  tmux capture-pane -p -t "=$session:" >&2
  fail "the terminal does not show: $1"
}

press() { tmux send-keys -t "=$session:" "$@"; }

# gone N: waits until the program in the terminal has ended with that code.
gone() {
  for _ in $(seq 300); do
    [[ ! -e $dir/pane.end ]] || break
    sleep 0.1
  done
  grep -qx "ended $1" "$dir/pane.end" || { tmux capture-pane -p -t "=$session:" >&2; fail "it did not end with $1: $(cat "$dir/pane.end" "$dir/pane.err" 2>/dev/null)"; }
  tmux kill-session -t "=$session"
}

# tested FOLDER ARG...: runs a package's tests, where their files are.
tested() {
  local folder=$1
  shift
  told "tests of $folder $*"
  GOOS=windows GOARCH=amd64 go test ${modfile:+-modfile "$modfile"} -overlay "$dir/overlay.json" -c -o "$dir/test.exe" "./$folder"
  (cd "$folder" && "$OLDPWD/scripts/wine.sh" run "$dir" "$dir/test.exe" -test.timeout 300s "$@") || fail "tests of $folder failed"
}

told 'a machine without a client'
exits 3 diagnose local
says 'this machine has no client; name what to look into'
for args in tail 'run scan' 'trace MS04-011'; do
  # shellcheck disable=SC2086
  exits 3 $args
  says 'this machine has no client'
done

tested client
PATCHTRACE_TEST_BY_NAME=1 modfile=$dir/go.mod tested client -test.run TheLibraryReads
tested pipeline
tested logparse -test.short

told 'what Windows reads of a release'
if [[ -n ${PATCHTRACE_RELEASED-} ]]; then
  tested scripts/release -test.run TestWindowsReadsTheVersion -test.v
  wine "$PATCHTRACE_RELEASED" --version | grep -qF "patchtrace $PATCHTRACE_VERSION" || fail 'the release does not tell its version'
else
  echo 'skipped: PATCHTRACE_RELEASED names no program'
fi

told 'labs'
# Faults that take rights away from a folder, or remove one, do nothing under Wine 8.
for fault in '' proxy-login cached-cab-damaged mp-error-500 patch-1603; do
  code=1
  [[ -n $fault ]] || code=0
  exits "$code" lab run ${fault:+--fault "$fault"}
  echo "${fault:-no fault}: $(grep -E '^(✓|✗|\[|ok|XX|!!|PASSED|FAILED)' "$dir/out" | tail -n 1)"
done

told 'an Advanced Client: folders and a program of its own'
advanced=$windows/system32/CCM/Logs
package=$windows/system32/vpcache/XYZ00012
mkdir -p "$advanced" "$package"
cp testdata/example/InventoryAgent.log "$advanced"
: >"$package/mssecure.cab"
x86_64-w64-mingw32-gcc -O -s -o "$package/ScanWrapper.exe" scripts/wine/scanwrapper.c
wine "$package/ScanWrapper.exe" /s /cache >/dev/null # its log tells the product
pane run scan # no flags: it asks in the terminal
seen "Run it?"
press Enter
seen 'the scan tool runs'
gone 1
grep -q 'Command line: .*ScanWrapper.exe"\? /s /cache\]LOG' "$advanced/ScanWrapper.log" || fail "the scan tool was started with: $(grep Command "$advanced/ScanWrapper.log")"
exits 3 patches
says 'there is no such class (0x8004'
says 'run the scan: its first success makes the class'
rm -r "$advanced" "$package"

told 'a client by its folders'
logs=$windows/CCM/Logs
mkdir -p "$logs"
cp testdata/example/*.lo* "$logs"
exits 1 diagnose local
says 'FAILED at scan'
says 'services:'

told 'a client by its registry'
key='HKLM\SOFTWARE\Microsoft\CCM\Logging\@GLOBAL'
mkdir -p "$dir/wine/drive_c/Clients/Own Logs"
cp testdata/example/*.lo* "$dir/wine/drive_c/Clients/Own Logs"
wine reg add "$key" /v LogDirectory /d 'C:\Clients\Own Logs' /f >/dev/null
wine reg add 'HKLM\SOFTWARE\Microsoft\SMS\Mobile Client' /v SmsClientVersion /d 5.00.9068.1000 /f >/dev/null
wine reg add 'HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired' /f >/dev/null
exits 1 diagnose local
says 'FAILED at scan'
says 'client version 5.00.9068.1000'
says 'restart pending: Windows Update waits for a restart'
says 'C:\windows\CCM\Logs holds logs of a client too'
exits 0 tail --from start --idle-exit 1s
says 'Failed to Add Update Source'
exits 0 run scan --dry-run
# Wine's WMI cannot be given a Win32_PatchState: what was saved of one stands in.
exits 0 patches
says 'c2e64d91-38b7-4a5f-b0d9-164f93a07e28' # of UpdatesStore.log
exits 1 trace c2e64d91-38b7-4a5f-b0d9-164f93a07e28
says 'Group Policy conflict'
saved='instance of Win32_PatchState\n{\n\tID = "MS04-011";\n\tQNumbers = "835732";\n\tStatus = "Applicable";\n\tOnlyHere = "a \\"b\\"";\n};\n'
# shellcheck disable=SC2059
printf "$saved" >"$dir/wine/drive_c/Clients/Own Logs/Win32_PatchState.mof"
exits 0 patches
says 'MS04-011'
says '835732'
exits 0 patches --format json
says '"OnlyHere": "a \"b\""'
exits 1 trace MS04-011
says 'Win32_PatchState.mof'

told 'the console: started, driven and quit'
pane local
seen '2 Scan'
seen 'FAILED'
press t
seen 'Newest first'
press Escape
press q
gone 0

told "all of it ran under Wine"
