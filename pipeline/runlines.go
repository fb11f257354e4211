package pipeline

import (
	"bytes"
	"io"
)

// maxOutputLine bounds a line of output, in bytes; a longer one is told in
// pieces.
const maxOutputLine = 4 << 10

// pump reads the output piece by piece until its end or until done. What it
// sends is the receiver's to keep.
func pump(r io.Reader, done <-chan struct{}) <-chan []byte {
	pieces := make(chan []byte)
	go func() {
		defer close(pieces)
		buf := make([]byte, maxOutputLine)
		for {
			n, err := r.Read(buf)
			if n > 0 {
				select {
				case pieces <- bytes.Clone(buf[:n]):
				case <-done:
					return
				}
			}
			if err != nil {
				return // the end, or as good as
			}
		}
	}()
	return pieces
}

// lineCutter cuts output into lines, which end with LF, CR LF or a CR alone, as
// of a progress display.
type lineCutter struct {
	rest []byte
	// ended is true after a CR, whose LF may follow.
	ended bool
}

// cut returns the lines that the piece completes.
func (c *lineCutter) cut(piece []byte) []string {
	var lines []string
	for _, b := range piece {
		afterCR := c.ended
		c.ended = b == '\r'
		switch {
		case b == '\n' && afterCR:
		case b == '\n', b == '\r':
			lines = append(lines, c.take())
		default:
			c.rest = append(c.rest, b)
			if len(c.rest) >= maxOutputLine {
				lines = append(lines, c.take())
			}
		}
	}
	return lines
}

// take returns what has no line end yet.
func (c *lineCutter) take() string {
	line := string(c.rest)
	c.rest = c.rest[:0]
	return line
}
