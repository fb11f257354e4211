package logparse

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// patience is how long trouble is kept to oneself: a rotation leaves a log
// without a file for a moment, and writers lock files now and then.
const patience = time.Second

// forgetAfter is how long a log without any file is remembered.
const forgetAfter = 10 * time.Minute

// followed is a log that is followed: its current file, and the generations
// before it that are still to be read.
type followed struct {
	f      *follower
	key    string
	dir    string // on disk
	base   string // of its current file
	prefix string // of its files' names in Pos
	named  bool   // Source.Paths names it
	remote bool   // on another machine, which tells sizes by name late
	reopen bool   // its files are opened for every read
	parser *Parser

	// cur is read; nil before the first. queue are the ones behind it, oldest
	// first. done are older ones that are still in the folder.
	cur   *generation
	queue []*generation
	done  []*generation
	// lost is true when what cur held cannot be read any more.
	lost bool

	attached bool // From was heeded
	skip     bool // it is left out
	behind   bool // there may be something to read
	total    int64
	last     fs.FileInfo // of the current file, as checked last; nil without one
	grown    time.Time   // when something was read last

	missing  time.Time // since when there is no current file; zero if there is one
	told     bool      // that it is missing
	shrunk   time.Time // since when cur holds less than was read
	reading  trouble
	turning  trouble
	fromPast bool // it was there when following began
}

func (l *followed) name() string { return l.prefix + l.base }

func (l *followed) path(name string) string { return filepath.Join(l.dir, name) }

// check finds out, without reading, whether there is something to read.
func (l *followed) check(forced bool) {
	if l.skip {
		return
	}
	now := l.f.now()
	info, err := l.stat()
	switch {
	case err == nil && !info.Mode().IsRegular():
		l.f.notice(Notice{Kind: NotText, Log: l.name(), Part: l.name()})
		l.skip, l.behind = true, false
		return
	case err == nil:
		l.present(info, forced)
	case errors.Is(err, fs.ErrNotExist):
		l.absent(now, forced)
	default:
		l.behind = true // reading meets the same error, or none
	}
	if l.reading.on() || l.turning.on() {
		l.behind = true // try again
	}
	if !l.shrunk.IsZero() && now.Sub(l.shrunk) >= l.f.opt.Quiet {
		l.behind = true
	}
	if !l.behind && l.parser.Pending() > 0 && now.Sub(l.grown) >= l.f.opt.Quiet {
		l.parser.flushLines(l.deliver)
	}
}

// stat looks at the current file.
func (l *followed) stat() (fs.FileInfo, error) {
	if !l.remote {
		return l.f.disk.stat(l.path(l.base))
	}
	f, err := l.f.disk.open(l.path(l.base))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Stat()
}

func (l *followed) present(info fs.FileInfo, forced bool) {
	if l.told {
		l.f.notice(Notice{Kind: Appeared, Log: l.name()})
	}
	l.missing, l.told = time.Time{}, false
	changed := l.last == nil || l.last.Size() != info.Size() || !l.last.ModTime().Equal(info.ModTime())
	l.last = info
	if forced || changed || !l.attached {
		l.behind = true
	}
	if l.reopen || l.cur == nil || info.Size() == 0 || os.SameFile(info, l.newest().info) {
		return
	}
	l.behind = true
	l.turn() // hold the new file before it may be overwritten
}

// newest is the generation that was the current file when last looked.
func (l *followed) newest() *generation {
	if n := len(l.queue); n > 0 {
		return l.queue[n-1]
	}
	return l.cur
}

func (l *followed) absent(now time.Time, forced bool) {
	if l.missing.IsZero() {
		l.missing = now
		l.behind = l.behind || l.cur != nil || !l.attached // it may have been renamed
	}
	l.last = nil
	if l.cur != nil && (forced || l.curGrew()) {
		l.behind = true // its writer still writes to it under its new name
	}
	if now.Sub(l.missing) >= patience && !l.told && l.cur != nil {
		l.told = true
		l.f.notice(Notice{Kind: Vanished, Log: l.name()})
	}
}

func (l *followed) curGrew() bool { return l.leftOf(l.cur) != 0 }

// leftOf is how many bytes of a generation are not read yet, as far as one can
// tell without reading.
func (l *followed) leftOf(g *generation) int64 {
	if g.file != nil {
		if info, err := g.file.Stat(); err == nil {
			return info.Size() - g.offset
		}
	}
	info, err := l.f.disk.stat(l.path(g.name))
	if err != nil {
		return 0
	}
	return info.Size() - g.offset
}

// left is how many bytes are left to read.
func (l *followed) left() int64 {
	var n int64
	if l.cur != nil {
		n = l.leftOf(l.cur)
	}
	for _, g := range l.queue {
		n += l.leftOf(g)
	}
	return n
}

// forgotten tells whether nothing is left of the log.
func (l *followed) forgotten() bool {
	if l.named || l.behind || l.missing.IsZero() || l.f.now().Sub(l.missing) < forgetAfter {
		return false
	}
	l.missing = l.f.now() // ask again after the same time
	all, err := l.candidates()
	closeAll(all)
	return err == nil && len(all) == 0
}

// step reads a piece of what there is to read.
func (l *followed) step() {
	if !l.attached && !l.attach() {
		return
	}
	if l.skip {
		l.behind = false
		return
	}
	if l.cur == nil {
		l.begin()
		return
	}
	data, state, err := l.cur.read(l.openCur, l.f.buf, l.f.proof)
	if err != nil {
		l.release(l.cur) // an open file of a share can be stale
		l.failed(&l.reading, l.cur.name, err)
		return
	}
	if state != readShrunk {
		l.shrunk = time.Time{}
	}
	switch state {
	case readData:
		l.reading = trouble{}
		l.take(data)
	case readEnd:
		l.reading = trouble{}
		l.atEnd()
	case readShrunk:
		l.waitShrunk()
	case readElsewhere:
		l.moved()
	}
}

// begin reads the first file that there is.
func (l *followed) begin() {
	if len(l.queue) == 0 && !l.turn() {
		l.behind = false
		return
	}
	if len(l.queue) > 0 {
		l.next()
	}
}

// atEnd goes on with the next generation if there is one. It was found before
// the end was read, so that nothing can be written to this one any more.
func (l *followed) atEnd() {
	switch {
	case len(l.queue) > 0:
		l.next()
	case l.isCurrent():
		l.level()
	case !l.turn():
		l.level()
	}
}

// level notes that all is read.
func (l *followed) level() {
	l.behind = false
	l.parser.trim()
}

// isCurrent tells whether cur, which was just read, is the log's current file.
func (l *followed) isCurrent() bool {
	if l.cur.file == nil {
		return l.cur.name == l.base
	}
	info, err := l.f.disk.stat(l.path(l.base))
	return err == nil && os.SameFile(info, l.cur.info)
}

// waitShrunk gives a file that holds a part of what was read some time: it may
// be being copied anew. Unless it was copied away and cut.
func (l *followed) waitShrunk() {
	now := l.f.now()
	expired := !l.shrunk.IsZero() && now.Sub(l.shrunk) >= l.f.opt.Quiet
	if l.shrunk.IsZero() || expired {
		name := l.cur.name
		if l.turn(); l.lost || l.cur.name != name {
			return
		}
	}
	if !expired {
		if l.shrunk.IsZero() {
			l.shrunk = now
		}
		l.behind = false
		return
	}
	l.shrunk = time.Time{}
	l.f.notice(Notice{Kind: Truncated, Log: l.name(), Part: l.prefix + l.cur.name})
	l.cur.offset, l.cur.head, l.cur.tail = 0, nil, nil
	l.parser.Flush(l.deliver)
	l.parser.Part(l.prefix+l.cur.name, l.deliver)
}

// moved looks for cur, whose file holds something else now or is gone.
func (l *followed) moved() {
	file, name := l.cur.info, l.cur.name
	l.turn()
	switch {
	case l.lost && len(l.queue) > 0:
		l.next()
	case l.lost:
		l.behind = false
	case l.cur.name == name && os.SameFile(l.cur.info, file):
		// It changes as we look: look again later.
		l.behind, l.reading.since = false, l.f.now()
	}
}

// next leaves cur, which is read or lost, for the next generation.
func (l *followed) next() {
	next := l.queue[0]
	l.queue = append(l.queue[:0], l.queue[1:]...)
	if l.cur != nil {
		l.leave(next)
	}
	l.cur, l.lost, l.shrunk = next, false, time.Time{}
	l.parser.Part(l.prefix+next.name, l.deliver)
	if next.offset > 0 {
		enc, _ := fileEncoding(next.head)
		l.parser.resume(l.prefix+next.name, place{offset: next.offset, enc: enc})
	}
}

// leave says how cur ended, and remembers it as done.
func (l *followed) leave(next *generation) {
	n := Notice{Kind: Gap, Log: l.name(), Part: l.prefix + l.cur.name, Offset: l.cur.offset}
	switch {
	case l.lost && os.SameFile(l.cur.info, next.info) && (l.cur.file != nil || next.name == l.cur.name):
		// Only of a file that is held, no other can have its identity.
		n.Kind, n.Part = Truncated, l.prefix+next.name
	case l.lost, next.after == perhapsGap:
	case next.after == replaces:
		n.Kind = Replaced
	default:
		l.release(l.cur)
		l.done = append(l.done, l.cur)
		return
	}
	l.release(l.cur)
	l.f.notice(n)
	l.parser.Flush(l.deliver) // the next one does not go on where this one ended
}

// take gives data to the parser.
func (l *followed) take(data []byte) {
	l.total += int64(len(data))
	l.grown = l.f.now()
	if l.cur.offset == int64(len(data)) { // the start of a file
		if binaryHead(data) {
			l.leaveOut()
			return
		}
		data = l.parser.mark(data)
	}
	l.parser.Feed(data, l.deliver)
}

// leaveOut stops reading what is no text.
func (l *followed) leaveOut() {
	l.f.notice(Notice{Kind: NotText, Log: l.name(), Part: l.prefix + l.cur.name})
	l.skip, l.behind = true, false
	l.close()
}

func (l *followed) deliver(r *Record) bool {
	if r.Torn && len(r.Message) >= MaxRecord-64 { // what frames it is not in the message
		l.f.notice(Notice{Kind: Overlong, Log: r.Pos.Log, Part: r.Pos.Part, Offset: r.Pos.Offset})
	}
	l.f.emit(Event{Record: r.Clone()})
	return true
}

// trouble is an error of the file system that lasts.
type trouble struct {
	since time.Time
	part  string
	err   error
	told  string
}

func (t *trouble) on() bool { return !t.since.IsZero() }

// failed notes an error. When it lasts it is told of, and failed returns true.
func (l *followed) failed(t *trouble, name string, err error) bool {
	now := l.f.now()
	l.behind = false
	if !t.on() {
		t.since = now
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	t.part, t.err = l.prefix+name, err
	if now.Sub(t.since) < patience {
		return false
	}
	l.tell(t)
	return true
}

func (l *followed) tell(t *trouble) {
	if t.err != nil && t.told != t.err.Error() {
		t.told = t.err.Error()
		l.f.notice(Notice{Kind: Unreadable, Log: l.name(), Part: t.part, Err: t.err})
	}
}

func (l *followed) openCur() (*os.File, error) { return l.f.disk.open(l.path(l.cur.name)) }

func (l *followed) close() {
	l.release(l.cur)
	for _, g := range l.queue {
		l.release(g)
	}
	l.queue = nil
}
