package logparse

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// candidates opens the files of the log that are in its folder, and returns them
// oldest first. When one cannot be opened the others are returned with an
// *openError. The caller closes them.
//
// They are opened from the newest to the oldest: a file that is renamed
// meanwhile is then met twice, not missed. The name it was met by last counts.
func (l *followed) candidates() ([]*candidate, error) {
	var all []*candidate
	failure := l.tryCandidate(&all, l.base, currentRank)
	names, err := l.rotatedNames()
	if err != nil {
		failure = errors.Join(failure, &openError{l.base, err})
	}
	for _, n := range names {
		failure = errors.Join(failure, l.tryCandidate(&all, n.name, n.rank))
	}
	slices.SortFunc(all, func(a, b *candidate) int { return strings.Compare(a.rank, b.rank) })
	return all, failure
}

// openError is a file that could not be opened.
type openError struct {
	name string
	err  error
}

func (e *openError) Error() string { return e.err.Error() }
func (e *openError) Unwrap() error { return e.err }

func (l *followed) tryCandidate(all *[]*candidate, name, rank string) error {
	path := l.path(name)
	info, err := l.f.disk.stat(path)
	if err == nil && !info.Mode().IsRegular() {
		return nil // opening a pipe would wait for its writer
	}
	f, err := l.f.disk.open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &openError{name, err}
	}
	c, err := newCandidate(name, rank, f)
	if err != nil {
		f.Close() // it was only read
		return &openError{name, err}
	}
	again := slices.IndexFunc(*all, func(o *candidate) bool { return os.SameFile(o.info, c.info) })
	if again < 0 {
		*all = append(*all, c)
		return nil
	}
	f.Close() // it was only read
	(*all)[again].name, (*all)[again].rank = name, rank
	return nil
}

// rotatedNames are the files that the log was rotated to, newest first.
func (l *followed) rotatedNames() ([]rotated, error) {
	entries, err := l.f.disk.list(l.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []rotated
	for _, e := range entries {
		log, rank := rotation(e.Name())
		if rank != currentRank && strings.EqualFold(log, l.base) && mayBeLog(e) {
			names = append(names, rotated{e.Name(), rank})
		}
	}
	slices.SortFunc(names, func(a, b rotated) int { return strings.Compare(b.rank, a.rank) })
	return names, err
}

type rotated struct{ name, rank string }

func closeAll(all []*candidate) {
	for _, c := range all {
		if c.file != nil {
			c.file.Close() // it was only read
		}
	}
}

// turn finds out where cur's file is now, and queues the files that came after
// it. It returns whether there is something to read now that there was not.
func (l *followed) turn() bool {
	all, err := l.candidates()
	defer closeAll(all)
	if !l.opened(err) {
		return false // without that file the order may be wrong
	}
	at := l.locate(all)
	moved := at != nil && l.moveTo(at)
	if !l.enqueue(all, at) && !moved {
		return false
	}
	l.behind = true
	return true
}

// opened tells whether to go on with the files that could be opened.
func (l *followed) opened(err error) bool {
	if err == nil {
		l.turning = trouble{}
		return true
	}
	return l.failed(&l.turning, failedName(err, l.base), err)
}

// failedName is the newest file that could not be opened.
func failedName(err error, otherwise string) string {
	var open *openError
	if errors.As(err, &open) {
		return open.name
	}
	return otherwise
}

// locate finds cur's file: by its identity, or else a copy of it. It returns nil
// when cur's file is not in the folder, or there is no cur.
func (l *followed) locate(all []*candidate) *candidate {
	if l.cur == nil {
		return nil
	}
	var copied, cut *candidate
	for _, c := range slices.Backward(all) {
		switch like, err := l.cur.compare(c); {
		case err != nil:
		case like == same && os.SameFile(l.cur.info, c.info):
			l.lost = false
			return c
		case like == same && copied == nil:
			copied = c
		case like == shrunk:
			cut = c
		}
	}
	l.lost = copied == nil && cut == nil && !l.intact()
	if copied != nil {
		return copied
	}
	return cut
}

// intact tells whether what was read of cur is still in the file that is held.
func (l *followed) intact() bool {
	if l.cur.file == nil {
		return false
	}
	c, err := newCandidate(l.cur.name, "", l.cur.file)
	if err != nil {
		return false
	}
	like, err := l.cur.compare(c)
	return err == nil && like != other
}

// moveTo takes over where cur's file is now. It returns whether that is another
// file.
func (l *followed) moveTo(c *candidate) bool {
	other := !os.SameFile(l.cur.info, c.info)
	if other {
		l.release(l.cur)
		l.cur.info = c.info
		l.hold(l.cur, c)
	}
	if !other && l.cur.file == nil {
		l.hold(l.cur, c)
	}
	if l.cur.name != c.name {
		l.cur.name = c.name
		l.parser.rename(l.prefix + c.name)
		if c.rank != currentRank {
			l.f.notice(Notice{Kind: Rotated, Log: l.name(), Part: l.prefix + c.name})
		}
	}
	return other
}

// enqueue queues the files that are neither cur nor queued nor done. at is where
// cur is. It returns whether there were any.
func (l *followed) enqueue(all []*candidate, at *candidate) bool {
	before := l.newest()
	seen := at != nil && before == l.cur // the newest known generation is still there
	var done []*generation
	fresh := false
	for _, c := range all {
		if c == at || c.info.Size() == 0 {
			continue
		}
		if q := waiting(l.queue, c); q != nil {
			q.name = c.name
			seen = seen || q == before
			continue
		}
		if d := finished(l.done, c); d != nil {
			if c.rank == currentRank && c.info.Size() > d.offset {
				l.queue = append(l.queue, l.revived(d, c))
				fresh = true
			} else {
				done = append(done, d)
			}
			continue
		}
		l.queue = append(l.queue, l.successor(c, before != nil && !seen && !fresh))
		fresh = true
	}
	l.done = done
	return fresh
}

// waiting finds the queued generation that the file is. A file that cannot be
// read now is met again when it is opened.
func waiting(queue []*generation, c *candidate) *generation {
	for _, g := range queue {
		if like, err := g.compare(c); err == nil && like == same {
			return g
		}
	}
	return nil
}

// finished finds the generation, read or left out before, that the file is. Such
// a file does not grow, unless its writer goes on with it under its new name.
func finished(done []*generation, c *candidate) *generation {
	for _, g := range done {
		sure := c.info.Size() == g.offset || telling(g.head) && os.SameFile(c.info, g.info)
		if like, err := g.compare(c); sure && err == nil && like == same {
			return g
		}
	}
	return nil
}

// successor makes a generation of a file. orphan is true when the one before it
// is not in the folder any more.
func (l *followed) successor(c *candidate, orphan bool) *generation {
	g := &generation{name: c.name, info: c.info, head: bytes.Clone(c.head), after: goesOn}
	switch {
	case orphan && c.rank == currentRank:
		g.after = replaces
	case orphan:
		g.after = perhapsGap
	}
	l.hold(g, c)
	return g
}

// revived makes the current file again of one that was left behind, as when
// somebody renames it back. It is read on where it was left.
func (l *followed) revived(g *generation, c *candidate) *generation {
	g.name, g.info, g.after = c.name, c.info, replaces
	l.hold(g, c)
	return g
}

// hold keeps the candidate's file open for a generation, where that is right.
func (l *followed) hold(g *generation, c *candidate) {
	if !l.reopen && l.f.held < maxHeld {
		g.file, c.file = c.file, nil
		l.f.held++
	}
}

func (l *followed) release(g *generation) { l.f.held -= g.close() }

// attach begins to follow the log as From asks for. It returns false when it has
// to be tried again.
func (l *followed) attach() bool {
	if l.f.opt.From == FromStart && l.fromPast {
		l.attached = true
		return true
	}
	all, err := l.candidates()
	defer closeAll(all)
	if !l.opened(err) || err != nil && failedName(err, "") == l.base {
		return false
	}
	l.done = nil
	for _, c := range all {
		if !l.fromPast && !l.f.knows(l.dir, c) {
			continue // it is new, and read from its start
		}
		if err := l.attachTo(c); err != nil {
			l.failed(&l.reading, c.name, err)
			return false
		}
	}
	l.attached, l.behind = true, true
	return true
}

// knows tells whether a log of the folder was read from that file or has the
// same in it: then it was renamed, or copied away, in a way of its own.
func (f *follower) knows(dir string, c *candidate) bool {
	for _, l := range f.logs {
		if l.dir != dir || l.cur == nil || !telling(l.cur.head) {
			continue
		}
		if like, err := l.cur.compare(c); err == nil && like == same || finished(l.done, c) != nil {
			return true
		}
	}
	return false
}

// attachTo leaves out what a file holds now.
func (l *followed) attachTo(c *candidate) error {
	g := &generation{name: c.name, info: c.info}
	if c.rank != currentRank {
		l.done = append(l.done, g)
		return g.skip(c.file, c.info.Size())
	}
	if c.info.Size() == 0 {
		return nil // it is read from its start once there is something in it
	}
	at, err := endOf(c)
	if err != nil {
		return err
	}
	if binaryHead(c.head) {
		l.cur = g
		l.leaveOut()
		return nil
	}
	if err := g.skip(c.file, at.offset); err != nil {
		return err
	}
	l.parser.resume(l.prefix+c.name, at)
	l.cur = g
	l.hold(g, c)
	return nil
}
