package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/diagnose"
)

// laid lays the case of that name into a folder.
func laid(t *testing.T, name string) string {
	t.Helper()
	for _, c := range readCases(t) {
		if c.name == name {
			return c.lay(t)
		}
	}
	t.Fatalf("no case %s", name)
	return ""
}

func TestTheTextReportSaysWhatIsBesideTheLogs(t *testing.T) {
	tests := []struct {
		name string
		want []string
	}{
		{"beside-point-behind", []string{
			"Beside the logs catalogue security (mssecure): published 2007-06-01, DataVersion 1.1.2.1001 downloaded 2007-06-04 01:00 -04:00 in package source",
			"security (mssecure): differs, published ", "older than that of the package source", "in distribution point",
		}},
		{"beside-nothing-authorised", []string{
			"scan 1 update: 0 installed, 1 applicable newest result", "authorised 1 update; applicable and not authorised: MS07-031 (935840)",
		}},
		{"beside-agent-notes-report-lost", []string{"the agent notes its last report 2007-06-05", "version 4.11"}},
		{"beside-cab-truncated", []string{"security (mssecure): unreadable the cabinet is cut"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := laid(t, tt.name)
			out, _, _ := diagnosed(t, "C.UTF-8", 100, dir)
			flat := strings.Join(strings.Fields(out), " ") // wherever lines were wrapped
			for _, w := range tt.want {
				if !strings.Contains(flat, w) {
					t.Errorf("it does not say %q:\n%s", w, out)
				}
			}
			for _, width := range []int{40, 80, 140} {
				out, _, _ := diagnosed(t, "C.UTF-8", width, "--all", dir)
				fits(t, out, min(width, maxText))
			}
		})
	}
	if out, _, _ := diagnosed(t, "C.UTF-8", 80, example); strings.Contains(out, "Beside the logs") {
		t.Error("there is nothing beside the logs of the example")
	}
}

// What instances, lists and cabinets say is hostile text like that of logs.
func TestTextFromBesideTheLogsReachesNoTerminalRaw(t *testing.T) {
	dir := laid(t, "beside-nothing-authorised")
	file := filepath.Join(dir, "Win32_PatchState.mof")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	evil := strings.ReplaceAll(string(text), "Windows XP", "\x1b]0;owned\x07\u202eWindows")
	if err := os.WriteFile(file, []byte(evil), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json"} {
		out, _, _ := diagnosed(t, "C.UTF-8", 80, "--all", "--format", format, dir)
		if !strings.Contains(out, "owned") {
			t.Errorf("%s: the text is not there at all:\n%s", format, out)
		}
		if strings.ContainsAny(out, "\x1b\x07\u202e") {
			t.Errorf("%s: raw: %q", format, out)
		}
	}
}

// Copies that agree are told once, and an Office catalogue of which nothing speaks is
// not said to be missing.
func TestCopiesOfACatalogueAreToldInShort(t *testing.T) {
	copies := func(track string, states ...string) (list []diagnose.Catalogue) {
		for i, place := range placesInOrder[:3] {
			list = append(list, diagnose.Catalogue{Place: place, Track: track, Generation: "mssecure", File: "deep/" + track + "/" + strings.Repeat("folder/", 20) + "mssecure.cab", DataVersion: "1.2", State: states[min(i, len(states)-1)]})
		}
		return list
	}
	office := copies("office", diagnose.CopyMissing)
	for _, tt := range []struct {
		name      string
		list      []diagnose.Catalogue
		event     string
		want, not string
	}{
		{"they agree", copies("security", diagnose.CopyOK), "", "DataVersion 1.2\n              in package source, distribution point, client's cache\n", "deep/"},
		{"one is missing", copies("security", diagnose.CopyOK, diagnose.CopyOK, diagnose.CopyMissing), "", "security (mssecure): not in client's cache\n              deep/security/", "in package source, distribution point, client"},
		{"Office is not used", slices.Concat(copies("security", diagnose.CopyOK), office), "", "security (mssecure): DataVersion", "office"},
		{"Office is used", slices.Concat(copies("security", diagnose.CopyOK), office), "office", "office (mssecure): not in package source", "security (mssecure): not"},
		{"neither is there", slices.Concat(copies("security", diagnose.CopyMissing), office), "", "office (mssecure): not in", "DataVersion"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			streams, _, buf, _ := TestStreams()
			r := &diagnose.Report{Catalogues: tt.list, Timeline: []diagnose.Event{{Track: tt.event}}}
			text := newReportText(buf, streams)
			text.zone = time.UTC
			text.beside(r)
			if out := buf.String(); !strings.Contains(out, tt.want) || strings.Contains(out, tt.not) {
				t.Errorf("it should say %q, and not %q:\n%s", tt.want, tt.not, out)
			} else {
				fits(t, out, 80)
			}
		})
	}
}
