// Command shot turns a captured terminal pane, as `tmux capture-pane -e -p` prints
// it, into an HTML page that a browser can take a picture of.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"html"
	"io"
	"os"
	"strconv"
	"strings"
)

func main() {
	light := flag.Bool("light", false, "a light terminal")
	flag.Parse()
	if err := write(os.Stdout, os.Stdin, *light); err != nil {
		fmt.Fprintln(os.Stderr, "shot:", err)
		os.Exit(1)
	}
}

// write writes the page.
func write(out io.Writer, in io.Reader, light bool) error {
	ground, ink := "#12161b", "#d7dde3"
	if light {
		ground, ink = "#fbfbf9", "#1d2329"
	}
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "<!doctype html><meta charset=utf-8><style>body{margin:0;background:%s}"+
		"pre{margin:0;padding:14px 16px;display:inline-block;background:%s;color:%s;font:15px/18px 'DejaVu Sans Mono',monospace}</style><pre>", ground, ground, ink)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	p := pen{ground: ground, ink: ink}
	for lines.Scan() {
		p.line(w, lines.Text())
	}
	fmt.Fprint(w, "</pre>\n")
	if err := lines.Err(); err != nil {
		return err
	}
	return w.Flush()
}

// pen is the state that escape sequences set.
type pen struct {
	ground, ink                       string
	fg, bg                            string
	bold, faint, underline, backwards bool
}

// line writes a line. Sequences other than colours are left out.
func (p *pen) line(w io.Writer, text string) {
	for text != "" {
		esc := strings.IndexByte(text, 0x1b)
		if esc < 0 {
			esc = len(text)
		}
		if esc > 0 {
			fmt.Fprintf(w, "<span style=\"%s\">%s</span>", p.style(), html.EscapeString(text[:esc]))
		}
		text = text[esc:]
		if text == "" {
			break
		}
		end := strings.IndexFunc(text[1:], func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' })
		if end < 0 {
			break
		}
		if seq := text[1 : end+2]; strings.HasPrefix(seq, "[") && strings.HasSuffix(seq, "m") {
			p.set(strings.Split(strings.ReplaceAll(seq[1:len(seq)-1], ":", ";"), ";"))
		}
		text = text[end+2:]
	}
	fmt.Fprint(w, "\n")
}

func (p *pen) style() string {
	fg, bg := p.fg, p.bg
	if p.backwards {
		fg, bg = orElse(bg, p.ground), orElse(fg, p.ink)
	}
	var b strings.Builder
	if fg != "" {
		b.WriteString("color:" + fg + ";")
	}
	if bg != "" {
		b.WriteString("background:" + bg + ";")
	}
	if p.bold {
		b.WriteString("font-weight:bold;")
	}
	if p.faint {
		b.WriteString("opacity:.6;")
	}
	if p.underline {
		b.WriteString("text-decoration:underline;")
	}
	return b.String()
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// set takes the parameters of a colour sequence.
func (p *pen) set(params []string) {
	for i := 0; i < len(params); i++ {
		n, _ := strconv.Atoi(params[i]) // "" is 0
		switch {
		case n == 0:
			*p = pen{ground: p.ground, ink: p.ink}
		case n == 1:
			p.bold = true
		case n == 2:
			p.faint = true
		case n == 4:
			p.underline = true
		case n == 7:
			p.backwards = true
		case n == 22:
			p.bold, p.faint = false, false
		case n == 24:
			p.underline = false
		case n == 27:
			p.backwards = false
		case n == 39:
			p.fg = ""
		case n == 49:
			p.bg = ""
		case n == 38 || n == 48:
			colour, used := extended(params[i+1:])
			i += used
			if n == 38 {
				p.fg = colour
			} else {
				p.bg = colour
			}
		case n >= 30 && n <= 37:
			p.fg = palette[n-30]
		case n >= 40 && n <= 47:
			p.bg = palette[n-40]
		case n >= 90 && n <= 97:
			p.fg = palette[n-90]
		}
	}
}

var palette = [8]string{"#1d2329", "#ff7b72", "#7bd88f", "#f2c063", "#7cc4ff", "#d2a8ff", "#76e3ea", "#d7dde3"}

// extended reads "2;r;g;b" or "5;n", and how many parameters that took.
func extended(params []string) (colour string, used int) {
	number := func(i int) int {
		if i >= len(params) {
			return 0
		}
		n, _ := strconv.Atoi(params[i])
		return n
	}
	switch number(0) {
	case 2:
		return fmt.Sprintf("#%02x%02x%02x", number(1), number(2), number(3)), 4
	case 5:
		return indexed(number(1)), 2
	}
	return "", 0
}

// indexed is a colour of the palette of 256.
func indexed(n int) string {
	switch {
	case n < 16:
		return palette[n%8]
	case n >= 232:
		v := 8 + (n-232)*10
		return fmt.Sprintf("#%02x%02x%02x", v, v, v)
	}
	level := func(k int) int {
		if k == 0 {
			return 0
		}
		return 55 + k*40
	}
	n -= 16
	return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
}
