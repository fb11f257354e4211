package diagnose_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"patchtrace/diagnose"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

func book(t testing.TB, id string) *pipeline.Playbook {
	t.Helper()
	b, err := pipeline.Load(id)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ccm(at time.Time, component string, severity int, format string, args ...any) string {
	return fmt.Sprintf("<![LOG[%s]LOG]!><time=\"%s+060\" date=\"%s\" component=\"%s\" context=\"\" type=\"%d\" thread=\"12\" file=\"a.cpp:1\">\r\n",
		fmt.Sprintf(format, args...), at.Format("15:04:05.000"), at.Format("01-02-2006"), component, severity)
}

func records(log, text string) []*logparse.Record {
	var all []*logparse.Record
	p := logparse.NewParser(log, logparse.Options{})
	p.Part(log, nil)
	keep := func(r *logparse.Record) bool { all = append(all, r.Clone()); return true }
	p.Feed([]byte(text), keep)
	p.Flush(keep)
	return all
}

func encode(t testing.TB, r *diagnose.Report) string {
	t.Helper()
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// randomLog mixes lines that mean something with lines that do not.
func randomLog(rng *rand.Rand, n int) string {
	at := time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC)
	var b strings.Builder
	for range n {
		at = at.Add(time.Duration(rng.IntN(900_000)) * time.Millisecond)
		lines := []string{
			ccm(at, "WUAHandler", 1, "Async searching of updates using WUAgent started."),
			ccm(at, "WUAHandler", 1, "Async searching completed."),
			ccm(at, "WUAHandler", 1, "Successfully completed scan."),
			ccm(at, "WUAHandler", 3, "OnSearchComplete - Failed to end search job. Error = 0x80244022."),
			ccm(at, "WUAHandler", 3, "Scan failed with error = 0x80244022."),
			ccm(at, "WUAHandler", 1, "Update 1 (a663ceb7-2966-47e5-a270-00000000000%d) finished installing (0x%08x), Reboot Required? No", rng.IntN(4), []int{0, 0x80070643}[rng.IntN(2)]),
			ccm(at, "WUAHandler", 1, "Update (Missing): Some Update (KB9900001) (81ea8fd5-ffc4-4020-af1e-888887ad44bd, 200)"),
			ccm(at, "WUAHandler", 3, "An error 0x8024ABCD that nobody knows"),
			ccm(at, "WUAHandler", 2, "Waiting for 30 secs for policy to take effect on WU Agent."),
			"a bare line\r\n",
		}
		b.WriteString(lines[rng.IntN(len(lines))])
	}
	return b.String()
}

// TestTalliesJoinToTheSameReport is why blocks can be judged apart: however a
// log is cut into tallies, the report is that of one record after the other.
func TestTalliesJoinToTheSameReport(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		recs := records("WUAHandler.log", randomLog(rng, 5+rng.IntN(700)))
		one := diagnose.New(book(t, "configmgr"), diagnose.Options{})
		for _, r := range recs {
			one.Observe(r)
		}
		many := diagnose.New(book(t, "configmgr"), diagnose.Options{})
		for len(recs) > 0 {
			n := 1 + rng.IntN(len(recs))
			tally := many.Matcher().NewTally("WUAHandler.log", nil)
			for _, r := range recs[:n] {
				tally.Observe(r)
			}
			tally.Own()
			many.Add(tally)
			recs = recs[n:]
		}
		if diff := cmp.Diff(encode(t, one.Report()), encode(t, many.Report())); diff != "" {
			t.Fatalf("seed %d (-one by one +in tallies):\n%s", seed, diff)
		}
	}
}

// TestAReportChangesNothing lets a live display ask again and again.
func TestAReportChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	e := diagnose.New(book(t, "configmgr"), diagnose.Options{})
	quiet := diagnose.New(book(t, "configmgr"), diagnose.Options{})
	for _, r := range records("WUAHandler.log", randomLog(rng, 200)) {
		e.Observe(r)
		quiet.Observe(r)
		e.Report()
	}
	if diff := cmp.Diff(encode(t, quiet.Report()), encode(t, e.Report())); diff != "" {
		t.Error(diff)
	}
}

// TestTheReportIsAlwaysWhole: four stages in order, whatever there is.
func TestTheReportIsAlwaysWhole(t *testing.T) {
	for _, id := range pipeline.Builtin() {
		r := diagnose.New(book(t, id), diagnose.Options{Clock: time.Unix(1e9, 0)}).Report()
		var ids []string
		for _, s := range r.Stages {
			ids = append(ids, s.ID)
		}
		if diff := cmp.Diff(pipeline.StageIDs[:], ids); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
		if r.Verdict.Status != diagnose.VerdictUnknown {
			t.Errorf("%s: the verdict on nothing is %q", id, r.Verdict.Status)
		}
	}
}

// TestFindingsAreCited: no finding without a line, or without what is absent.
func TestFindingsAreCited(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 2))
		e := diagnose.New(book(t, "configmgr"), diagnose.Options{})
		for _, r := range records("WUAHandler.log", randomLog(rng, 60)) {
			e.Observe(r)
		}
		for _, s := range e.Report().Stages {
			for _, f := range s.Findings {
				if len(f.Evidence) == 0 && f.Absent == "" {
					t.Errorf("seed %d: %s has no proof", seed, f.Rule)
				}
				if f.Title == "" || len(f.Do) == 0 {
					t.Errorf("seed %d: %s says nothing", seed, f.Rule)
				}
			}
		}
	}
}

// FuzzEngine feeds anything as any log: no panic, every record counted, and a
// report that JSON can hold.
func FuzzEngine(f *testing.F) {
	rng := rand.New(rand.NewPCG(9, 9))
	f.Add("WUAHandler.log", []byte(randomLog(rng, 20)))
	f.Add("Smsapm32.log", []byte("SCHED DATA  : Return code = 0x80070643; Fatal.~~; Program 'p' terminated with exit code = 1603.~  $$<APM><Thu Apr 15 08:01:03.310 2004><thread=1 (0x1)>\r\n"))
	f.Add("x.txt", []byte("<![LOG[a]LOG]!><time=\"1:2:3.4+-420\" date=\"1-2-2015\" component=\"\x1b[31m\">\x00\xff"))
	var matchers []*diagnose.Matcher
	for _, id := range []string{"configmgr", "sms2003-legacy"} {
		matchers = append(matchers, diagnose.NewMatcher(book(f, id)))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		for _, m := range matchers {
			e := m.Engine(diagnose.Options{Clock: time.Unix(1e9, 0)})
			n := int64(0)
			for _, r := range records(name, string(data)) {
				e.Observe(r)
				n++
			}
			report := e.Report()
			encode(t, report)
			var counted int64
			for _, c := range report.Coverage {
				counted += c.Records
			}
			if counted != n {
				t.Fatalf("%d records, %d in the coverage", n, counted)
			}
		}
	})
}
