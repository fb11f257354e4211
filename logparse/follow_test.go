package logparse

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// bench is a folder of logs, and a follower that looks at it when it is told to.
type bench struct {
	t      testing.TB
	dir    string
	f      *follower
	now    time.Time
	events []Event
	count  int // of records
}

// follows makes a follower of the folder, or of the named paths in it, and lets
// it look for the first time.
func follows(t testing.TB, dir string, opt FollowOptions, paths ...string) *bench {
	t.Helper()
	b := &bench{t: t, dir: dir, now: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)}
	opt.Now = func() time.Time { return b.now }
	opt.Ticks = make(chan time.Time)
	opt.NoEvents = true
	full := []string{dir}
	if len(paths) > 0 {
		full = nil
	}
	for _, p := range paths {
		full = append(full, filepath.Join(dir, filepath.FromSlash(p)))
	}
	b.f = newFollower(Source{Paths: full}, opt, func(e Event) {
		b.events = append(b.events, e)
		if e.Record != nil {
			b.count++
		}
	})
	t.Cleanup(b.f.close)
	b.look()
	return b
}

// look lets the follower look at every file and read what is new.
func (b *bench) look() {
	b.f.poll()
	for rounds := 0; b.f.round(); rounds++ {
		if rounds > 100000 {
			b.t.Fatal("reading does not end")
		}
	}
	b.f.settled()
}

// after lets time go by, and looks.
func (b *bench) after(d time.Duration) {
	b.now = b.now.Add(d)
	b.look()
}

// messages are the messages of all records so far; torn ones are marked.
func (b *bench) messages() []string {
	var out []string
	for _, e := range b.events {
		if e.Record == nil {
			continue
		}
		msg := e.Record.Message
		if e.Record.Torn {
			msg = "torn:" + msg
		}
		out = append(out, msg)
	}
	return out
}

// notices are all notices so far, without Ready.
func (b *bench) notices() []string {
	var out []string
	for _, e := range b.events {
		if e.Notice != nil && e.Notice.Kind != Ready {
			out = append(out, e.Notice.Kind.String()+" "+e.Notice.String())
		}
	}
	return out
}

func (b *bench) want(messages ...string) {
	b.t.Helper()
	if diff := cmp.Diff(messages, b.messages()); diff != "" {
		b.t.Errorf("records (-want +got):\n%s", diff)
	}
}

// wantNotices compares the kinds of all notices but Ready.
func (b *bench) wantNotices(kinds ...NoticeKind) {
	b.t.Helper()
	var got []NoticeKind
	for _, e := range b.events {
		if e.Notice != nil && e.Notice.Kind != Ready {
			got = append(got, e.Notice.Kind)
		}
	}
	if !slices.Equal(got, kinds) {
		b.t.Errorf("notices %v, want %v\n%s", got, kinds, strings.Join(b.notices(), "\n"))
	}
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, filepath.FromSlash(name)) }

func (b *bench) append(name, text string) { appendTo(b.t, b.path(name), text) }

func appendTo(t testing.TB, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) rename(from, to string) {
	b.t.Helper()
	if err := os.Rename(b.path(from), b.path(to)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) remove(name string) {
	b.t.Helper()
	if err := os.Remove(b.path(name)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) truncate(name string) {
	b.t.Helper()
	if err := os.Truncate(b.path(name), 0); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) copy(from, to string) {
	b.t.Helper()
	data, err := os.ReadFile(b.path(from))
	if err != nil {
		b.t.Fatal(err)
	}
	b.write(to, string(data))
}

// write writes a file anew, in place.
func (b *bench) write(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(b.path(name), []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// rec is a CCM record as the client writes it. Different messages have different
// times.
func rec(msg string) string {
	h := fnv.New32()
	h.Write([]byte(msg))
	at := time.UnixMilli(int64(h.Sum32())).UTC().Format("15:04:05.000")
	return "<![LOG[" + msg + "]LOG]!><time=\"" + at + "+000\" date=\"03-04-2024\" component=\"X\" context=\"\" type=\"1\" thread=\"1\" file=\"x.cpp:1\">\r\n"
}

func recs(msgs ...string) string {
	var b strings.Builder
	for _, m := range msgs {
		b.WriteString(rec(m))
	}
	return b.String()
}

// bothWays runs a test with files held open and with files opened for each read,
// as on Windows.
func bothWays(t *testing.T, test func(t *testing.T, opt FollowOptions)) {
	t.Run("held", func(t *testing.T) {
		if !holdsFiles {
			t.Skip("files are not held open here")
		}
		test(t, FollowOptions{})
	})
	t.Run("reopened", func(t *testing.T) { test(t, FollowOptions{reopen: true}) })
}

func TestARecordIsDeliveredWhenItIsWhole(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		b := follows(t, t.TempDir(), opt)
		whole := rec("one")
		for i := range len(whole) {
			if i < len(whole)-2 && len(b.messages()) > 0 {
				t.Fatalf("delivered after %q", whole[:i])
			}
			b.append("X.log", whole[i:i+1])
			b.look()
		}
		b.want("one")
		b.append("X.log", rec("two"))
		b.look()
		b.want("one", "two")
	})
}

func TestFollowingBeginsWhereItIsAskedTo(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		dir := t.TempDir()
		appendTo(t, filepath.Join(dir, "X-20240101-000000.log"), recs("a", "b"))
		appendTo(t, filepath.Join(dir, "X-20240102-000000.log"), recs("c"))
		appendTo(t, filepath.Join(dir, "X.lo_"), recs("d"))
		appendTo(t, filepath.Join(dir, "X.log"), recs("e"))
		opt.From = FromStart
		start := follows(t, dir, opt)
		opt.From = FromNow
		now := follows(t, dir, opt)
		start.append("X.log", rec("f"))
		start.look()
		now.look()
		start.want("a", "b", "c", "d", "e", "f")
		now.want("f")
		start.wantNotices()
		now.wantNotices()
	})
}

func TestReadyIsToldOnceWhatWasThereIsRead(t *testing.T) {
	dir := t.TempDir()
	appendTo(t, filepath.Join(dir, "X.log"), recs("a"))
	b := follows(t, dir, FollowOptions{From: FromStart})
	b.append("X.log", rec("b"))
	b.look()
	if len(b.events) != 3 || b.events[1].Notice == nil || b.events[1].Notice.Kind != Ready {
		t.Errorf("got %v", b.events)
	}
}

func TestARecordThatIsBeingWrittenIsPartOfNow(t *testing.T) {
	for name, end := range map[string]string{
		"CCM":         rec("open"),
		"dollar":      "open  $$<SMS_T><01-16-2024 13:12:02.123+300><thread=7 (0x7)>\r\n",
		"UTF-16 text": rec("open"),
	} {
		for cut := 1; cut < len(end)-2; cut += 5 {
			dir := t.TempDir()
			write := func(text string) {
				if strings.HasPrefix(name, "UTF-16") {
					text = string(utf16le(text)[2:])
				}
				appendTo(t, filepath.Join(dir, "X.log"), text)
			}
			if strings.HasPrefix(name, "UTF-16") {
				appendTo(t, filepath.Join(dir, "X.log"), "\xff\xfe")
			}
			write(recs("a", "b") + end[:cut])
			b := follows(t, dir, FollowOptions{})
			write(end[cut:] + rec("next"))
			b.look()
			b.after(time.Minute)
			if diff := cmp.Diff([]string{"open", "next"}, b.messages()); diff != "" {
				t.Fatalf("%s cut at %d (-want +got):\n%s", name, cut, diff)
			}
			if pos := b.events[1].Record.Pos; pos.Line != 3 || pos.Part != "X.log" {
				t.Fatalf("%s: at %+v", name, pos)
			}
		}
	}
}

func TestPositionsAreThoseInTheFile(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		dir := t.TempDir()
		old := "\ufeff" + recs("a", "b\nb", "c")
		appendTo(t, filepath.Join(dir, "X.log"), old)
		b := follows(t, dir, opt)
		b.append("X.log", rec("d"))
		b.look()
		b.append("X.log", rec("e"))
		b.rename("X.log", "X.lo_")
		b.append("X.log", "\ufeff"+recs("f", "g"))
		b.look()
		b.want("d", "e", "f", "g")
		var got []Pos
		for _, e := range b.events {
			if e.Record != nil {
				got = append(got, e.Record.Pos)
			}
		}
		one := int64(len(rec("x")))
		want := []Pos{
			{Log: "X.log", Part: "X.log", Line: 5, Offset: int64(len(old))},
			{Log: "X.log", Part: "X.lo_", Line: 6, Offset: int64(len(old)) + one},
			{Log: "X.log", Part: "X.log", Line: 1, Offset: 3},
			{Log: "X.log", Part: "X.log", Line: 2, Offset: 3 + one},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLogsOfAFolderAreFoundWhenTheyAppear(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		b := follows(t, t.TempDir(), opt)
		if err := os.MkdirAll(b.path("CCM/Logs"), 0o755); err != nil {
			t.Fatal(err)
		}
		b.append("CCM/Logs/CAS.log", rec("a"))
		b.append("lab.json", "{}")
		b.look()
		b.append("CCM/Logs/CAS.log", rec("b"))
		b.append("notes.txt", rec("c"))
		b.look()
		b.want("a", "b", "c")
		b.wantNotices(Appeared, Appeared)
		if got := b.events[2].Record.Pos.Log; got != "CCM/Logs/CAS.log" {
			t.Errorf("log is called %s", got)
		}
	})
}

func TestOnlyLogsThatMatchAreFollowed(t *testing.T) {
	dir := t.TempDir()
	var got []string
	f := newFollower(Source{Paths: []string{dir}, Match: func(log string) bool { return log == "CAS.log" }},
		FollowOptions{From: FromStart, NoEvents: true}, func(e Event) {
			if e.Record != nil {
				got = append(got, e.Record.Message)
			}
		})
	defer f.close()
	appendTo(t, filepath.Join(dir, "CAS.lo_"), rec("a"))
	appendTo(t, filepath.Join(dir, "CAS.log"), rec("b"))
	appendTo(t, filepath.Join(dir, "Other.log"), rec("c"))
	f.poll()
	for f.round() {
	}
	if !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %q", got)
	}
}

func TestPathsNeedNotExist(t *testing.T) {
	dir := t.TempDir()
	b := follows(t, dir, FollowOptions{}, "Logs", "other/X.log", "CAS.log")
	b.wantNotices(Waiting, Waiting, Waiting)
	for _, d := range []string{"Logs", "other"} {
		if err := os.Mkdir(b.path(d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	b.append("Logs/CAS.log", rec("a"))
	b.look()
	b.append("other/X.log", rec("b"))
	b.look()
	b.append("CAS.log", rec("c"))
	b.look()
	b.want("a", "b", "c")
	var logs []string
	for _, e := range b.events {
		if e.Record != nil {
			rel, _ := filepath.Rel(filepath.ToSlash(dir), e.Record.Pos.Log)
			logs = append(logs, filepath.ToSlash(rel))
		}
	}
	if want := []string{"Logs/CAS.log", "other/X.log"}; !slices.Equal(logs[:2], want) {
		t.Errorf("logs are called %q", logs)
	}
	if last := b.events[len(b.events)-1].Record.Pos.Log; last != "CAS.log" {
		t.Errorf("the log beside the first path is called %q", last)
	}
}

func TestALogThatIsNamedTwiceIsFollowedOnce(t *testing.T) {
	b := follows(t, t.TempDir(), FollowOptions{}, ".", "X.log", "X.lo_")
	b.append("X.log", rec("a"))
	b.look()
	b.want("a")
}

func TestLinesWithoutAnEndAreDeliveredAfterAQuietTime(t *testing.T) {
	b := follows(t, t.TempDir(), FollowOptions{})
	b.append("X.log", "no line end")
	b.append("Y.log", "<![LOG[open record\nof two lines")
	b.append("Z.log", "a line, then <![LO")
	b.look()
	b.after(time.Second)
	b.want()
	b.after(time.Second)
	b.want("no line end", "a line, then")
	b.after(time.Hour)
	b.append("Y.log", strings.TrimPrefix(rec(""), "<![LOG["))
	b.append("Z.log", strings.TrimPrefix(rec("found"), "<![LO"))
	b.append("X.log", "more")
	b.look()
	b.after(time.Hour)
	b.want("no line end", "a line, then", "open record\nof two lines", "found", "more")
}

func TestAnOverlongRecordIsToldOf(t *testing.T) {
	b := follows(t, t.TempDir(), FollowOptions{})
	b.append("X.log", rec("a")+"<![LOG[")
	for range 24 {
		b.append("X.log", strings.Repeat("endless ", 8<<10))
		b.look()
		if n := b.f.logs[0].parser.Pending(); n > MaxRecord+2*followChunk {
			t.Fatalf("%d bytes are kept", n)
		}
	}
	b.append("X.log", "\n"+rec("b"))
	b.look()
	b.after(time.Minute)
	all := b.messages()
	if all[0] != "a" || all[len(all)-1] != "b" || len(all) != 4 {
		t.Errorf("%d records", len(all))
	}
	b.wantNotices(Appeared, Overlong)
}

func TestEncodingsAreReadAsTheyGrow(t *testing.T) {
	b := follows(t, t.TempDir(), FollowOptions{})
	b.append("U.log", "\xff\xfe"+string(utf16le(rec("wide Ω𝄞"))[2:]))
	b.append("A.log", rec("Zugriff verweigert: \xe4\xf6\xfc"))
	b.look()
	b.want("Zugriff verweigert: äöü", "wide Ω𝄞")
}

func TestWhatIsNoTextIsLeftOut(t *testing.T) {
	dir := t.TempDir()
	b := follows(t, dir, FollowOptions{})
	b.append("edb.log", strings.Repeat("\x01\x02\x03\x04\x05\x00\xff", 200))
	b.append("X.log", rec("a"))
	b.look()
	b.append("edb.log", rec("no"))
	b.look()
	b.want("a")
	b.wantNotices(Appeared, Appeared, NotText)
	from := follows(t, dir, FollowOptions{})
	from.append("edb.log", rec("no"))
	from.look()
	from.want()
	from.wantNotices(NotText)
}

func TestTroubleIsToldWhenItLasts(t *testing.T) {
	locked := error(&fs.PathError{Op: "open", Path: "X.log", Err: errors.New("the file is used by another process")})
	var now error
	opt := FollowOptions{reopen: true}
	opt.disk.open = func(name string) (*os.File, error) {
		if now != nil && strings.HasSuffix(name, "X.log") {
			return nil, now
		}
		return OpenShared(name)
	}
	b := follows(t, t.TempDir(), opt)
	b.append("X.log", rec("a"))
	b.look()
	now = locked
	b.append("X.log", rec("b"))
	b.look()
	now = nil
	b.look()
	b.want("a", "b")
	b.wantNotices(Appeared)
	now = locked
	b.append("X.log", rec("c"))
	for range 20 {
		b.after(200 * time.Millisecond)
	}
	b.wantNotices(Appeared, Unreadable)
	now = nil
	b.look()
	b.want("a", "b", "c")
}

func TestADeniedLogIsFollowedOnceItMayBeRead(t *testing.T) {
	denied := true
	opt := FollowOptions{}
	opt.disk.open = func(name string) (*os.File, error) {
		if denied {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
		}
		return OpenShared(name)
	}
	dir := t.TempDir()
	appendTo(t, filepath.Join(dir, "X.log"), rec("a"))
	b := follows(t, dir, opt)
	for range 3 {
		b.after(time.Second)
	}
	b.wantNotices(Unreadable)
	denied = false
	b.look()
	b.append("X.log", rec("b"))
	b.look()
	b.want("b")
}

func TestWithoutEventsThePollGoesOn(t *testing.T) {
	dir := t.TempDir()
	opt := FollowOptions{Poll: time.Millisecond}
	opt.disk.watch = func() (*watcher, error) { return nil, errors.New("too many open files") }
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var notices []NoticeKind
	err := Follow(ctx, Source{Paths: []string{dir}}, opt, func(e Event) {
		switch {
		case e.Record != nil:
			cancel()
		case e.Notice.Kind == Ready:
			appendTo(t, filepath.Join(dir, "X.log"), rec("a"))
			fallthrough
		default:
			notices = append(notices, e.Notice.Kind)
		}
	})
	if want := []NoticeKind{PollOnly, Ready, Appeared}; err != nil || !slices.Equal(notices, want) {
		t.Errorf("got %v, %v", notices, err)
	}
}

func TestNothingToFollowIsAnError(t *testing.T) {
	if err := Follow(context.Background(), Source{}, FollowOptions{}, nil); err == nil {
		t.Error("no error")
	}
}

func TestTheEndDrainsWhatIsThere(t *testing.T) {
	for _, events := range []bool{true, false} {
		dir := t.TempDir()
		appendTo(t, filepath.Join(dir, "X.log"), rec("old"))
		ctx, cancel := context.WithCancel(context.Background())
		var got []string
		ticks := make(chan time.Time)
		err := Follow(ctx, Source{Paths: []string{dir}}, FollowOptions{NoEvents: !events, Ticks: ticks}, func(e Event) {
			if e.Record != nil {
				got = append(got, e.Record.Message)
				return
			}
			if e.Notice.Kind == Ready {
				cancel()
				appendTo(t, filepath.Join(dir, "X.log"), recs("a", "b")+"<![LOG[torn")
			}
		})
		if err != nil || !slices.Equal(got, []string{"a", "b", "torn"}) {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestABacklogDoesNotDelayTheEnd(t *testing.T) {
	dir := t.TempDir()
	appendTo(t, filepath.Join(dir, "X.log"), strings.Repeat(rec("some text that fills the log"), 80000))
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	err := Follow(ctx, Source{Paths: []string{dir}}, FollowOptions{From: FromStart}, func(Event) { n++; cancel() })
	if err != nil || n == 0 || n > 5000 {
		t.Errorf("%d records, %v", n, err)
	}
}

func TestNoGoroutineStays(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		appendTo(t, filepath.Join(dir, "X.log"), rec("old"))
		ctx, cancel := context.WithCancel(context.Background())
		err := Follow(ctx, Source{Paths: []string{dir}}, FollowOptions{}, func(Event) { cancel() })
		if err != nil {
			t.Fatal(err)
		}
	}
	var stacks string
	for range 1000 {
		buf := make([]byte, 1<<20)
		stacks = string(buf[:runtime.Stack(buf, true)])
		if !strings.Contains(stacks, "fsnotify.") && !strings.Contains(stacks, "(*watcher)") {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("goroutines are left:\n%s", stacks)
}

// TestAReaderThatIsBusyHoldsNoFileAndKeepsNothing: what is not read stays in the
// file.
func TestAReaderThatIsBusyHoldsNoFileAndKeepsNothing(t *testing.T) {
	dir := t.TempDir()
	appendTo(t, filepath.Join(dir, "X.log"), strings.Repeat(rec("some text that fills the log"), 50000))
	open := 0
	opt := FollowOptions{From: FromStart, reopen: true, NoEvents: true, Ticks: make(chan time.Time)}
	opt.disk.open = func(name string) (*os.File, error) {
		f, err := OpenShared(name)
		if err == nil {
			open++
			runtime.SetFinalizer(f, nil)
		}
		return f, err
	}
	var f *follower
	n := 0
	f = newFollower(Source{Paths: []string{dir}}, opt, func(e Event) {
		n++
		if f.held != 0 {
			t.Fatal("a file is held")
		}
		if read := f.logs[0].total; n < 500 && read > followChunk {
			t.Fatalf("%d bytes were read for %d records", read, n)
		}
	})
	defer f.close()
	f.poll()
	for f.round() {
	}
	if n != 50000 {
		t.Errorf("%d records", n)
	}
}

func TestManyLogsAreFollowedInTurns(t *testing.T) {
	b := follows(t, t.TempDir(), FollowOptions{})
	for i := range 3 {
		b.append(fmt.Sprintf("L%d.log", i), strings.Repeat(rec(fmt.Sprintf("of log %d", i)), 3000))
	}
	b.look()
	firstOf := map[string]int{}
	for i, m := range b.messages() {
		if _, ok := firstOf[m]; !ok {
			firstOf[m] = i
		}
	}
	if len(b.messages()) != 9000 || firstOf["of log 2"] > 3000 {
		t.Errorf("%d records, first of each log at %v", len(b.messages()), firstOf)
	}
}

func TestALogThatIsRenamedOrCopiedOtherwiseIsNotReadAgain(t *testing.T) {
	if !holdsFiles {
		t.Skip("only an open file leads to a log under a name that no client gives it")
	}
	b := follows(t, t.TempDir(), FollowOptions{})
	b.append("X.log", recs("a", "b"))
	b.look()
	b.copy("X.log", "X - copy.log")
	b.look()
	b.append("X.log", rec("c"))
	b.rename("X.log", "X.log.1")
	b.append("X.log", rec("d"))
	b.look()
	b.want("a", "b", "c", "d")
}

func TestASharesFilesAreOpenedToSeeTheirSize(t *testing.T) {
	dir := t.TempDir()
	appendTo(t, filepath.Join(dir, "X.log"), rec("old"))
	asked := map[string]int{}
	var opt FollowOptions
	opt.disk.remote = func(string) (string, bool) { return "SMB", true }
	opt.disk.stat = func(name string) (fs.FileInfo, error) {
		asked[filepath.Base(name)]++
		return os.Stat(name)
	}
	b := follows(t, dir, opt)
	asked = map[string]int{}
	b.append("X.log", rec("a"))
	b.look()
	b.want("a")
	if asked["X.log"] > 0 {
		t.Error("the size was asked for by name, which is out of date on a share")
	}
	if b.f.held != 0 {
		t.Errorf("%d files are held", b.f.held)
	}
}

func TestAShareIsPolledAndSaysSo(t *testing.T) {
	dir := t.TempDir()
	opt := FollowOptions{Poll: time.Millisecond}
	opt.disk.remote = func(string) (string, bool) { return "NFS", true }
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var notices []string
	err := Follow(ctx, Source{Paths: []string{dir}}, opt, func(e Event) {
		switch {
		case e.Record != nil:
			cancel()
		case e.Notice.Kind == Ready:
			appendTo(t, filepath.Join(dir, "X.log"), rec("a"))
		default:
			notices = append(notices, e.Notice.String())
		}
	})
	want := "no events from " + filepath.ToSlash(dir) + ", looking at its files now and then instead: a folder of another machine (NFS)"
	if err != nil || len(notices) != 2 || notices[0] != want {
		t.Errorf("got %q, %v", notices, err)
	}
}
