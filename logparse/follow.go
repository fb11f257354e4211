package logparse

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/text/encoding/charmap"
)

// Source says what is followed.
type Source struct {
	// Paths are folders, whose logs and those of the folders below are followed,
	// and logs. None of them needs to exist yet. A log is followed together with
	// the files it is rotated to, whichever of them is named.
	Paths []string
	// Match tells which logs of a folder are wanted. It gets the name that records
	// have as Pos.Log. Nil means every file that is called like a log. A log that
	// Paths names is always wanted.
	Match func(log string) bool
}

// From is where following begins in logs that are there already. A log that
// appears later is always read from its start.
type From uint8

const (
	// FromNow leaves out what is there, but for a record that is being written.
	FromNow From = iota
	// FromStart reads what is there first, rotated parts too.
	FromStart
)

// DefaultPoll is how often files are looked at unless the options say otherwise.
const DefaultPoll = 200 * time.Millisecond

// defaultQuiet is long for a writer that is in the middle of a line.
const defaultQuiet = 2 * time.Second

// FollowOptions say how logs are followed. The zero value follows from now on.
type FollowOptions struct {
	From From
	// Poll is how often every file is looked at; 0 means DefaultPoll. Events of
	// the file system make it sooner, never later. Where looking at all files
	// takes long, it is done less often.
	Poll time.Duration
	// Quiet is how long a line without its end, and a file that became shorter,
	// are given before they are taken as they are; 0 means 2 s. A CCM record is
	// waited for without limit.
	Quiet time.Duration
	// NoEvents leaves the events of the file system unused.
	NoEvents bool
	// CodePage decodes what is no UTF-8; nil means Windows-1252.
	CodePage *charmap.Charmap
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Ticks, unless nil, says when to look at every file, in place of Poll.
	Ticks <-chan time.Time

	// reopen opens files for every read, as on Windows, rather than hold them.
	reopen bool
	// disk is how files are reached; nil functions mean the real ones.
	disk disk
}

// Event is a record or a notice; the other of the two is nil.
type Event struct {
	// Record is the receiver's own.
	Record *Record
	Notice *Notice
}

// Follow reads logs as they grow and hands their records to emit, each once and
// as soon as it is whole, those of one log in their order. It returns nil when
// ctx is done, and an error only when src names nothing; what happens to a file
// is told by a Notice.
//
// Every file is looked at every Poll, whatever events say. A log's writer is
// never held up: no file is locked or mapped, and where an open file cannot be
// replaced none is open but while it is read. A log that was rotated is read to
// its end where it is now, then the ones that followed it, in their order. What
// was overwritten unread is told by a Gap.
//
// emit is called on Follow's goroutine and may block: then nothing is read, and
// reading goes on from the file later. Once ctx is done, every log is read to its
// end a last time and what is open in it is delivered, unless there is so much
// left (8 MiB) that the end would have to wait for it.
func Follow(ctx context.Context, src Source, opt FollowOptions, emit func(Event)) error {
	if len(src.Paths) == 0 {
		return errors.New("follow logs: neither a folder nor a log was named; name at least one")
	}
	f := newFollower(src, opt, emit)
	defer f.close()
	f.run(ctx)
	return nil
}

const (
	// followChunk is how many bytes of a log are read before the next one's turn.
	followChunk = 128 << 10
	// forcedEvery is how many polls go by until files and folders are looked at
	// that seem unchanged: sizes and times of shares and of files that are open
	// elsewhere can be out of date.
	forcedEvery = 10
	// eventPace is the least time between two looks that events ask for.
	eventPace = 2 * time.Millisecond
	// One part in idleShare of the time is spent on looking at files; where that
	// is waiting for another machine, one in remoteShare.
	idleShare   = 50
	remoteShare = 3
	// maxPoll is the most that polling slows down to.
	maxPoll = 10 * time.Second
	// maxHeld is how many files are held open; more are opened for each read.
	maxHeld = 256
	// maxFinish is how many bytes of a log are still read once ctx is done.
	maxFinish = 8 << 20
)

// follower follows the logs of one Source.
type follower struct {
	src  Source
	opt  FollowOptions
	disk disk
	emit func(Event)
	now  func() time.Time

	roots   []*root
	folders []*folder
	logs    []*followed // in the order in which they appeared
	byKey   map[string]*followed
	watch   *watcher // nil without events
	timer   *time.Timer
	looks   int              // polls so far
	costs   [4]time.Duration // of the last polls
	quiet   map[string]bool  // reasons for no events that were told
	remote  map[string]bool  // folders of other machines
	held    int              // open files
	begun   bool             // the first poll is over: what appears now is new
	ready   bool             // what was there at the start is read
	full    bool             // a limit was reached and told of
	buf     []byte
	proof   []byte
}

func newFollower(src Source, opt FollowOptions, emit func(Event)) *follower {
	if opt.Poll <= 0 {
		opt.Poll = DefaultPoll
	}
	if opt.Quiet <= 0 {
		opt.Quiet = defaultQuiet
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	f := &follower{
		src: src, opt: opt, disk: opt.disk.orReal(), emit: emit, now: opt.Now,
		byKey: map[string]*followed{}, quiet: map[string]bool{}, remote: map[string]bool{},
		buf: make([]byte, tailLen+followChunk), proof: make([]byte, headLen),
	}
	f.addRoots(src.Paths)
	if !opt.NoEvents {
		w, err := opt.disk.orReal().watch()
		if err != nil {
			f.notice(Notice{Kind: PollOnly, Err: err})
		}
		f.watch = w
	}
	if opt.Ticks == nil {
		f.timer = time.NewTimer(opt.Poll)
	}
	return f
}

func (f *follower) close() {
	if f.watch != nil {
		f.watch.close()
	}
	if f.timer != nil {
		f.timer.Stop()
	}
	for _, l := range f.logs {
		l.close()
	}
}

func (f *follower) run(ctx context.Context) {
	f.poll()
	for ctx.Err() == nil {
		if f.round() {
			f.glance()
			continue
		}
		f.settled()
		f.wait(ctx)
	}
	f.finish()
}

// poll looks at every file for what is new. It reads no log.
func (f *follower) poll() {
	start := time.Now()
	forced := f.looks%forcedEvery == 0
	f.looks++
	f.resolve(forced)
	f.list(forced)
	f.checkAll(forced)
	f.begun = true
	f.costs[f.looks%len(f.costs)] = time.Since(start)
	if f.timer != nil {
		// The least of some: a busy machine makes single ones look expensive.
		share := time.Duration(idleShare)
		if len(f.remote) > 0 {
			share = remoteShare
		}
		f.timer.Reset(max(f.opt.Poll, min(slices.Min(f.costs[:])*share, maxPoll)))
	}
}

// checkAll checks every log, and forgets those that are long gone.
func (f *follower) checkAll(forced bool) {
	kept := f.logs[:0]
	for _, l := range f.logs {
		l.check(forced)
		if l.forgotten() {
			l.close()
			delete(f.byKey, l.key)
			continue
		}
		kept = append(kept, l)
	}
	clear(f.logs[len(kept):])
	f.logs = kept
}

// round reads a piece of each log that has one to read, and tells whether any
// had.
func (f *follower) round() bool {
	any := false
	for _, l := range f.logs {
		if l.behind {
			l.step()
			any = true
		}
	}
	return any
}

// settled says once that what was there at the start is read.
func (f *follower) settled() {
	if !f.ready {
		f.ready = true
		f.notice(Notice{Kind: Ready})
	}
}

// wait sleeps until there is something to look at.
func (f *follower) wait(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-f.tick():
		f.poll()
	case <-f.watch.woken():
		f.look()
		f.pause(ctx)
	}
}

// glance does what is due without waiting for it.
func (f *follower) glance() {
	select {
	case <-f.tick():
		f.poll()
	default:
	}
	select {
	case <-f.watch.woken():
		f.look()
	default:
	}
}

func (f *follower) tick() <-chan time.Time {
	if f.timer != nil {
		return f.timer.C
	}
	return f.opt.Ticks
}

// look looks at what events told of, and reads it.
func (f *follower) look() {
	names, all := f.watch.take()
	if all {
		f.poll()
		return
	}
	for name, structure := range names {
		f.event(name, structure)
	}
}

// pause lets events gather, so that a busy writer does not cost a look for each
// of its writes. What is there is read first.
func (f *follower) pause(ctx context.Context) {
	for f.round() && ctx.Err() == nil {
		f.glance()
	}
	select {
	case <-ctx.Done():
	case <-time.After(eventPace):
	}
}

// finish reads what there is a last time, and delivers what is open. A log with
// much left to read is left where it is.
func (f *follower) finish() {
	f.checkAll(true)
	for _, l := range f.logs {
		if l.left() > maxFinish {
			continue
		}
		for from := l.total; l.behind && l.total-from <= maxFinish; {
			l.step()
		}
		l.tell(&l.reading)
		l.tell(&l.turning)
		if !l.behind {
			l.parser.Flush(l.deliver)
		}
	}
}

func (f *follower) notice(n Notice) { f.emit(Event{Notice: &n}) }
