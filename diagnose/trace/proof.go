package trace

import (
	"strings"
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/errcode"
	"patchtrace/diagnose/evidence"
	"patchtrace/logparse"
)

// maxText bounds how much of a line is quoted.
const maxText = 2000

// local is the wall clock of the client at an instant.
func (t *tracer) local(at time.Time) string {
	return at.In(t.zone).Format("2006-01-02T15:04:05.000-07:00")
}

// when is the instant of a record, and whether its zone was assumed.
func (t *tracer) when(rec *logparse.Record) (at time.Time, assumed bool) {
	if at, ok := rec.Stamp.UTC(); ok {
		return at, false
	}
	if !rec.Stamp.Dated {
		return time.Time{}, false
	}
	w := rec.Stamp.Local()
	return time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), w.Nanosecond(), t.zone).UTC(), true
}

// line quotes a record.
func (t *tracer) line(rec *logparse.Record) diagnose.Evidence {
	e := diagnose.Evidence{Log: rec.Pos.Part, Line: rec.Pos.Line, Offset: rec.Pos.Offset, Text: clip(rec.Message, maxText)}
	if e.Log == "" {
		e.Log = rec.Pos.Log
	}
	at, assumed := t.when(rec)
	if at.IsZero() {
		return e
	}
	e.Time, e.Assumed = &at, assumed
	e.Local = t.local(at)
	if !assumed {
		e.Local = rec.Stamp.Local().Format("2006-01-02T15:04:05.000-07:00")
	}
	return e
}

// event quotes a mark of the report.
func (t *tracer) event(ev *diagnose.Event) diagnose.Evidence {
	at := ev.Time
	return diagnose.Evidence{Log: ev.Log, Line: ev.Line, Offset: ev.Offset, Time: &at, Local: t.local(at), Text: clip(ev.Text, maxText)}
}

// fact is evidence that is no line of a log.
func (t *tracer) fact(o evidence.Origin, at time.Time, text string) diagnose.Evidence {
	e := diagnose.Evidence{Log: o.Name, Line: o.Line, Offset: o.Offset, Beside: true, Text: clip(text, maxText)}
	if !at.IsZero() {
		u := at.UTC()
		e.Time, e.Local = &u, t.local(u)
	}
	return e
}

// instance quotes the properties of an instance that matter.
func (t *tracer) instance(s *evidence.PatchState, at time.Time) diagnose.Evidence {
	var b strings.Builder
	b.WriteString(s.Class)
	for _, name := range []string{"ID", "Article", "QNumbers", "UniqueId", "Product", "Status", "TimeDetected", "TimeApplied", "ScanDateTime", "ScanTime", "ScanAgent"} {
		if v := s.Get(name); v != "" {
			b.WriteString(" " + name + "=" + clip(v, 200))
		}
	}
	return t.fact(s.Origin, at, b.String())
}

// explain adds what a code means.
func (s *Step) explain(text, log, msg string) (errcode.Class, bool) {
	values, err := errcode.Parse(text)
	if err != nil || len(values) == 0 {
		return errcode.Failure, false
	}
	c := errcode.DecodeOf(values[0], log, msg)
	s.Code, s.CodeName, s.CodeMeaning = c.Text, c.Name, c.Meaning
	return c.Class, true
}

func ref(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	u := at.UTC()
	return &u
}

// at is an instant in a sentence.
func (t *tracer) at(when time.Time) string {
	if when.IsZero() {
		return "at a time that is not known"
	}
	return when.In(t.zone).Format("2006-01-02 15:04:05 -07:00")
}

func day(when time.Time) string { return when.Format(time.DateOnly) }
