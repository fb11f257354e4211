package offline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"patchtrace/diagnose"
	"patchtrace/logparse"
)

type memFile struct{ *bytes.Reader }

func (memFile) Close() error { return nil }

func memLog(name, text string) logparse.Log {
	data := []byte(text)
	return logparse.Log{Name: name, Parts: []logparse.Part{{
		Name: name, Size: int64(len(data)),
		Open: func() (logparse.File, error) { return memFile{bytes.NewReader(data)}, nil },
	}}}
}

// writer writes CCM lines a second apart.
type writer struct {
	strings.Builder
	at        time.Time
	component string
}

func newWriter(component string) *writer {
	return &writer{at: time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC), component: component}
}

func (w *writer) line(format string, args ...any) {
	w.at = w.at.Add(time.Second)
	fmt.Fprintf(w, "<![LOG[%s]LOG]!><time=\"%s+060\" date=\"%s\" component=\"%s\" context=\"\" type=\"1\" thread=\"12\" file=\"a.cpp:1\">\r\n",
		fmt.Sprintf(format, args...), w.at.Format("15:04:05.000"), w.at.Format("01-02-2006"), w.component)
}

func (w *writer) chatter(n int) {
	for i := range n {
		w.line("Ordinary line %d of the day, with some words in it", i)
	}
}

func diagnosed(t *testing.T, window int64, full bool, logs ...logparse.Log) *diagnose.Report {
	t.Helper()
	r, err := Diagnose(context.Background(), Source{Logs: logs},
		Options{Window: window, Full: full, Product: "configmgr", Options: logparse.Options{BlockSize: 4 << 10}},
		diagnose.Options{Clock: time.Unix(1e9, 0), Machine: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// judged is what reading from the end and reading all must agree on.
func judged(t *testing.T, r *diagnose.Report) string {
	t.Helper()
	c := *r
	c.Timeline, c.Coverage, c.Notes = nil, nil, nil
	b, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTheEndSaysWhatTheWholeSays reads logs that are longer than the window both
// ways: verdict, findings and cited lines are the same.
func TestTheEndSaysWhatTheWholeSays(t *testing.T) {
	success, failure := "Successfully completed scan.", "Scan failed with error = 0x80244022."
	start := "Async searching of updates using WUAgent started."
	tests := map[string][]func(*writer){
		"success at the end":                {chat(900), say(start), say(success), chat(20)},
		"failure at the end":                {say(success), chat(900), say(start), say(failure), chat(5)},
		"failure long ago, success since":   {say(failure), chat(900), say(success), chat(10)},
		"success long ago and nothing else": {chat(50), say(success), chat(1500)},
		"failure long ago and nothing else": {say(success), chat(50), say(failure), chat(1500)},
		"nothing at all":                    {chat(1500)},
		"a start without an end":            {say(success), chat(900), say(start)},
		"many cycles":                       {cycles(60, start, success), say(failure), chat(30)},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWriter("WUAHandler")
			for _, step := range steps {
				step(w)
			}
			other := newWriter("ScanAgent")
			other.chatter(400)
			logs := []logparse.Log{memLog("WUAHandler.log", w.String()), memLog("logs/ScanAgent.log", other.String())}
			end, whole := diagnosed(t, 20<<10, false, logs...), diagnosed(t, 20<<10, true, logs...)
			if diff := cmp.Diff(judged(t, whole), judged(t, end)); diff != "" {
				t.Errorf("(-whole +from the end):\n%s", diff)
			}
			for _, s := range end.Stages {
				for _, f := range s.Findings {
					for _, e := range f.Evidence {
						if e.Line == 0 {
							t.Errorf("%s cites no line", f.Rule)
						}
					}
				}
			}
		})
	}
}

func chat(n int) func(*writer)      { return func(w *writer) { w.chatter(n) } }
func say(text string) func(*writer) { return func(w *writer) { w.line("%s", text) } }
func cycles(n int, texts ...string) func(*writer) {
	return func(w *writer) {
		for range n {
			for _, text := range texts {
				w.line("%s", text)
			}
			w.chatter(20)
		}
	}
}

// TestOnlyTheEndOfALongLogIsRead is what makes the verdict quick.
func TestOnlyTheEndOfALongLogIsRead(t *testing.T) {
	w := newWriter("WUAHandler")
	w.chatter(3000)
	w.line("Successfully completed scan.")
	log := memLog("WUAHandler.log", w.String())
	r := diagnosed(t, 20<<10, false, log)
	for _, c := range r.Coverage {
		if c.Log == "WUAHandler.log" && (c.Records > 300 || !c.Partial) {
			t.Errorf("%d records were read, partial %t", c.Records, c.Partial)
		}
	}
}

func TestShortLogsAreReadWhole(t *testing.T) {
	w := newWriter("WUAHandler")
	w.chatter(3000)
	r := diagnosed(t, 0, false, memLog("WUAHandler.log", w.String()))
	for _, c := range r.Coverage {
		if c.Log == "WUAHandler.log" && (c.Records != 3000 || c.Partial) {
			t.Errorf("%d records were read, partial %t", c.Records, c.Partial)
		}
	}
}

func TestALogThatCannotBeOpenedIsSaidToBeSo(t *testing.T) {
	log := logparse.Log{Name: "WUAHandler.log", Parts: []logparse.Part{{
		Name: "WUAHandler.log", Size: 10, Open: func() (logparse.File, error) { return nil, fmt.Errorf("the disk is gone") },
	}}}
	for _, c := range diagnosed(t, 0, false, log).Coverage {
		if c.Log == "WUAHandler.log" && (c.State != diagnose.LogUnreadable || !strings.Contains(c.Note, "the disk is gone")) {
			t.Errorf("state %q, note %q", c.State, c.Note)
		}
	}
}
