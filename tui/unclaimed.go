package tui

import (
	"errors"
	"slices"
	"sync"
)

// unclaimed are cases that are being opened, and those that were and that the
// console has not learned of yet: it may end before it does, and a lab must not
// stay behind.
type unclaimed struct {
	mu     sync.Mutex
	ended  sync.Cond // with mu; an opening has ended
	going  int
	cases  []Case
	closed bool
}

var errEnding = errors.New("the console is ending")

// open opens a case, which stays here until it is taken. One that makes something is
// waited for in the end; any other may be on a computer that never answers, and is
// left behind.
func (u *unclaimed) open(makes bool, open func() (Case, error)) (Case, error) {
	u.mu.Lock()
	if u.closed {
		u.mu.Unlock()
		return nil, errEnding
	}
	if makes {
		u.going++
	}
	u.mu.Unlock()
	c, err := open()
	u.mu.Lock()
	defer u.mu.Unlock()
	if makes {
		u.going--
		u.signal()
	}
	switch {
	case err != nil:
		return nil, err
	case u.closed && !makes: // nobody waited
		return nil, errors.Join(errEnding, c.Close())
	}
	u.cases = append(u.cases, c)
	return c, nil
}

func (u *unclaimed) signal() {
	if u.ended.L != nil {
		u.ended.Broadcast()
	}
}

// take takes a case over: whoever takes it closes it.
func (u *unclaimed) take(c Case) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.cases = slices.DeleteFunc(u.cases, func(other Case) bool { return other == c })
}

// drop closes a case that nobody wants any more, unless it is closed already.
func (u *unclaimed) drop(c Case) error {
	u.mu.Lock()
	i := slices.Index(u.cases, c)
	if i < 0 {
		u.mu.Unlock()
		return nil
	}
	u.cases = slices.Delete(u.cases, i, i+1)
	u.going++
	u.mu.Unlock()
	err := c.Close()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.going--
	u.signal()
	return err
}

// close waits for what is being made, closes what nobody took, and lets nothing more
// be opened.
func (u *unclaimed) close() (err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	u.ended.L = &u.mu
	for u.going > 0 {
		u.ended.Wait()
	}
	for _, c := range u.cases {
		err = errors.Join(err, c.Close())
	}
	u.cases = nil
	return err
}
