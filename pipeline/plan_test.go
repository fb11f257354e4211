package pipeline_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"patchtrace/pipeline"
)

func loadBook(t *testing.T, id string) *pipeline.Playbook {
	t.Helper()
	book, err := pipeline.Load(id)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func lines(steps []pipeline.Planned) string {
	var list []string
	for _, st := range steps {
		text := st.Stage.ID
		if st.Command.Track != "" {
			text += "/" + st.Command.Track
		}
		if st.Again {
			text += " again"
		}
		if len(st.Wants) > 1 {
			text += " then " + st.Wants[1].Stage
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

func TestPlans(t *testing.T) {
	book := loadBook(t, "sms2003")
	for _, tt := range []struct {
		o    pipeline.PlanOptions
		want string
	}{
		{pipeline.PlanOptions{}, "sync/security, scan/security, inventory, install, scan/security again, inventory again"},
		{pipeline.PlanOptions{Kick: true}, "sync/security, scan/security then inventory, install, scan/security again then inventory"},
		{pipeline.PlanOptions{Stage: "scan"}, "scan/security"},
		{pipeline.PlanOptions{Stage: "scan", Track: "office"}, "scan/office"},
		{pipeline.PlanOptions{Stage: "scan", Track: pipeline.AllTracks}, "scan/security, scan/office"},
	} {
		steps, err := pipeline.Plan(book, tt.o)
		if got := lines(steps); err != nil || got != tt.want {
			t.Errorf("%+v: %s, %v", tt.o, got, err)
		}
	}
	steps, err := pipeline.Plan(book, pipeline.PlanOptions{Stage: "sync", Patience: time.Second})
	if err != nil || steps[0].Wants[0].Patience != time.Second || !steps[0].Wants[0].Fixed {
		t.Errorf("%+v, %v", steps, err)
	}
}

func TestWhatCannotBePlanned(t *testing.T) {
	book := loadBook(t, "sms2003")
	for _, tt := range []struct {
		o    pipeline.PlanOptions
		want pipeline.PlanProblem
	}{
		{pipeline.PlanOptions{Stage: "install", Kick: true}, pipeline.KickElsewhere},
		{pipeline.PlanOptions{Command: "scan"}, pipeline.CommandOfAll},
		{pipeline.PlanOptions{Stage: "scan", Command: "scan", Kick: true}, pipeline.CommandAndMore},
		{pipeline.PlanOptions{Stage: "scan", Track: "blue"}, pipeline.NoSuchTrack},
		{pipeline.PlanOptions{Stage: "audit"}, pipeline.NoSuchStage},
		{pipeline.PlanOptions{Stage: "scan", Command: "blue"}, pipeline.NoSuchCommand},
	} {
		_, err := pipeline.Plan(book, tt.o)
		var e *pipeline.PlanError
		if !errors.As(err, &e) || e.Problem != tt.want || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "plan ") {
			t.Errorf("%+v: %v", tt.o, err)
		}
	}
}

func TestValuesAreChecked(t *testing.T) {
	book := loadBook(t, "sms2003")
	for value, want := range map[string]string{"XYZ": "", "XYZQ": "this cannot be the site code", "a\x00": "it holds a NUL character", "\xff": "it is no UTF-8"} {
		if err := book.Param("code").Check(value); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%q: %v", value, err)
		}
	}
	for value, ok := range map[string]bool{"2007-06-05T02:00": true, "2007-06-05 02:00 -05:00": true, "soon": false, "": false} {
		if err := book.Field("last_hw_scan").Check(value); (err == nil) != ok {
			t.Errorf("%q: %v", value, err)
		}
	}
	if book.Param("nothing") != nil || book.Field("nothing") != nil {
		t.Error("what is not there is found")
	}
	if missing := book.Missing([]string{"site", "code", "nothing"}, map[string]string{"site": "x"}); len(missing) != 1 || missing[0].Name != "code" {
		t.Errorf("missing %v", missing)
	}
}
