package logparse

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRotationByRenameLosesNothing(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		b := follows(t, t.TempDir(), opt)
		b.append("X.log", rec("a"))
		b.look()
		b.append("X.log", rec("b"))
		b.rename("X.log", "X.lo_")
		b.look() // no current file for a moment
		b.append("X.log", rec("c"))
		b.look()
		b.append("X.log", rec("d"))
		b.rename("X.log", "X.lo_")
		b.append("X.log", rec("e"))
		b.look()
		b.want("a", "b", "c", "d", "e")
		b.wantNotices(Appeared, Rotated, Rotated)
	})
}

func TestARecordTornAcrossTheSeamIsJoined(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		whole := rec("torn across")
		for cut := 1; cut < len(whole); cut += 7 {
			b := follows(t, t.TempDir(), opt)
			b.append("X.log", rec("a")+whole[:cut])
			b.look()
			b.rename("X.log", "X.lo_")
			if cut%2 == 0 {
				b.look()
			}
			b.append("X.log", "\ufeff"+whole[cut:]+rec("b"))
			b.look()
			b.want("a", "torn across", "b")
		}
	})
}

func TestEveryGenerationThatIsLeftIsRead(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		b := follows(t, t.TempDir(), opt)
		b.append("X.log", rec("a"))
		b.look()
		for i := range 5 {
			b.append("X.log", recs(fmt.Sprintf("end %d", i)))
			b.rename("X.log", fmt.Sprintf("X-20240102-00000%d.log", i))
			b.append("X.log", recs(fmt.Sprintf("start %d", i)))
		}
		b.look()
		b.want("a", "end 0", "start 0", "end 1", "start 1", "end 2", "start 2", "end 3", "start 3", "end 4", "start 4")
		b.wantNotices(Appeared, Rotated)
	})
}

func TestWhatWasOverwrittenUnseenIsAGap(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		b := follows(t, t.TempDir(), opt)
		b.append("X.log", recs("a", "b"))
		b.look()
		b.append("X.log", rec("c"))
		for i := range 3 {
			b.rename("X.log", "X.lo_")
			b.append("X.log", recs(fmt.Sprintf("generation %d", i), "more"))
		}
		b.look()
		want := []string{"a", "b", "c", "generation 1", "more", "generation 2", "more"}
		if opt.reopen {
			want = append([]string{"a", "b"}, want[3:]...)
		}
		b.want(want...)
		b.wantNotices(Appeared, Gap)
	})
}

func TestRotationByCopyLosesNothing(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		for _, between := range []bool{true, false} {
			b := follows(t, t.TempDir(), opt)
			b.append("X.log", rec("a"))
			b.look()
			b.append("X.log", rec("b")+"<![LOG[to")
			b.copy("X.log", "X.lo_")
			if between {
				b.look()
			}
			b.truncate("X.log")
			if between {
				b.look()
			}
			b.append("X.log", strings.TrimPrefix(rec("torn"), "<![LOG[to")+recs("c", "d", "e"))
			b.look()
			b.want("a", "b", "torn", "c", "d", "e")
			b.wantNotices(Appeared, Rotated)
		}
	})
}

func TestTruncationStartsAgain(t *testing.T) {
	long := recs("new 1", "new 2", "new 3")
	tests := []struct {
		name string
		cut  func(b *bench)
	}{
		{"cut, then shorter", func(b *bench) { b.truncate("X.log"); b.append("X.log", rec("new 1")) }},
		{"cut, then longer than before", func(b *bench) { b.truncate("X.log"); b.append("X.log", long) }},
		{"written anew in the same length", func(b *bench) { b.write("X.log", recs("1", "2")); b.now = b.now.Add(time.Hour) }},
		{"cut, seen empty", func(b *bench) { b.truncate("X.log"); b.look(); b.append("X.log", long) }},
		{"cut, long empty", func(b *bench) { b.truncate("X.log"); b.look(); b.after(time.Hour); b.append("X.log", long) }},
		{"a hole before what is new", func(b *bench) { b.truncate("X.log"); b.append("X.log", strings.Repeat("\x00", 400)+rec("new 1")) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bothWays(t, func(t *testing.T, opt FollowOptions) {
				b := follows(t, t.TempDir(), opt)
				b.append("X.log", recs("a", "b"))
				b.look()
				tt.cut(b)
				for range forcedEvery { // a clock too coarse to tell is looked through
					b.look()
				}
				b.after(time.Minute) // NULs at the start may be UTF-16
				data, _ := os.ReadFile(b.path("X.log"))
				want := []string{"a", "b"}
				for _, r := range parseAll(string(data)) {
					want = append(want, r.Message)
				}
				b.want(want...)
				b.wantNotices(Appeared, Truncated)
			})
		})
	}
}

func TestAVanishedLogIsWaitedFor(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		b := follows(t, t.TempDir(), opt)
		b.append("X.log", recs("a", "b"))
		b.look()
		was := b.f.logs[0].cur.info
		b.remove("X.log")
		b.look()
		b.after(time.Minute)
		b.wantNotices(Appeared, Vanished)
		b.append("X.log", recs("c", "d", "e", "f"))
		b.look()
		b.want("a", "b", "c", "d", "e", "f")
		last := Replaced
		if opt.reopen {
			last = Gap                                  // it may have got more before it went
			if os.SameFile(was, b.f.logs[0].cur.info) { // its identity was given to the new one
				last = Truncated
			}
		}
		b.wantNotices(Appeared, Vanished, Appeared, last)
	})
}

func TestALongerReplacementIsReadFromItsStart(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		b := follows(t, t.TempDir(), opt)
		b.append("X.log", recs("a", "b"))
		b.look()
		b.append("new", recs("c", "d", "e", "f"))
		b.rename("new", "X.log")
		b.look()
		b.want("a", "b", "c", "d", "e", "f")
	})
}

func TestTheEndOfADeletedLogIsReadWhileItIsHeld(t *testing.T) {
	if !holdsFiles {
		t.Skip("files are not held open here")
	}
	b := follows(t, t.TempDir(), FollowOptions{})
	b.append("X.log", rec("a"))
	b.look()
	b.append("X.log", rec("b"))
	b.remove("X.log")
	b.append("X.log", rec("c"))
	b.look()
	b.want("a", "b", "c")
	b.wantNotices(Appeared, Replaced)
}

// TestAFolderThatIsCopiedAnewGoesOn: logs fetched again from a client are other
// files with the same content, and more.
func TestAFolderThatIsCopiedAnewGoesOn(t *testing.T) {
	first := recs("a", "b")
	tests := []struct {
		name string
		copy func(b *bench, name, text string)
	}{
		{"in place", func(b *bench, name, text string) { b.write(name, text) }},
		{"in place, seen half done", func(b *bench, name, text string) {
			for _, n := range []int{0, 30, 200, len(text)} {
				b.write(name, text[:min(n, len(text))])
				b.look()
			}
		}},
		{"by new files", func(b *bench, name, text string) { b.write("tmp", text); b.rename("tmp", name) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bothWays(t, func(t *testing.T, opt FollowOptions) {
				b := follows(t, t.TempDir(), opt)
				b.write("X.log", first)
				b.look()
				tt.copy(b, "X.log", first+rec("c"))
				b.look()
				b.want("a", "b", "c")
				// The client's log was rotated since.
				tt.copy(b, "X.lo_", first+recs("c", "d"))
				tt.copy(b, "X.log", recs("e", "f"))
				b.look()
				b.want("a", "b", "c", "d", "e", "f")
			})
		})
	}
}

func TestOldPartsAreNotReadAgain(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		dir := t.TempDir()
		appendTo(t, filepath.Join(dir, "X.lo_"), recs("old 1", "old 2"))
		appendTo(t, filepath.Join(dir, "X-20240101-000000.log"), recs("older"))
		appendTo(t, filepath.Join(dir, "X.log"), recs("a"))
		b := follows(t, dir, opt)
		b.append("X.log", rec("b"))
		b.rename("X.log", "X-20240102-000000.log") // X.lo_ stays what it was
		b.append("X.log", rec("c"))
		b.look()
		b.rename("X.log", "X-20240103-000000.log")
		b.append("X.log", rec("d"))
		b.look()
		b.want("b", "c", "d")
		b.wantNotices(Rotated, Rotated)
	})
}

func TestAFileThatIsRenamedBackIsReadOn(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		b := follows(t, t.TempDir(), opt)
		b.append("X.log", recs("a", "b"))
		b.look()
		b.rename("X.log", "X.lo_")
		b.append("X.log", recs("c", "d"))
		b.look()
		b.remove("X.log")
		b.rename("X.lo_", "X.log")
		b.look()
		b.append("X.log", rec("e"))
		b.look()
		b.want("a", "b", "c", "d", "e")
		if pos := b.events[len(b.events)-1].Record.Pos; pos.Offset != int64(2*len(rec("a"))) || pos.Part != "X.log" {
			t.Errorf("at %+v", pos)
		}
	})
}

func TestALogWithoutItsCurrentFileIsFollowed(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		dir := t.TempDir()
		appendTo(t, filepath.Join(dir, "X.lo_"), recs("old 1", "old 2"))
		b := follows(t, dir, opt)
		b.append("X.log", rec("a"))
		b.look()
		b.want("a")
	})
}

func TestManyGenerationsNeedNoManyFiles(t *testing.T) {
	if !holdsFiles {
		t.Skip("files are not held open here")
	}
	dir := t.TempDir()
	n := maxHeld + 50
	for i := range n {
		appendTo(t, filepath.Join(dir, fmt.Sprintf("X-20240101-%06d.log", i)), rec(fmt.Sprint(i)))
	}
	b := follows(t, dir, FollowOptions{From: FromStart})
	if len(b.messages()) != n {
		t.Errorf("%d records", len(b.messages()))
	}
	if b.f.held > 1 {
		t.Errorf("%d files are held", b.f.held)
	}
}

// scribe writes a log of numbered records as a component does that rotates it,
// in all ways. It overwrites and deletes only what was read, which a model can
// know: the rest is lost by whoever does it.
type scribe struct {
	b       *bench
	rng     *rand.Rand
	pending string // of the record that is being written
	records int
	fresh   int // records written wholly into the current file
	stamps  int
	deleted bool // the file before the current one
}

func (s *scribe) write() {
	for range 1 + s.rng.IntN(4) {
		if s.pending == "" {
			s.pending = rec(fmt.Sprintf("%d %s", s.records, strings.Repeat("x", s.rng.IntN(200))))
			s.records++
			s.fresh++
		}
		n := len(s.pending)
		if s.rng.IntN(3) == 0 {
			n = 1 + s.rng.IntN(n)
		}
		s.b.append("X.log", s.pending[:n])
		s.pending = s.pending[n:]
	}
}

// seen tells whether the reader has read into the current file.
func (s *scribe) seen() bool {
	return s.fresh > 1 && s.b.count > s.records-s.fresh+1
}

// allSeen tells whether all is read and no record is open.
func (s *scribe) allSeen() bool { return s.pending == "" && s.b.count == s.records }

func (s *scribe) rotate() {
	way := s.rng.IntN(5)
	switch {
	case way == 0 && s.seen():
		s.b.rename("X.log", "X.lo_")
	case way == 1 && s.seen():
		s.b.copy("X.log", "copy")
		s.b.rename("copy", "X.lo_")
		s.b.truncate("X.log")
	case way == 2 && (!s.deleted || s.seen()): // else what was deleted may have been more
		s.stamps++
		s.b.rename("X.log", fmt.Sprintf("X-20240101-%06d.log", s.stamps))
	case way == 3 && s.allSeen() && s.fresh > 0:
		s.b.truncate("X.log")
	case way == 4 && s.allSeen() && s.fresh > 0:
		s.b.remove("X.log")
	default:
		return
	}
	s.fresh, s.deleted = 0, way == 4
	if s.pending != "" && s.rng.IntN(2) == 0 {
		return // the record goes on in the new file
	}
	for s.pending != "" {
		s.write()
	}
}

// interrupted lets act come between the follower's calls of the file system.
func interrupted(act func()) disk {
	real := disk{}.orReal()
	return disk{
		stat: func(name string) (fs.FileInfo, error) { act(); return real.stat(name) },
		list: func(name string) ([]fs.DirEntry, error) { act(); return real.list(name) },
		open: func(name string) (*os.File, error) { act(); return real.open(name) },
	}
}

func TestNothingIsLostOrDoubledHoweverALogIsRotated(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		seeds := 60
		if testing.Short() {
			seeds = 10
		}
		for seed := range seeds {
			rng := rand.New(rand.NewPCG(uint64(seed), 5))
			s := &scribe{rng: rng}
			calm := 2 + rng.IntN(30)
			opt.disk = interrupted(func() {
				if s.b != nil && rng.IntN(calm) == 0 && s.records < 300 {
					s.act()
				}
			})
			s.b = follows(t, t.TempDir(), opt)
			s.write()
			for s.records < 300 {
				s.b.after(time.Duration(rng.IntN(300)) * time.Millisecond)
				for range rng.IntN(4) {
					s.act()
				}
			}
			for s.pending != "" {
				s.write()
			}
			s.b.f.disk = disk{}.orReal()
			s.b.look()
			s.b.after(time.Hour)
			s.check(seed, opt.reopen)
		}
	})
}

// act writes or rotates.
func (s *scribe) act() {
	if s.rng.IntN(3) == 0 {
		s.rotate()
	}
	s.write()
}

// check finds each record once and in order.
func (s *scribe) check(seed int, reopened bool) {
	t, b := s.b.t, s.b
	got := b.messages()
	for i, m := range got {
		if want := fmt.Sprintf("%d ", i); !strings.HasPrefix(m, want) {
			t.Fatalf("seed %d: record %d is %q\n%s", seed, i, m, strings.Join(b.notices(), "\n"))
		}
	}
	if len(got) != s.records {
		t.Fatalf("seed %d: %d of %d records\n%s", seed, len(got), s.records, strings.Join(b.notices(), "\n"))
	}
	for _, e := range b.events {
		if e.Notice != nil && e.Notice.Kind == Gap && !reopened {
			t.Fatalf("seed %d: %s", seed, e.Notice)
		}
	}
	b.f.close()
	if b.f.held != 0 {
		t.Fatalf("seed %d: %d files are held", seed, b.f.held)
	}
}

// TestFilesThatAreRenamedWhileTheyAreListedKeepTheirOrder: the current file was
// opened under its name, and is a stamped one by the time the folder is listed.
func TestFilesThatAreRenamedWhileTheyAreListedKeepTheirOrder(t *testing.T) {
	bothWays(t, func(t *testing.T, opt FollowOptions) {
		var b *bench
		var between func()
		real := disk{}.orReal()
		opt.disk.list = func(name string) ([]fs.DirEntry, error) {
			if act := between; act != nil {
				between = nil
				act()
			}
			return real.list(name)
		}
		b = follows(t, t.TempDir(), opt)
		b.append("X.log", rec("a"))
		b.look()
		b.rename("X.log", "X-20240101-000001.log")
		b.append("X.log", rec("b"))
		between = func() {
			b.rename("X.log", "X-20240101-000002.log")
			b.append("X.log", rec("c"))
			b.rename("X.log", "X-20240101-000003.log")
			b.append("X.log", rec("d"))
		}
		b.f.logs[0].check(false)
		for b.f.round() {
		}
		b.look()
		b.want("a", "b", "c", "d")
	})
}
