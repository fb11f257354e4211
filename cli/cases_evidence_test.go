package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence/cab"
)

// prepareBeside does what prepare asks for with files beside the logs; false if
// the line asks for something else.
func prepareBeside(t *testing.T, dir string, words []string) bool {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(words[1]))
	switch words[0] {
	case "date":
		at, err := time.Parse(time.RFC3339, words[2])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	case "cab":
		packCabinet(t, dir, file, words[2:])
	case "flip":
		change(t, file, func(data []byte) []byte {
			at := wordNumber(t, words[2])
			if at < 0 {
				at += len(data)
			}
			data[at] ^= 0xff
			return data
		})
	case "patch":
		change(t, file, func(data []byte) []byte {
			at, value := wordNumber(t, words[2]), wordNumber(t, words[3])
			data[at], data[at+1] = byte(value), byte(value>>8)
			return data
		})
	case "replace":
		change(t, file, func(data []byte) []byte {
			if !bytes.Contains(data, []byte(words[2])) || len(words[2]) != len(words[3]) {
				t.Fatalf("prepare %q: not there, or of another length", words)
			}
			return bytes.Replace(data, []byte(words[2]), []byte(words[3]), 1)
		})
	case "big":
		grow(t, file, wordNumber(t, words[2])<<20)
	default:
		return false
	}
	return true
}

func wordNumber(t *testing.T, word string) int {
	t.Helper()
	n, err := strconv.ParseInt(word, 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func change(t *testing.T, file string, how func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, how(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

// packCabinet packs files into a cabinet and removes them. A word is NAME=FILE,
// "stored" or "mszip". In the cabinet they keep their dates.
func packCabinet(t *testing.T, dir, file string, words []string) {
	t.Helper()
	method := cab.MSZIP
	var entries []cab.Entry
	for _, w := range words {
		name, from, pack := strings.Cut(w, "=")
		switch {
		case w == "stored":
			method = cab.Stored
		case pack:
			from = filepath.Join(dir, filepath.FromSlash(from))
			data, err := os.ReadFile(from)
			if err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(from)
			if err != nil {
				t.Fatal(err)
			}
			entries = append(entries, cab.Entry{Name: name, Modified: info.ModTime().UTC(), Data: data})
			if err := os.Remove(from); err != nil {
				t.Fatal(err)
			}
		case w != "mszip":
			t.Fatalf("prepare: cab takes no %q", w)
		}
	}
	data, err := cab.Pack(method, entries...)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// grow repeats the line before a text's last one until it has the size.
func grow(t *testing.T, file string, size int) {
	t.Helper()
	change(t, file, func(data []byte) []byte {
		lines := bytes.SplitAfter(bytes.TrimRight(data, "\n"), []byte("\n"))
		if len(lines) < 2 {
			t.Fatalf("prepare: %s has no line to repeat", file)
		}
		again := lines[len(lines)-2]
		out := bytes.Join(lines[:len(lines)-1], nil)
		out = append(out, bytes.Repeat(again, max(0, size-len(out))/len(again)+1)...)
		return append(out, lines[len(lines)-1]...)
	})
}

// holdsBeside checks what the report says was found beside the logs.
func holdsBeside(r *diagnose.Report, words []string) string {
	switch words[0] {
	case "catalogue":
		return holdsCatalogue(r, words[1:])
	case "patches":
		p := r.PatchStates
		if p == nil {
			return "there are none"
		}
		return differ(fmt.Sprintf("%d installed %d applicable %d other", p.Installed, p.Applicable, p.Other), strings.Join(words[1:], " "))
	case "list":
		var have []string
		for _, a := range r.Authorization {
			have = append(have, fmt.Sprintf("%s %s %d", a.File, a.State, a.Authorized))
		}
		if !slices.Contains(have, strings.Join(words[1:], " ")) {
			return fmt.Sprintf("got %q", have)
		}
		return ""
	case "reported":
		if r.InventoryStatus == nil || r.InventoryStatus.Reported == nil {
			return "it is not known"
		}
		return differ(r.InventoryStatus.Reported.Format(time.RFC3339), words[1])
	}
	return "nobody knows what that asks for"
}

// places are the words for the places of a catalogue.
var places = map[string]string{"source": "package source", "point": "distribution point", "cache": "client's cache", "elsewhere": "elsewhere"}

// holdsCatalogue checks "PLACE TRACK STATE [version=V] [published=DAY] [dated=YES|NO]".
func holdsCatalogue(r *diagnose.Report, words []string) string {
	var have []string
	for _, c := range r.Catalogues {
		dated := "no"
		if c.Downloaded != nil {
			dated = "yes"
		}
		got := []string{c.State, "version=" + c.DataVersion, "published=" + c.Published, "dated=" + dated, "package=" + c.Package}
		have = append(have, fmt.Sprint(c.Place, " ", c.Track, " ", got, " ", c.Note))
		if c.Place != places[words[0]] || c.Track != words[1] {
			continue
		}
		if !slices.ContainsFunc(words[2:], func(w string) bool { return !slices.Contains(got, w) }) {
			return ""
		}
	}
	return fmt.Sprintf("got %q", have)
}
