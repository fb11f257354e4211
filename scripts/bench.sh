#!/usr/bin/env bash
# Measures patchtrace against wc -l, and against other readers of logs where they
# are installed, on a large log that it makes and removes again. It says of each
# budget whether it holds, and ends with 1 when one does not.
#
#   scripts/bench.sh [MB]        size of the log, 1000 unless given
#   ROUNDS=5 scripts/bench.sh    best of five rounds instead of three
#
# It needs bash 5, Go, twice the size on disk, and better the size in free memory
# too: files are meant to be read from the page cache. On a machine that is busy
# with other things the numbers mean little.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

size=${1:-1000}
rounds=${ROUNDS:-3}
[[ $size =~ ^[1-9][0-9]*$ && $rounds =~ ^[1-9][0-9]*$ ]] || {
  echo "bench.sh: size and rounds are whole numbers above 0, not \"$size\" and \"$rounds\"" >&2
  exit 2
}
[[ -n ${EPOCHREALTIME:-} ]] || {
  echo "bench.sh: needs bash 5, this is $BASH_VERSION" >&2
  exit 2
}
work=$(mktemp -d "${TMPDIR:-/tmp}/patchtrace-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "making $size MB of log, twice: as one log, and as the eight logs of a client"
go build -o "$work/patchtrace" .
go build -o "$work/biglog" ./scripts/biglog
"$work/biglog" -size "$size" "$work/one"
"$work/biglog" -size "$size" -logs 8 -failing "$work/client"
"$work/biglog" -size 40 -logs 60 "$work/typical"
one=$work/one/WUAHandler.log
pt=$work/patchtrace

# GNU time tells the peak memory; without it that column stays empty.
gnutime=
if [[ $(/usr/bin/time -f %M true 2>&1) =~ ^[0-9]+$ ]]; then gnutime=/usr/bin/time; fi

names=() # in the order of the table; the command of names[i] is in argv<i>
declare -A best peak

add() { # name, command, arguments
  local -n argv=argv${#names[@]}
  argv=("${@:2}")
  names+=("$1")
  best[$1]=
  peak[$1]=0
}

add 'wc -l' wc -l "$one"
add 'stats' "$pt" stats "$one"
add 'diagnose --full' "$pt" diagnose --full "$one"
add 'diagnose, one log' "$pt" diagnose "$one"
add 'diagnose, eight logs' "$pt" diagnose "$work/client"
add 'diagnose, typical' "$pt" diagnose "$work/typical"
if type -P rg >/dev/null; then
  add 'rg -c' rg -c LOG "$one"
fi
if type -P lnav >/dev/null; then
  # lnav knows no CCM log by itself.
  mkdir -p "$work/home/.lnav/formats/ccm"
  cat >"$work/home/.lnav/formats/ccm/ccm.json" <<'JSON'
{
  "$schema": "https://lnav.org/schemas/format-v1.schema.json",
  "ccm_bench": {
    "title": "CCM",
    "description": "Log of a Configuration Manager client",
    "regex": {"std": {"pattern": "^<!\\[LOG\\[(?<body>.*)\\]LOG\\]!><time=\"(?<timestamp>\\d+:\\d+:\\d+\\.\\d+\\+060\" date=\"\\d+-\\d+-\\d+)\" component=\"(?<component>[^\"]*)\" context=\"[^\"]*\" type=\"(?<level>\\d)\" thread=\"(?<thread>\\d+)\" file=\"(?<file>[^\"]*)\">\\s*$"}},
    "timestamp-format": ["%H:%M:%S.%L+060\" date=\"%m-%d-%Y"],
    "level-field": "level",
    "level": {"error": "3", "warning": "2", "info": "1"},
    "value": {"component": {"kind": "string", "identifier": true}, "thread": {"kind": "integer"}, "file": {"kind": "string"}},
    "sample": [{"line": "<![LOG[Async searching completed.]LOG]!><time=\"03:04:06.250+060\" date=\"01-02-2024\" component=\"WUAHandler\" context=\"\" type=\"1\" thread=\"4001\" file=\"cwuahandler.cpp:1025\">"}]
  }
}
JSON
  add 'lnav' env HOME="$work/home" lnav -n -c ';SELECT count(*) FROM ccm_bench' "$one"
fi

run() { # number: runs it once and keeps the best time and the highest peak
  local -n words=argv$1
  local name=${names[$1]} code=0 from to seconds kilobytes
  from=$EPOCHREALTIME
  if [[ -n $gnutime ]]; then
    "$gnutime" -q -o "$work/peak" -f %M "${words[@]}" </dev/null >"$work/out" 2>"$work/err" || code=$?
  else
    "${words[@]}" </dev/null >"$work/out" 2>"$work/err" || code=$?
  fi
  to=$EPOCHREALTIME
  # 1, 3 and 4 are verdicts.
  if [[ $code == 2 || $code -gt 4 || ! -s $work/out ]]; then
    echo "bench.sh: ${words[*]}: exit code $code: $(head -c 300 "$work/err")" >&2
    exit 2
  fi
  seconds=$(awk -v a="$from" -v b="$to" 'BEGIN { printf "%.4f", b - a }')
  if [[ -z ${best[$name]} ]] || awk -v a="$seconds" -v b="${best[$name]}" 'BEGIN { exit !(a < b) }'; then
    best[$name]=$seconds
  fi
  if [[ -n $gnutime ]]; then
    kilobytes=$(tail -n 1 "$work/peak")
    if ((kilobytes > peak[$name])); then peak[$name]=$kilobytes; fi
  fi
}

echo "warming up"
cat "$work"/one/* "$work"/client/* "$work"/typical/* >/dev/null
for ((round = 1; round <= rounds; round++)); do
  echo "round $round of $rounds"
  for i in "${!names[@]}"; do run "$i"; done
done

ratio() { awk -v a="${best[$1]}" -v b="${best[$2]}" 'BEGIN { printf "%.1f", a / b }'; }

bytes=$(wc -c <"$one")
echo
echo "$(uname -sm), $(go env GOVERSION), $(getconf _NPROCESSORS_ONLN 2>/dev/null || echo '?') processors, $bytes bytes, best of $rounds"
printf '%-22s %9s %9s %9s %9s\n' '' seconds GB/s 'x wc -l' 'peak MB'
for name in "${names[@]}"; do
  rate=$(awk -v n="$bytes" -v s="${best[$name]}" 'BEGIN { printf "%.2f", n / s / 1e9 }')
  # These do not read every byte.
  case $name in 'diagnose, '*) rate=- ;; esac
  memory=-
  if [[ -n $gnutime ]]; then memory=$(awk -v k="${peak[$name]}" 'BEGIN { printf "%.0f", k / 1024 }'); fi
  printf '%-22s %9.3f %9s %9s %9s\n' "$name" "${best[$name]}" "$rate" "$(ratio "$name" 'wc -l')" "$memory"
done

failed=0
budget() { # what, measured, limit
  local verdict=holds
  awk -v a="$2" -v b="$3" 'BEGIN { exit !(a <= b) }' || { verdict='DOES NOT HOLD' && failed=1; }
  printf '%-58s %8s  %s\n' "$1" "$2" "$verdict"
}
megabytes() { awk -v k="${peak[$1]}" 'BEGIN { printf "%.0f", k / 1024 }'; }

echo
budget 'stats takes at most 6 times wc -l' "$(ratio stats 'wc -l')" 6
budget 'diagnose --full takes at most 3 times stats' "$(ratio 'diagnose --full' stats)" 3
budget 'the newest verdict of one log comes in 0.1 s' "${best['diagnose, one log']}" 0.1
budget 'the newest verdict of eight logs comes in 0.1 s' "${best['diagnose, eight logs']}" 0.1
budget 'a typical client (60 logs, 40 MB) takes 0.15 s' "${best['diagnose, typical']}" 0.15
if [[ -n $gnutime ]]; then
  for name in stats 'diagnose --full' 'diagnose, one log' 'diagnose, eight logs'; do
    budget "$name: peak memory below 150 MB" "$(megabytes "$name")" 149
  done
  budget 'a typical client: peak memory at most 64 MB' "$(megabytes 'diagnose, typical')" 64
fi
if [[ -n ${best[lnav]:-} ]]; then
  printf '%-58s %8s\n' 'lnav takes this many times stats' "$(ratio lnav stats)"
fi

# The console is measured as a program in a terminal, on the eight logs.
if [[ $(uname -s) == Linux ]]; then
  echo
  line=$(PATCHTRACE_BENCH_LOGS=$work/client go test ./cli -run '^$' -bench '^BenchmarkConsole$' -benchtime 1x | grep '^BenchmarkConsole')
  metric() { awk -v unit="$1" '{ for (i = 2; i < NF; i++) if ($(i + 1) == unit) print $i }' <<<"$line"; }
  budget 'console: first screen in 150 ms' "$(metric first-ms)" 150
  budget 'console: peak memory below 150 MB' "$(metric peak-MB)" 149
  budget 'console: idle costs less than 1 % of a core' "$(metric idle-%)" 0.99
  budget 'console: a key shows in 16 ms (median)' "$(metric key-median-ms)" 16
  printf '%-58s %8s\n' 'console: a key, 99 of 100, ms' "$(metric key-p99-ms)"
  printf '%-58s %8s\n' 'console: the same while the logs are indexed, ms' "$(metric early-key-p99-ms)"
  printf '%-58s %8s\n' 'console: verdict on the screen, ms' "$(metric verdict-ms)"
fi
exit "$failed"
