package pipeline

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestBuiltinPlaybooksLoad(t *testing.T) {
	if !slices.IsSorted(Builtin()) || len(Builtin()) == 0 {
		t.Fatalf("Builtin() = %q", Builtin())
	}
	for _, id := range Builtin() {
		p, err := Load(id)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.ID != id {
			t.Errorf("%s.yaml has the id %s", id, p.ID)
		}
		if again, _ := Load(id); again != p {
			t.Errorf("%s was read twice", id)
		}
	}
}

// The fast reader may be used only where it gives what the full parser gives.
func TestBuiltinPlaybooksAreReadTheFastWay(t *testing.T) {
	for _, id := range Builtin() {
		name, data, err := source(id)
		if err != nil {
			t.Fatal(err)
		}
		plain, ok := readPlain(string(data))
		if !ok {
			t.Errorf("%s: written in more YAML than the fast reader knows; loading it takes four times as long", name)
			continue
		}
		full, problem := readYAML(data)
		if problem != nil {
			problem.File = name
			t.Error(problem)
			continue
		}
		if at, ok := sameTree(plain, full); !ok {
			t.Errorf("%s:%d:%d: the fast reader takes this for something else", name, at.line, at.column)
		}
	}
}

func TestHeadHasTheSignsAndNoStages(t *testing.T) {
	for _, id := range Builtin() {
		head, err := Head(id)
		if err != nil {
			t.Error(err)
			continue
		}
		whole, err := Load(id)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(head.Stages) != 0 {
			t.Errorf("%s: the head has %d stages", id, len(head.Stages))
		}
		if head.ID != whole.ID || !reflect.DeepEqual(head.Detect, whole.Detect) || len(head.Notes) != len(whole.Notes) {
			t.Errorf("%s: the head differs from the whole", id)
		}
	}
}

func TestHeadOfAPlaybookWhoseStagesStandInTheMiddle(t *testing.T) {
	text := "id: a\nstages:\n  - id: sync\n# a remark\n  - id: scan\ntitle: T\n"
	if got, want := withoutStages(text), "id: a\ntitle: T\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for name, text := range map[string]string{"read fast": text, "read in full": text + "\"summary\": S\n"} {
		p, err := parseHead("a.yaml", []byte(text))
		if err != nil || p.ID != "a" || p.Title != "T" || len(p.Stages) != 0 {
			t.Errorf("%s: got %+v, %v", name, p, err)
		}
	}
}

func TestAnUnknownPlaybookIsAnsweredWithTheKnownOnes(t *testing.T) {
	for _, load := range []func(string) (*Playbook, error){Load, Head} {
		_, err := load("../load")
		if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), Builtin()[0]) {
			t.Errorf("got %v", err)
		}
	}
}

func TestParseFillsDefaults(t *testing.T) {
	p, err := Parse("good.yaml", []byte(goodBook))
	if err != nil {
		t.Fatal(err)
	}
	scan := p.Stage(Scan)
	start, refused := scan.Signatures[0], scan.Signatures[1]
	if start.Stage != Scan || start.Confidence != Documented || start.Severity != "" {
		t.Errorf("start: stage %q, confidence %q, severity %q", start.Stage, start.Confidence, start.Severity)
	}
	if refused.Severity != SevError || refused.Confidence != Inferred {
		t.Errorf("failure: severity %q, confidence %q", refused.Severity, refused.Confidence)
	}
	if log := scan.Logs[0]; log.Side != SideClient || log.Confidence != Documented {
		t.Errorf("log: side %q, confidence %q", log.Side, log.Confidence)
	}
	if p.Stage("audit") != nil {
		t.Error("a stage that is not there was found")
	}
}

func TestParseRefusesWhatCannotBeUsed(t *testing.T) {
	tests := []struct {
		name, old, new, want string
	}{
		{
			name: "a bad pattern is named with its place",
			old:  "pattern: Scan tool started", new: `pattern: "Scan (tool"`,
			want: "t.yaml:58:18: pattern `Scan (tool`: missing closing ): `Scan (tool`",
		},
		{
			name: "so is a duration",
			old:  "interval: 7d", new: "interval: a week",
			want: "t.yaml:38:15: duration `a week`; write it like 90s, 30m, 26h or 7d",
		},
		{
			name: "and a kind",
			old:  "kind: wmi", new: "kind: cim",
			want: "t.yaml:50:15: unknown kind `cim`; use exec, wmi or manual",
		},
		{
			name: "several problems are counted",
			old:  "id: demo\ntitle: Demo product", new: "id: demo\ntitel: Demo product\nname: x",
			want: "t.yaml:2:1: ",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Parse("t.yaml", []byte(strings.Replace(goodBook, tt.old, tt.new, 1)))
			if p != nil || err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, %v; want %s", p, err, tt.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

func TestProblemsSayHowManyThereAre(t *testing.T) {
	one := Problem{File: "a.yaml", Line: 3, Column: 7, Message: "no good", Do: "do better"}
	if got, want := (Problems{one}).Error(), "a.yaml:3:7: no good; do better"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := (Problems{one, one, one}).Error(), "a.yaml:3:7: no good; do better (and 2 more: patchtrace playbook lint shows them)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// largestBuiltin is what the budget of 15 ms is about.
func largestBuiltin(b *testing.B) (name string, data []byte) {
	for _, id := range Builtin() {
		n, d, err := source(id)
		if err != nil {
			b.Fatal(err)
		}
		if len(d) > len(data) {
			name, data = n, d
		}
	}
	b.SetBytes(int64(len(data)))
	return name, data
}

func BenchmarkLoad(b *testing.B) {
	name, data := largestBuiltin(b)
	for b.Loop() {
		if _, err := parseTrusted(name, data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	name, data := largestBuiltin(b)
	for b.Loop() {
		if _, err := Parse(name, data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHeads(b *testing.B) {
	for b.Loop() {
		for _, id := range Builtin() {
			name, data, err := source(id)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := parseHead(name, data); err != nil {
				b.Fatal(err)
			}
		}
	}
}
