package merged

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"patchtrace/logparse"
)

// finder finds a text, whatever the case of its letters. The nil finder finds
// everything.
type finder struct {
	literal []byte // of ASCII, in lower case; nil for patterns
	pattern *regexp.Regexp
	hint    []byte // is in every block that has a match; nil when unknown
}

func newFinder(text string, isPattern bool) (*finder, error) {
	if text == "" {
		return nil, nil
	}
	if isPattern {
		re, err := regexp.Compile("(?i:" + text + ")")
		if err != nil {
			// Compiled alone, so that the error shows the pattern as it was given.
			if _, err := regexp.Compile(text); err != nil {
				return nil, err
			}
			return nil, err
		}
		return &finder{pattern: re}, nil
	}
	if !ascii(text) {
		re, err := regexp.Compile("(?i)" + regexp.QuoteMeta(strings.ToValidUTF8(text, "\uFFFD")))
		if err != nil {
			return nil, err
		}
		return &finder{pattern: re}, nil
	}
	f := &finder{literal: []byte(strings.ToLower(text))}
	// A record's lines may have been joined with blanks, but its words were not
	// changed.
	for _, word := range strings.Fields(string(f.literal)) {
		if len(word) > len(f.hint) {
			f.hint = []byte(word)
		}
	}
	return f, nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func (f *finder) find(rec *logparse.Record) bool {
	switch {
	case f == nil:
		return true
	case f.pattern != nil:
		return f.pattern.MatchString(rec.Message) || f.pattern.MatchString(rec.Component)
	}
	return containsFold(rec.Message, f.literal) || containsFold(rec.Component, f.literal)
}

// hopeless tells whether no record of the block can match.
func (f *finder) hopeless(b *logparse.Block) bool {
	if f == nil || f.hint == nil {
		return false
	}
	text := asString(b.Text())
	// Where a crash left NULs, words are put together again.
	return !containsFold(text, f.hint) && strings.IndexByte(text, 0) < 0
}

// matcher says which records of the logs a view or a search is for.
type matcher struct {
	min    logparse.Severity
	finder *finder
	thread *Thread
}

// reads tells whether records must be read to tell.
func (m *matcher) reads() bool { return m.finder != nil || m.thread != nil }

func (m *matcher) match(rec *logparse.Record) bool {
	if m.thread != nil && (!rec.HasThread || rec.Thread != m.thread.ID) {
		return false
	}
	return m.finder.find(rec)
}

// severe chooses the records of a block by severity.
func (m *matcher) severe(b *block) chosen {
	switch {
	case m.min == logparse.Verbose:
		return chosen{block: b, n: b.n, warns: b.warns, errs: b.errs}
	case m.min > logparse.Info && int(b.warns+b.errs) == 0, m.min == logparse.Error && b.errs == 0:
		return chosen{block: b}
	}
	c := chosen{block: b, bits: make([]uint64, (b.n+63)/64)}
	for i := range b.n {
		if b.severity(i) >= m.min {
			c.set(i)
		}
	}
	return c.tidy()
}

func (c *chosen) set(i int) {
	c.bits[i/64] |= 1 << (i % 64)
	c.n++
	switch c.severity(i) {
	case logparse.Warning:
		c.warns++
	case logparse.Error:
		c.errs++
	}
}

// tidy drops bits that say nothing.
func (c chosen) tidy() chosen {
	if c.n == 0 || c.n == c.block.n {
		c.bits = nil
	}
	return c
}

// choose chooses the records of a block. With an error nothing is chosen.
func (l *Logs) choose(m *matcher, lg *log, b *block) (chosen, error) {
	some := m.severe(b)
	if some.n == 0 || !m.reads() {
		return some, nil
	}
	if m.thread != nil && m.thread.Log != lg.name {
		return chosen{block: b}, nil
	}
	c := chosen{block: b, bits: make([]uint64, (b.n+63)/64)}
	see := func(i int, rec *logparse.Record) {
		if i < b.n && some.has(i) && m.match(rec) {
			c.set(i)
		}
	}
	if recs := l.cache.get(b); recs != nil {
		for i := range recs {
			see(i, &recs[i])
		}
		return c.tidy(), nil
	}
	text, err := l.read(lg, b)
	if err != nil {
		return chosen{block: b}, err
	}
	if m.finder.hopeless(text) {
		return chosen{block: b}, nil
	}
	i := 0
	for rec := range text.Records() {
		see(i, rec)
		i++
	}
	return c.tidy(), nil
}
