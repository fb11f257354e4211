package evidence

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"patchtrace/logparse"
)

// errLongToken stops the decoder before it collects a token that is too long.
var errLongToken = errors.New("a token that is too long")

// errSource marks what the file below refused.
var errSource = errors.New("cannot be read")

// xmlSource gives the decoder UTF-8, byte by byte, so that nothing is read ahead:
// of every token it is known where it stands in the file, and none gets longer than
// allowed.
type xmlSource struct {
	r    *bufio.Reader
	wide int              // 2 for UTF-16
	big  bool             // its high byte comes first
	page *charmap.Charmap // nil for UTF-8

	// char is what is decoded of a character, of which given bytes of have are given.
	char        [utf8.UTFMax]byte
	given, have int
	// raw and out count the bytes of the file and those given; last is where the
	// last character begins in the file.
	raw, out, last int64
	token          int // bytes since the token began
	blank          bool
}

var declared = regexp.MustCompile(`^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)

func newXMLSource(r io.Reader) (*xmlSource, error) {
	const head = 512
	s := &xmlSource{r: bufio.NewReaderSize(r, 64<<10), blank: true}
	start, err := s.r.Peek(head)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %w", errSource, err)
	}
	mark := 0
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		mark = 3
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
		mark, s.wide = 2, 2
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		mark, s.wide, s.big = 2, 2, true
	case bytes.HasPrefix(start, []byte("<\x00")):
		s.wide = 2
	case bytes.HasPrefix(start, []byte("\x00<")):
		s.wide, s.big = 2, true
	}
	s.raw = int64(mark)
	_, _ = s.r.Discard(mark) // they were peeked at
	if m := declared.FindSubmatch(start); m != nil && s.wide == 0 && mark == 0 {
		name := strings.ToLower(string(m[1]))
		switch name {
		case "utf-8", "utf8", "us-ascii", "ascii", "utf-16": // the last of which it is not
			return s, nil
		}
		if s.page, err = logparse.CodePage(name); err != nil {
			return nil, fmt.Errorf("%w: its encoding %q is not known: save it as UTF-8", ErrXMLSyntax, name)
		}
	}
	return s, nil
}

// ReadByte gives the next byte of UTF-8.
func (s *xmlSource) ReadByte() (byte, error) {
	if s.token > maxListToken {
		return 0, errLongToken
	}
	if s.given == s.have {
		if err := s.decode(); err != nil {
			return 0, err
		}
	}
	b := s.char[s.given]
	s.given++
	s.out++
	s.token++
	if b > ' ' {
		s.blank = false
	}
	return b, nil
}

// Read is there because the decoder asks for an io.Reader.
func (s *xmlSource) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	c, err := s.ReadByte()
	if err != nil {
		return 0, err
	}
	b[0] = c
	return 1, nil
}

// decode reads a character of the file.
func (s *xmlSource) decode() error {
	s.last = s.raw
	if s.wide == 0 {
		b, err := s.r.ReadByte()
		if err != nil {
			return s.failed(err)
		}
		s.raw++
		if s.page == nil {
			s.char[0], s.given, s.have = b, 0, 1
		} else {
			s.give(s.page.DecodeByte(b))
		}
		return nil
	}
	r, err := s.unit()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) {
		low, err := s.unit()
		if err != nil {
			return err
		}
		r = utf16.DecodeRune(r, low) // U+FFFD if it is none
	}
	s.give(r)
	return nil
}

func (s *xmlSource) give(r rune) { s.given, s.have = 0, utf8.EncodeRune(s.char[:], r) }

// unit reads a code unit of UTF-16.
func (s *xmlSource) unit() (rune, error) {
	var b [2]byte
	if n, err := io.ReadFull(s.r, b[:]); err != nil {
		if n == 1 {
			err = io.EOF
		}
		return 0, s.failed(err)
	}
	s.raw += 2
	if s.big {
		return rune(b[0])<<8 | rune(b[1]), nil
	}
	return rune(b[1])<<8 | rune(b[0]), nil
}

func (s *xmlSource) failed(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return fmt.Errorf("%w: %w", errSource, err)
}

// place is where in the file the decoder stands: it may have given one byte, the
// "<" of a tag, back.
func (s *xmlSource) place(offset int64) int64 {
	if offset < s.out {
		return s.last
	}
	return s.raw
}
