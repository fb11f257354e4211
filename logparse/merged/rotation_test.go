package merged

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"patchtrace/logparse"
)

// watched is a folder of logs that is shown whole.
type watched struct {
	*folder
	*maker
	l *Logs
	v *View
}

// watch indexes what the folder holds.
func watch(t *testing.T, f *folder) *watched {
	t.Helper()
	return watchBlocks(t, f, 300)
}

// watchBlocks does so in blocks of about so many bytes.
func watchBlocks(t *testing.T, f *folder, size int) *watched {
	t.Helper()
	l := open(f.list(), Options{}, size, 1)
	if err := l.Index(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return &watched{f, newMaker(1), l, must(l.View(Filter{}))}
}

// say makes a record for each message.
func (m *maker) say(messages ...string) string {
	var b strings.Builder
	for _, msg := range messages {
		b.WriteString(m.ccm(msg, m.at))
	}
	return b.String()
}

// later is as say, a minute after what was said before.
func (m *maker) later(messages ...string) string {
	m.at = m.at.Add(time.Minute)
	return m.say(messages...)
}

func (w *watched) update() {
	w.t.Helper()
	if err := w.l.Update(w.t.Context(), w.list()); err != nil {
		w.t.Fatal(err)
	}
}

// shows checks all messages, and the number of the first row.
func (w *watched) shows(first int64, want ...string) {
	w.t.Helper()
	from, end, done := w.v.Extent()
	rows, err := w.v.Rows(context.Background(), from, int(end-from)+10)
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, strings.ReplaceAll(r.Record.Message, "\n", "|"))
	}
	if from != first || !done || !slices.Equal(got, want) {
		w.t.Fatalf("from row %d, done %v: %q\nwant from row %d: %q", from, done, got, first, want)
	}
}

// long makes a log long enough to be recognised as itself.
var long = strings.Repeat("long ", 30)

func TestATornRecordIsCompleted(t *testing.T) {
	f, m := newFolder(t), newMaker(1)
	whole := m.say("the second, of\r\ntwo lines")
	for cut := 1; cut < len(whole)-1; cut++ {
		f.write("a.log", m.say("first")+whole[:cut])
		w := watch(t, f)
		f.append("a.log", whole[cut:]+m.say("third"))
		w.update()
		from, _, _ := w.v.Extent()
		rows, err := w.v.Rows(t.Context(), from, 10)
		if err != nil || len(rows) != 3 || rows[1].Record.Message != "the second, of\ntwo lines" || rows[1].Record.Torn || rows[2].Record.Message != "third" {
			t.Fatalf("cut at %d: %+v, %v", cut, rows, err)
		}
		if from < -2 || from > -1 {
			t.Fatalf("cut at %d: first row %d", cut, from)
		}
	}
}

func TestRotationToStampedNames(t *testing.T) {
	f, m := newFolder(t), newMaker(1)
	f.write("a.log", m.say("1"+long))
	w := watch(t, f)
	f.rename("a.log", "a-20240309-120000.log")
	f.write("a.log", m.say("2"+long))
	w.update()
	w.shows(-1, "1"+long, "2"+long)
	f.append("a.log", m.say("3"+long))
	f.rename("a.log", "a-20240309-130000.log")
	f.write("a.log", m.say("4"+long))
	w.update()
	w.shows(-1, "1"+long, "2"+long, "3"+long, "4"+long)
	// The client keeps so many, and removes the oldest.
	if err := os.Remove(f.path("a-20240309-120000.log")); err != nil {
		t.Fatal(err)
	}
	f.rename("a.log", "a-20240309-140000.log")
	f.write("a.log", m.say("5"+long))
	w.update()
	w.shows(0, "2"+long, "3"+long, "4"+long, "5"+long)
	if names := w.l.Names(); !slices.Equal(names, []string{"a.log"}) {
		t.Errorf("logs %q", names)
	}
}

func TestRotationByCopyAndTruncate(t *testing.T) {
	f, m := newFolder(t), newMaker(1)
	f.write("a.log", m.say("1"+long, "2"+long))
	w := watch(t, f)
	steps := []struct {
		do   func()
		want []string
	}{
		// Looked at between the two, the copy and the file are the same records.
		{func() { f.copy("a.log", "a.lo_") }, []string{"1" + long, "2" + long}},
		{func() { f.truncate("a.log", 0) }, []string{"1" + long, "2" + long}},
		{func() { f.append("a.log", m.say("3"+long)) }, []string{"1" + long, "2" + long, "3" + long}},
	}
	for _, s := range steps {
		s.do()
		w.update()
		w.shows(-2, s.want...)
	}
	// And all of it between two looks, over a generation that was there.
	f.append("a.log", m.say("4"+long))
	f.copy("a.log", "a.lo_")
	f.truncate("a.log", 0)
	f.append("a.log", m.say("5"))
	w.update()
	w.shows(0, "3"+long, "4"+long, "5")
}

func (f *folder) copy(from, to string) {
	f.t.Helper()
	text, err := os.ReadFile(f.path(from))
	if err != nil {
		f.t.Fatal(err)
	}
	f.write(to, string(text))
}

func (f *folder) truncate(name string, size int64) {
	f.t.Helper()
	if err := os.Truncate(f.path(name), size); err != nil {
		f.t.Fatal(err)
	}
}

// What a cut log held is gone. The generation before it is still to be seen, where it
// was, and not once more behind all others.
func TestACutLogBehindAnOlderGeneration(t *testing.T) {
	how := map[string]func(f *folder, m *maker){
		"emptied":                  func(f *folder, _ *maker) { f.truncate("a.log", 0) },
		"cut in a record":          func(f *folder, _ *maker) { f.truncate("a.log", 20) },
		"removed":                  func(f *folder, _ *maker) { _ = os.Remove(f.path("a.log")) },
		"written over":             func(f *folder, m *maker) { f.write("a.log", m.later("x"+long, "y"+long, "z"+long)) },
		"replaced by another file": func(f *folder, m *maker) { f.write("new", m.later("x")); f.rename("new", "a.log") },
	}
	for name, change := range how {
		for _, size := range []int{300, 1 << 20} { // a record a block, and all in one
			f, m := newFolder(t), newMaker(1)
			f.write("a.lo_", m.later("old"+long, "older than other"+long))
			f.write("b.log", m.later("other"+long))
			f.write("a.log", m.later("gone"+long, "gone too"+long))
			w := watchBlocks(t, f, size)
			some := must(w.l.View(Filter{Text: "old"}))
			if err := some.Build(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			w.shows(-5, "old"+long, "older than other"+long, "other"+long, "gone"+long, "gone too"+long)
			change(f, m)
			w.update()
			f.write("a.log", "") // cut once more
			w.update()
			w.shows(-5, "old"+long, "older than other"+long, "other"+long)
			f.append("a.log", m.later("new"+long))
			f.append("b.log", m.later("newer"+long))
			w.update()
			w.shows(-5, "old"+long, "older than other"+long, "other"+long, "new"+long, "newer"+long)
			f.append("a.log", m.later("newest old"+long))
			w.update()
			if n := some.Counts().Records; n != 3 {
				t.Errorf("%s: %d records are found, want 3", name, n)
			}
		}
	}
}

// A record that was torn between two generations is whole no more when the newer one is
// cut, and what comes then is not a part of it.
func TestACutLogTakesTheRestOfATornRecord(t *testing.T) {
	for _, size := range []int{300, 1 << 20} {
		f, m := newFolder(t), newMaker(1)
		torn := m.later("torn" + long)
		f.write("a.lo_", m.say("old"+long)+torn[:40])
		f.write("a.log", torn[40:]+m.say("gone"+long))
		f.write("b.log", m.later("other"+long))
		w := watchBlocks(t, f, size)
		w.shows(-4, "old"+long, "torn"+long, "gone"+long, "other"+long)
		f.truncate("a.log", 0)
		w.update()
		f.append("a.log", m.later("new"+long))
		w.update()
		w.shows(-4, "old"+long, torn[len("<![LOG["):40], "other"+long, "new"+long)
	}
}

// Whatever is not indexed yet when a log is cut is indexed as it is then.
func TestALogIsCutWhileItsOlderGenerationIsNotIndexedYet(t *testing.T) {
	f, m := newFolder(t), newMaker(1)
	f.write("a.lo_", m.later("old"+long))
	f.write("b.log", m.later("other"+long))
	f.write("a.log", m.later("gone"+long))
	l := open(f.list(), Options{}, 300, 1)
	w := &watched{f, m, l, must(l.View(Filter{}))}
	l.glance(t.Context(), l.logs[0]) // as far as Index is when it begins
	f.truncate("a.log", 0)
	w.update()
	if err := l.Index(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	f.append("a.log", m.later("new"+long))
	w.update()
	w.shows(-2, "old"+long, "other"+long, "new"+long)
}

func TestAFileIsReplacedByOneOfItsSize(t *testing.T) {
	f, m := newFolder(t), newMaker(1)
	head, tail := m.say("head"+strings.Repeat(long, 20)), m.say("tail"+strings.Repeat(long, 20))
	for _, how := range []string{"another file", "written over"} {
		was, is := []string{m.say("one"+long, "two"+long)}, []string{m.say("six"+long, "ten"+long)}
		was, is = append(was, head+was[0]+tail), append(is, head+strings.Replace(was[0], "one", "six", 1)+tail)
		for i := range was {
			f.write("a.log", was[i])
			w := watch(t, f)
			if how == "another file" {
				f.write("new", is[i])
				f.rename("new", "a.log")
			} else {
				f.write("a.log", is[i])
			}
			// What its ends do not tell is found out when it is read.
			from, end, _ := w.v.Extent()
			rows, err := w.v.Rows(t.Context(), from, int(end-from))
			var changed *ChangedError
			if len(rows) == int(end-from) || err != nil && !errors.As(err, &changed) {
				t.Errorf("%s: %d rows, %v", how, len(rows), err)
			}
			w.update()
			from, end, _ = w.v.Extent()
			rows, err = w.v.Rows(t.Context(), from, int(end-from))
			if err != nil || len(rows) != int(end-from) || !slices.ContainsFunc(rows, func(r Row) bool { return strings.HasPrefix(r.Record.Message, "six") }) {
				t.Errorf("%s %d, after Update: %d rows from %d to %d, %v", how, i, len(rows), from, end, err)
			}
		}
	}
}

func TestALogVanishesAndComesBack(t *testing.T) {
	f, m := newFolder(t), newMaker(1)
	f.write("a.log", m.say("a1"+long, "a2"+long))
	f.write("b.log", m.say("b1"+long))
	w := watch(t, f)
	some := must(w.l.View(Filter{Text: "a2"}))
	f.rename("a.log", "away")
	w.l.Update(t.Context(), slices.DeleteFunc(w.list(), func(l logparse.Log) bool { return l.Name == "away" }))
	w.shows(-1, "b1"+long)
	if n := some.Counts(); n.Records != 0 {
		t.Errorf("a log that is gone has %+v", n)
	}
	f.rename("away", "a.log")
	w.update()
	w.shows(-1, "b1"+long, "a1"+long, "a2"+long)
	if n := some.Counts(); n.Records != 1 {
		t.Errorf("a log that is back has %+v", n)
	}
	f.append("a.log", m.say("a3"+long))
	w.update()
	w.shows(-1, "b1"+long, "a1"+long, "a2"+long, "a3"+long)
	if names := w.l.Names(); !slices.Equal(names, []string{"a.log", "b.log"}) {
		t.Errorf("logs %q", names)
	}
}

// A log that is locked for a moment keeps its rows.
func TestALogCannotBeOpenedForAMoment(t *testing.T) {
	f, m := newFolder(t), newMaker(1)
	f.write("a.lo_", m.say("a1"+long))
	f.write("a.log", m.say("a2"+long))
	f.write("b.log", m.say("b1"+long))
	w := watch(t, f)
	f.append("a.log", m.say("a3"+long))
	f.append("b.log", m.say("b2"+long))
	for _, locked := range []string{"a.log", "a.lo_"} {
		logs := w.list()
		for i := range logs[0].Parts {
			if logs[0].Parts[i].Name == locked {
				logs[0].Parts[i] = broken(locked)
			}
		}
		var read *logparse.ReadError
		if err := w.l.Update(t.Context(), logs); !errors.As(err, &read) || read.Part != locked || !errors.Is(err, os.ErrPermission) {
			t.Errorf("Update gave %v", err)
		}
		w.shows(-3, "a1"+long, "a2"+long, "b1"+long, "b2"+long)
	}
	w.update()
	w.shows(-3, "a1"+long, "a2"+long, "b1"+long, "b2"+long, "a3"+long)
}

// A log that was made large by nothing is indexed without it.
func TestASparseLogOfGigabytes(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads gigabytes of nothing")
	}
	f, m := newFolder(t), newMaker(1)
	const size = 5 << 30
	f.write("a.log", m.say("before"))
	if err := os.Truncate(filepath.Join(f.dir, "a.log"), size); err != nil {
		t.Skipf("no sparse file: %v", err)
	}
	f.append("a.log", m.say("behind"))
	w := watch(t, f)
	w.shows(-2, "before", "behind")
	f.append("a.log", m.say("new"))
	w.update()
	w.shows(-2, "before", "behind", "new")
	if bytes, _ := w.l.indexBytes(); bytes > 1<<20 {
		t.Errorf("the index takes %d bytes", bytes)
	}
}
