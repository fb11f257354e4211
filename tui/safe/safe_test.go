package safe

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
)

func TestShow(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{name: "backslashes stay", text: `\\host\admin$\n`, want: `\\host\admin$\n`},
		{name: "letters beyond ASCII stay", text: "Größe … 汉", want: "Größe … 汉"},
		{name: "an escape sequence is seen", text: "\x1b[31mred", want: "␛[31mred"},
		{name: "line ends are seen", text: "a\r\nb", want: "a␍␊b"},
		{name: "a tab is a blank", text: "a\tb", want: "a b"},
		{name: "zero and delete are seen", text: "\x00\x7f", want: "␀␡"},
		{name: "the eight-bit escape is seen", text: "\u009b31m", want: "<U+009B>31m"},
		{name: "so is text that runs backwards", text: "a\u202eb", want: "a<U+202E>b"},
		{name: "and what has no width", text: "a\u200bb\ufeff", want: "a<U+200B>b<U+FEFF>"},
		{name: "and what makes an emoji wider in some terminals", text: "❤\ufe0f👍\U0001f3fd", want: "❤<U+FE0F>👍<U+1F3FD>"},
		{name: "and line separators", text: "a\u2028b", want: "a<U+2028>b"},
		{name: "bytes that are no UTF-8 are named", text: "a\x9bb\xff", want: "a<9B>b<FF>"},
		{name: "a replacement character that was written stays", text: "\ufffd\x01", want: "\ufffd␁"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Text(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzShow(f *testing.F) {
	f.Add("\x1b]8;;x\x07 \u202e \xff\xfe")
	f.Fuzz(func(t *testing.T, text string) {
		got := Text(text)
		if strings.ContainsFunc(got, Hidden) || !utf8.ValidString(got) {
			t.Errorf("%q became %q", text, got)
		}
		if got != Text(got) {
			t.Errorf("%q: shown twice differs", text)
		}
	})
}

func TestWrap(t *testing.T) {
	tests := []struct {
		name, text string
		width      int
		want       []string
	}{
		{name: "nothing is no line", text: "", width: 10},
		{name: "what fits stays", text: "one two", width: 7, want: []string{"one two"}},
		{name: "breaks stand at blanks", text: "one two three", width: 8, want: []string{"one two", "three"}},
		{name: "a break just behind a word", text: "one two", width: 3, want: []string{"one", "two"}},
		{name: "a long word is cut", text: "a abcdefghij b", width: 4, want: []string{"a", "abcd", "efgh", "ij b"}},
		{name: "blanks inside stay", text: "a  b c", width: 4, want: []string{"a  b", "c"}},
		{name: "wide characters count twice", text: "汉字汉字", width: 5, want: []string{"汉字", "汉字"}},
		{name: "no room at all", text: "ab", width: 0, want: []string{"a", "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Wrap(tt.text, tt.width)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("one two 汉字 e\u0301 three", 5)
	f.Add(strings.Repeat("x", 300), 7)
	f.Fuzz(func(t *testing.T, text string, width int) {
		text = Text(text)
		if width < 2 || width > 200 || len(text) > 1000 {
			return
		}
		var all strings.Builder
		for _, line := range Wrap(text, width) {
			if w := ansi.StringWidth(line); w > width && utf8.RuneCountInString(line) > 2 {
				t.Errorf("%d cells in %d: %q", w, width, line)
			}
			all.WriteString(line)
		}
		without := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if without(all.String()) != without(text) {
			t.Errorf("%q became %q", text, all.String())
		}
	})
}

func TestCutMiddleKeepsBothEndsOfAPath(t *testing.T) {
	const path = `\\SYNC01\Tools\SecurityPatch\PkgSource\1033\mssecure.cab`
	for width, want := range map[int]string{0: "", 3: `\\…`, len(path): path} {
		if got := CutMiddle(path, width, "…"); got != want {
			t.Errorf("%d: %q, want %q", width, got, want)
		}
	}
	if got := CutMiddle(path, 30, "…"); !strings.HasPrefix(got, `\\SYNC01`) || !strings.HasSuffix(got, `\mssecure.cab`) || Width(got) != 30 {
		t.Errorf("%q", got)
	}
}

func TestAPathIsBrokenBehindASlash(t *testing.T) {
	for text, want := range map[string]string{
		`C:\WINDOWS\System32\CCM\Cache\List.xml`: "C:\\WINDOWS\\System32\\|CCM\\Cache\\List.xml",
		"wmi/root/cimv2/Win32_PatchState.mof":    "wmi/root/cimv2/|Win32_PatchState.mof",
		"a/bcdefghijklmnopqrstuvwxyz0123456":     "a/bcdefghijklmnopqrstu|vwxyz0123456",
	} {
		if got := strings.Join(Wrap(text, 22), "|"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
