package cli

import (
	"fmt"
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

// Hundreds of damaged files do not bury the text, and it says how many there are.
func TestHundredsOfDamagedFilesAreToldInShort(t *testing.T) {
	r := &diagnose.Report{CataloguesLeftOut: 400, AuthorizationLeftOut: 3}
	for i := range 50 {
		r.Catalogues = append(r.Catalogues, diagnose.Catalogue{
			Place: placesInOrder[0], Track: "security", Generation: "mssecure", State: diagnose.CopyUnreadable, File: fmt.Sprintf("%d/mssecure.cab", i), Note: fmt.Sprintf("byte %d", i/10*(i%10)),
		})
		r.Authorization = append(r.Authorization, diagnose.AuthorizationList{File: fmt.Sprintf("%d.xml", i), State: diagnose.ListEmpty, ApplicableNotAuthorized: make([]string, 50), ApplicableNotAuthorizedLeftOut: 50})
	}
	r.Catalogues = append(r.Catalogues, diagnose.Catalogue{Place: placesInOrder[0], Track: "security", Generation: "mssecure", State: diagnose.CopyOK, DataVersion: "1.2", File: "x"})
	text := func(all bool) string {
		streams, _, buf, _ := TestStreams()
		text := newReportText(buf, streams)
		text.zone, text.all = time.UTC, all
		text.beside(r)
		return buf.String()
	}
	short, flat := text(false), strings.Join(strings.Fields(text(false)), " ")
	for _, want := range []string{"mssecure.cab and 9 more", "DataVersion 1.2", "428 more copies, not shown", "48 more lists, not shown", "and 80 more"} {
		if !strings.Contains(flat, want) {
			t.Errorf("it does not say %q:\n%s", want, short)
		}
	}
	if lines := strings.Count(short, "\n"); lines > 80 {
		t.Errorf("%d lines:\n%s", lines, short)
	}
	if all := text(true); strings.Count(all, "mssecure.cab") != 50 || !strings.Contains(all, "400 more copies, not shown") || !strings.Contains(strings.Join(strings.Fields(all), " "), "and 50 more") {
		t.Errorf("with all:\n%s", all)
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
