package pipeline

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// flow reads a quoted scalar or a bracketed collection, which may go on over
// lines that are indented further.
func (r *plainReader) flow(rest string, indent int) (*node, bool) {
	text := rest
	for {
		f := flowReader{text: text}
		n, state := f.value()
		if state == flowOK {
			r.next++
			return n, f.ended() && !r.continues(indent)
		}
		r.next++
		if state == flowBad || r.next >= len(r.lines) || r.line().text == "" || r.line().indent <= indent {
			return nil, false
		}
		// A line end inside is a blank; one before or after it is not part of the
		// text. A backslash at the end would be another rule, and of a tab or a doubled
		// quote nearby parsers make different things.
		text = strings.TrimRight(text, " ")
		more := r.line().text
		if strings.HasSuffix(text, `\`) || strings.Contains(text+more, "''") || strings.Contains(text+more, "\t") {
			return nil, false
		}
		text += " " + more
	}
}

// flowState says how reading a piece of flow ended.
type flowState uint8

const (
	flowOK flowState = iota
	// flowMore means that the text ends inside the value.
	flowMore
	flowBad
)

// flowReader reads quoted scalars and bracketed collections from one text.
type flowReader struct {
	text  string
	next  int
	depth int
}

func (f *flowReader) skip() {
	for f.next < len(f.text) && f.text[f.next] == ' ' {
		f.next++
	}
}

// ended is true when nothing but a comment follows.
func (f *flowReader) ended() bool {
	rest := f.text[f.next:]
	trimmed := strings.TrimLeft(rest, " ")
	return trimmed == "" || trimmed[0] == '#' && len(trimmed) < len(rest)
}

func (f *flowReader) value() (*node, flowState) {
	f.skip()
	if f.next >= len(f.text) {
		return nil, flowMore
	}
	switch f.text[f.next] {
	case '"':
		return f.double()
	case '\'':
		return f.single()
	case '[':
		return f.list()
	case '{':
		return f.pairs()
	}
	return f.plain()
}

func (f *flowReader) single() (*node, flowState) {
	var b strings.Builder
	for f.next++; ; {
		i := strings.IndexByte(f.text[f.next:], '\'')
		if i < 0 {
			return nil, flowMore
		}
		b.WriteString(f.text[f.next : f.next+i])
		f.next += i + 1
		if !strings.HasPrefix(f.text[f.next:], "'") {
			return quoted(b.String())
		}
		b.WriteByte('\'')
		f.next++
	}
}

// quoted makes a node of a quoted text, which may not hold control characters.
func quoted(text string) (*node, flowState) {
	if strings.ContainsAny(text, "\r\x00") {
		return nil, flowBad
	}
	return &node{kind: scalarNode, text: text}, flowOK
}

func (f *flowReader) double() (*node, flowState) {
	var b strings.Builder
	for f.next++; f.next < len(f.text); f.next++ {
		switch c := f.text[f.next]; c {
		case '"':
			f.next++
			return quoted(b.String())
		case '\t', '\r', 0:
			return nil, flowBad
		case '\\':
			if !f.escape(&b) {
				return nil, flowBad
			}
		default:
			b.WriteByte(c)
		}
	}
	return nil, flowMore
}

// escape reads the escape that begins at the next byte and stays on its last.
func (f *flowReader) escape(b *strings.Builder) bool {
	if f.next++; f.next >= len(f.text) {
		return false
	}
	switch c := f.text[f.next]; c {
	case '\\', '"', '/':
		b.WriteByte(c)
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'u':
		return f.unicode(b)
	default:
		return false
	}
	return true
}

func (f *flowReader) unicode(b *strings.Builder) bool {
	end := f.next + 5
	if end > len(f.text) {
		return false
	}
	v, err := strconv.ParseUint(f.text[f.next+1:end], 16, 32)
	if err != nil || v == 0 || !utf8.ValidRune(rune(v)) {
		return false
	}
	b.WriteRune(rune(v))
	f.next = end - 1
	return true
}

// list reads [a, b].
func (f *flowReader) list() (*node, flowState) {
	n := &node{kind: sequenceNode}
	state := f.each(']', func() flowState {
		item, state := f.value()
		if state == flowOK {
			n.values = append(n.values, item)
		}
		return state
	})
	return n, state
}

// pairs reads {a: b, c: d}.
func (f *flowReader) pairs() (*node, flowState) {
	n := &node{kind: mappingNode}
	state := f.each('}', func() flowState {
		key, state := f.key()
		if state != flowOK {
			return state
		}
		value, state := f.value()
		if state != flowOK {
			return state
		}
		if n.get(key) != nil {
			return flowBad
		}
		n.keys = append(n.keys, &node{kind: scalarNode, text: key})
		n.values = append(n.values, value)
		return flowOK
	})
	return n, state
}

func (f *flowReader) key() (string, flowState) {
	start := f.next
	for f.next < len(f.text) && isWordByte(f.text[f.next]) {
		f.next++
	}
	key := f.text[start:f.next]
	if !strings.HasPrefix(f.text[f.next:], ": ") {
		return "", flowBad
	}
	_, _, ok := cutKey(key + ":")
	if !ok {
		return "", flowBad
	}
	f.next++
	return key, flowOK
}

// each reads items up to the closing bracket.
func (f *flowReader) each(closing byte, item func() flowState) flowState {
	if f.depth++; f.depth > maxDepth {
		return flowBad
	}
	defer func() { f.depth-- }()
	f.next++
	for first := true; ; first = false {
		f.skip()
		switch {
		case f.next >= len(f.text):
			return flowMore
		case f.text[f.next] == '#':
			return flowBad
		case f.text[f.next] == closing && first:
			f.next++
			return flowOK
		}
		if state := item(); state != flowOK {
			return state
		}
		f.skip()
		switch {
		case f.next >= len(f.text):
			return flowMore
		case f.text[f.next] == closing:
			f.next++
			return flowOK
		case f.text[f.next] != ',':
			return flowBad
		}
		f.next++
	}
}

// plain reads an unquoted scalar inside brackets.
func (f *flowReader) plain() (*node, flowState) {
	end := strings.IndexAny(f.text[f.next:], ",[]{}")
	if end < 0 {
		return nil, flowBad // one that goes on in the next line is folded by other rules
	}
	raw := strings.TrimRight(f.text[f.next:f.next+end], " ")
	text, ok := plainText(raw)
	if !ok || len(text) != len(raw) {
		return nil, flowBad
	}
	f.next += end
	n, ok := plainNode(text)
	if !ok {
		return nil, flowBad
	}
	return n, flowOK
}
