package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"patchtrace/client"
	"patchtrace/diagnose"
	"patchtrace/diagnose/offline"
)

// ofSite is a client on another computer whose site server and site code are kept,
// and a site that answers as told.
func ofSite(t *testing.T, params map[string]string, site askSite) *runTarget {
	t.Helper()
	store := client.ParamsIn(t.TempDir())
	const name = `\\wks-0417.example.org`
	if err := store.Save(name, params); err != nil {
		t.Fatal(err)
	}
	p := &practice{t: t, dir: t.TempDir()}
	p.log("ScanWrapper.log", "Software Updates Scan Tool Started")
	return &runTarget{
		name: name, kept: func() (client.Params, error) { return store, nil }, askSite: site,
		list: func() (*client.Target, error) { return client.Open(p.dir) },
	}
}

func judgeOf(t *testing.T, target *runTarget, judge diagnose.Options) *diagnose.Report {
	t.Helper()
	j := judging{target: target}
	r, err := j.judge(t.Context(), client.Open, offline.Options{Product: "sms2003"}, judge)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var bothKnown = map[string]string{"site": "SMS01", "code": "XYZ"}

func TestTheSiteOfAClientIsAskedForTheLastHardwareScan(t *testing.T) {
	at := time.Date(2007, 6, 5, 2, 0, 0, 0, time.UTC)
	asked := ""
	target := ofSite(t, bothKnown, func(_ context.Context, server, site, computer string) (time.Time, bool, error) {
		asked += server + " " + site + " " + computer + "; "
		return at, true, nil
	})
	for range 2 {
		r := judgeOf(t, target, diagnose.Options{})
		if s := r.LastHardwareScan; s.Time == nil || !s.Time.Equal(at) || s.Source != "wmi" {
			t.Errorf("got %+v", s)
		}
	}
	if asked != "SMS01 XYZ WKS-0417; " { // once, not for every judgement
		t.Errorf("asked for %q", asked)
	}
	target.beside.forget()
	judgeOf(t, target, diagnose.Options{})
	if strings.Count(asked, ";") != 2 {
		t.Errorf("after a stage it was not asked again: %q", asked)
	}
}

func TestALastHardwareScanWithoutAZoneIsOnTheClientsClock(t *testing.T) {
	target := ofSite(t, bothKnown, func(context.Context, string, string, string) (time.Time, bool, error) {
		return time.Date(2007, 6, 5, 2, 0, 0, 0, time.UTC), false, nil
	})
	dir := t.TempDir() // its log is two hours east of UTC
	line := `<![LOG[Software Updates Scan Tool Started]LOG]!><time="03:00:00.000-120" date="06-05-2007" component="ScanWrapper" context="" type="1" thread="12" file="a.cpp:1">` + "\r\n"
	if err := os.WriteFile(filepath.Join(dir, "ScanWrapper.log"), []byte(line), 0o644); err != nil {
		t.Fatal(err)
	}
	target.list = func() (*client.Target, error) { return client.Open(dir) }
	r := judgeOf(t, target, diagnose.Options{})
	if s := r.LastHardwareScan; s.Time == nil || s.Time.Format(time.RFC3339) != "2007-06-05T00:00:00Z" {
		t.Errorf("got %+v", s)
	}
	if !strings.Contains(strings.Join(r.Notes, "\n"), "without a zone: it is taken for a time on the client's clock") {
		t.Errorf("notes %q", r.Notes)
	}
}

func TestASiteThatDoesNotTellHidesNothing(t *testing.T) {
	target := ofSite(t, bothKnown, func(context.Context, string, string, string) (time.Time, bool, error) {
		return time.Time{}, false, errors.New("access denied (0x80041003); run as an administrator")
	})
	r := judgeOf(t, target, diagnose.Options{})
	if r.LastHardwareScan.Source != "none" || !strings.Contains(strings.Join(r.Notes, "\n"), "the Last Hardware Scan of site XYZ on SMS01 is not known: access denied (0x80041003)") {
		t.Errorf("got %+v, notes %q", r.LastHardwareScan, r.Notes)
	}
	if len(r.Timeline) == 0 {
		t.Error("the logs were not judged")
	}
}

func TestWhenNoSiteIsAsked(t *testing.T) {
	never := func(context.Context, string, string, string) (time.Time, bool, error) {
		t.Error("the site was asked")
		return time.Time{}, false, nil
	}
	judgeOf(t, ofSite(t, map[string]string{"site": "SMS01"}, never), diagnose.Options{})
	given := time.Date(2007, 6, 6, 2, 0, 0, 0, time.UTC)
	r := judgeOf(t, ofSite(t, bothKnown, never), diagnose.Options{LastHardwareScan: given, LastHardwareScanSource: "flag"})
	if s := r.LastHardwareScan; s.Source != "flag" || !s.Time.Equal(given) {
		t.Errorf("got %+v", s)
	}
	copied := ofSite(t, bothKnown, never)
	copied.name = t.TempDir()
	judgeOf(t, copied, diagnose.Options{})
}

// Whoever judges waits for a computer that hangs once, not each time, and gets the
// answer when it has come.
func TestAnAnswerThatIsLateIsWaitedForOnce(t *testing.T) {
	var a lastAnswer[string]
	answer := make(chan string)
	ask := func(context.Context) string { return <-answer }
	if got, ok := a.get(t.Context(), time.Hour, time.Millisecond, ask); ok {
		t.Fatalf("got %q", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	defer cancel()
	if got, ok := a.get(ended, time.Hour, time.Hour, ask); ok { // or this waits an hour
		t.Fatalf("got %q", got)
	}
	answer <- "here"
	for {
		if got, ok := a.get(t.Context(), time.Hour, time.Hour, ask); ok {
			if got != "here" {
				t.Errorf("got %q", got)
			}
			return
		}
	}
}
